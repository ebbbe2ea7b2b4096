import { row, text, type TemplateFunction } from '../engine/functions-api.ts'
import { FunctionError } from '../engine/template-error.ts'
import { GoText } from '../engine/values.ts'

/** Semantic versions. */
export const semverFunctions: readonly TemplateFunction[] = [
  row(
    'semver',
    'string',
    ([version]) => new GoText('*semver.Version', 'ptr', showVersion(parseVersion(text(version)))),
  ),
  row('semverCompare', 'string string', ([constraint, version]) => {
    const alternatives = text(constraint)
      .replace(/([^\s,|]+)\s+-\s+([^\s,|]+)/g, '>=$1 <=$2')
      .split('||')
      .map(parseConstraints)
    const wanted = parseVersion(text(version))
    return alternatives.some((all) => all.every((one) => meets(wanted, one)))
  }),
]

type Version = { readonly numbers: readonly [bigint, bigint, bigint]; readonly pre: string; readonly metadata: string }

const form =
  /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?$/

function parseVersion(version: string): Version {
  const found = form.exec(version)
  if (found === null) throw new FunctionError('Invalid Semantic Version')
  const [, major = '0', minor = '0', patch = '0', pre = '', metadata = ''] = found
  return { numbers: [BigInt(major), BigInt(minor), BigInt(patch)], pre, metadata }
}

function showVersion({ numbers, pre, metadata }: Version): string {
  return `${numbers.join('.')}${pre === '' ? '' : `-${pre}`}${metadata === '' ? '' : `+${metadata}`}`
}

type Constraint = {
  readonly operator: string
  readonly version: Version
  /** How many of its three numbers are given: `1.2.x` has two. */
  readonly given: number
}

const constraintForm =
  /(=|!=|>=|=>|<=|=<|>|<|~>|~|\^)?\s*v?([0-9xX*]+)(?:\.([0-9xX*]+))?(?:\.([0-9xX*]+))?(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?/y

function parseConstraints(source: string): Constraint[] {
  const fault = () => new FunctionError(`improper constraint: ${source}`)
  const found: Constraint[] = []
  const separator = /[\s,]*/y
  let index = 0
  for (;;) {
    separator.lastIndex = index
    index += separator.exec(source)?.[0].length ?? 0
    if (index >= source.length) break
    constraintForm.lastIndex = index
    const match = constraintForm.exec(source)
    if (match === null) throw fault()
    index = constraintForm.lastIndex
    found.push(constraintOf(match, fault))
  }
  if (found.length === 0) throw fault()
  return found
}

function constraintOf([, operator = '=', ...rest]: readonly (string | undefined)[], fault: () => Error): Constraint {
  const [major, minor, patch, pre = ''] = rest
  const parts = [major, minor, patch]
  const open = parts.findIndex((part) => part === undefined || /^[xX*]$/.test(part))
  const given = open < 0 ? 3 : open
  const numbers = parts.map((part, index) => (index < given ? (part ?? '0') : '0'))
  if (numbers.some((part) => !/^\d+$/.test(part))) throw fault()
  const [a = '0', b = '0', c = '0'] = numbers
  return { operator, given, version: { numbers: [BigInt(a), BigInt(b), BigInt(c)], pre, metadata: '' } }
}

/** Does the version meet the constraint? A version before a release only meets constraints that name one. */
function meets(version: Version, { operator, version: wanted, given }: Constraint): boolean {
  if (version.pre !== '' && wanted.pre === '') return operator === '!=' && given === 3
  const order = compare(version, wanted)
  const same = (count: number) =>
    version.numbers.slice(0, count).every((number, index) => number === wanted.numbers[index])
  switch (operator) {
    case '=':
      return given === 3 ? order === 0 : same(given)
    case '!=':
      return given === 3 ? order !== 0 : !same(given)
    case '>':
      return given === 3 || given === 0 ? order > 0 && given === 3 : order > 0 && !same(given)
    case '<':
      return order < 0
    case '>=':
    case '=>':
      return order >= 0
    case '<=':
    case '=<':
      return order <= 0 || (given < 3 && same(given))
    case '^':
      return order >= 0 && same(caretNumbers(wanted, given))
    default:
      return order >= 0 && same(Math.min(given, 2))
  }
}

/** `^` keeps the first number that is not 0, as far as numbers are given. */
function caretNumbers({ numbers }: Version, given: number): number {
  const first = numbers.findIndex((number) => number > 0n)
  return Math.min(given, first < 0 ? 3 : first + 1)
}

function compare(a: Version, b: Version): number {
  for (const [index, number] of a.numbers.entries()) {
    const other = b.numbers[index] ?? 0n
    if (number !== other) return number < other ? -1 : 1
  }
  if (a.pre === b.pre) return 0
  if (a.pre === '' || b.pre === '') return a.pre === '' ? 1 : -1
  return comparePrerelease(a.pre.split('.'), b.pre.split('.'))
}

function comparePrerelease(a: readonly string[], b: readonly string[]): number {
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const [left, right] = [a[index], b[index]]
    if (left === undefined || right === undefined) return left === undefined ? -1 : 1
    if (left === right) continue
    const [isNumber, isOther] = [/^\d+$/.test(left), /^\d+$/.test(right)]
    if (isNumber !== isOther) return isNumber ? -1 : 1
    if (isNumber) return BigInt(left) < BigInt(right) ? -1 : 1
    return left < right ? -1 : 1
  }
  return 0
}
