import type { Budget } from './budget.ts'
import { runeAt } from './byte-text.ts'
import { formatValue, noFlags, type Flags } from './format-value.ts'
import { GoInt, typeOf, type Value } from './values.ts'

/** Go's Sprint: a space between two operands of which neither is a string. */
export function sprint(values: readonly Value[], budget: Budget): string {
  return values
    .map((value, index) => {
      const previous = values[index - 1]
      const space = index > 0 && typeof value !== 'string' && typeof previous !== 'string' ? ' ' : ''
      return space + formatValue(value, 'v', noFlags, budget)
    })
    .join('')
}

/** Go's Sprintln. */
export function sprintln(values: readonly Value[], budget: Budget): string {
  return `${values.map((value) => formatValue(value, 'v', noFlags, budget)).join(' ')}\n`
}

/** Go's limit for widths and precisions. */
const maxWidth = 1e6

/** Go's Sprintf, with its notes about wrong verbs and missing or spare operands in the text. */
export function sprintf(format: string, values: readonly Value[], budget: Budget): string {
  const parts: string[] = []
  let argument = 0
  let reordered = false
  let index = 0
  while (index < format.length) {
    const percent = format.indexOf('%', index)
    parts.push(format.slice(index, percent < 0 ? format.length : percent))
    if (percent < 0) break
    budget.step()
    const directive = readDirective(format, percent + 1, argument, values)
    argument = directive.argument
    reordered = directive.reordered
    index = directive.end
    const { verb, flags } = directive
    budget.allocate((flags.width ?? 0) + (flags.precision ?? 0))
    parts.push(directive.note)
    if (verb === undefined) parts.push('%!(NOVERB)')
    else if (verb === '%') parts.push('%')
    else if (!directive.goodIndex) parts.push(`%!${verb}(BADINDEX)`)
    else if (argument >= values.length) parts.push(`%!${verb}(MISSING)`)
    else {
      parts.push(formatValue(values[argument], verb, flags, budget))
      argument += 1
    }
  }
  const spare = reordered ? [] : values.slice(argument)
  if (spare.length > 0) {
    const shown = spare.map((value) =>
      value === null || value === undefined ? '<nil>' : `${typeOf(value)}=${formatValue(value, 'v', noFlags, budget)}`,
    )
    parts.push(`%!(EXTRA ${shown.join(', ')})`)
  }
  return parts.join('')
}

type Directive = {
  readonly flags: Flags
  readonly verb: string | undefined
  readonly end: number
  readonly argument: number
  readonly reordered: boolean
  readonly goodIndex: boolean
  readonly note: string
}

type Cursor = { index: number; argument: number; reordered: boolean; goodIndex: boolean; note: string }

/** From behind the `%` to behind the verb. */
function readDirective(format: string, start: number, argument: number, values: readonly Value[]): Directive {
  const cursor: Cursor = { index: start, argument, reordered: false, goodIndex: true, note: '' }
  const marks = /[-+# 0]*/y
  marks.lastIndex = start
  const found = marks.exec(format)?.[0] ?? ''
  cursor.index += found.length
  const minusBefore = found.includes('-')
  let width = readSize(format, cursor, values, 'BADWIDTH')
  const leftByWidth = width !== undefined && width < 0
  if (leftByWidth) width = -(width ?? 0)
  let precision: number | undefined
  if (format[cursor.index] === '.') {
    cursor.index += 1
    precision = readSize(format, cursor, values, 'BADPREC') ?? 0
    if (precision < 0) {
      precision = undefined
      cursor.note += '%!(BADPREC)'
    }
  }
  readIndex(format, cursor, values.length)
  const { rune: _, size } = cursor.index < format.length ? runeAt(format, cursor.index) : { rune: 0, size: 0 }
  const verb = size === 0 ? undefined : format.slice(cursor.index, cursor.index + size)
  const minus = minusBefore || leftByWidth
  const flags: Flags = {
    plus: found.includes('+'),
    minus,
    sharp: found.includes('#'),
    space: found.includes(' '),
    zero: found.includes('0') && !minus,
    width,
    precision,
  }
  return { ...cursor, flags, verb, end: cursor.index + size }
}

/** A number, or `*` for an operand that gives it; negative only from an operand. */
function readSize(format: string, cursor: Cursor, values: readonly Value[], fault: string): number | undefined {
  readIndex(format, cursor, values.length)
  if (format[cursor.index] === '*') {
    cursor.index += 1
    const value = values[cursor.argument]
    cursor.argument += 1
    const size = value instanceof GoInt ? Number(value.value) : undefined
    if (size !== undefined && Math.abs(size) <= maxWidth) return size
    cursor.note += `%!(${fault})`
    return undefined
  }
  const digits = /\d*/y
  digits.lastIndex = cursor.index
  const text = digits.exec(format)?.[0] ?? ''
  cursor.index += text.length
  if (text === '') return undefined
  const size = Number(text)
  return size <= maxWidth ? size : undefined
}

/** `[2]` says which operand is next. */
function readIndex(format: string, cursor: Cursor, count: number): void {
  if (format[cursor.index] !== '[') return
  cursor.reordered = true
  const end = format.indexOf(']', cursor.index)
  if (end < 0) {
    cursor.goodIndex = false
    cursor.index += 1
    return
  }
  const text = format.slice(cursor.index + 1, end)
  cursor.index = end + 1
  const wanted = /^\d{1,7}$/.test(text) ? Number(text) : 0
  if (wanted < 1 || wanted > count) cursor.goodIndex = false
  else cursor.argument = wanted - 1
}
