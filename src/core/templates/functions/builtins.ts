import { refusal, row, text, type Call, type TemplateFunction } from '../engine/functions-api.ts'
import { sprint, sprintf, sprintln } from '../engine/format.ts'
import { fromRune, runeAt } from '../engine/byte-text.ts'
import { isPrintable } from '../engine/quote.ts'
import { FunctionError } from '../engine/template-error.ts'
import {
  GoComplex,
  GoInt,
  GoList,
  GoMap,
  GoStruct,
  GoText,
  GoTime,
  int,
  isTrue,
  kindOf,
  typeOf,
  type Value,
} from '../engine/values.ts'

/** The functions of text/template itself. `and` and `or` are evaluated where they are called, because they stop early. */
export const builtins: readonly TemplateFunction[] = [
  row('and', 'value value...', (args) => args.at(-1)),
  row('or', 'value value...', (args) => args.at(-1)),
  row('not', 'value', ([value]) => !isTrue(value)),
  row('eq', 'value value...', ([first, ...others]) => equalsAny(first, others)),
  row('ne', 'value value', ([first, second]) => !equalsAny(first, [second])),
  row('lt', 'value value', ([first, second]) => isLess(first, second)),
  row('le', 'value value', ([first, second]) => isLess(first, second) || equalsAny(first, [second])),
  row('gt', 'value value', ([first, second]) => !isLess(first, second) && !equalsAny(first, [second])),
  row('ge', 'value value', ([first, second]) => !isLess(first, second)),
  row('len', 'value', ([value]) => int(lengthOf(value))),
  row('index', 'value value...', ([item, ...indexes]) => indexes.reduce(indexOne, found(item))),
  row('print', 'any...', (args, { budget }) => sprint(args, budget)),
  row('printf', 'string any...', ([format, ...args], { budget }) => sprintf(text(format), args, budget)),
  row('println', 'any...', (args, { budget }) => sprintln(args, budget)),
  row('html', 'any...', escaped(escapeHtml)),
  row('js', 'any...', escaped(escapeJs)),
  row('urlquery', 'any...', escaped(escapeQuery)),
  refusal('call', 'templates have no values that are functions'),
]

function escaped(escape: (text: string) => string): Call {
  return (args, { budget }) => {
    const [only] = args
    const shown = args.map((value) => value ?? '<no value>')
    const plain = args.length === 1 && typeof only === 'string' ? only : sprint(shown, budget)
    budget.allocate(plain.length * 5)
    return escape(plain)
  }
}

const htmlEscapes: Readonly<Record<string, string>> = {
  '\0': '\xef\xbf\xbd',
  '"': '&#34;',
  "'": '&#39;',
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
}

function escapeHtml(plain: string): string {
  // oxlint-disable-next-line no-control-regex
  return plain.replace(/[\0"'&<>]/g, (found) => htmlEscapes[found] ?? found)
}

const jsEscapes: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  "'": "\\'",
  '"': '\\"',
  '<': '\\u003C',
  '>': '\\u003E',
  '&': '\\u0026',
  '=': '\\u003D',
}

function escapeJs(plain: string): string {
  let result = ''
  for (let index = 0; index < plain.length;) {
    const { rune, size } = runeAt(plain, index)
    const piece = plain.slice(index, index + size)
    const escape = `\\u${rune.toString(16).toUpperCase().padStart(4, '0')}`
    result +=
      jsEscapes[piece] ??
      (rune < 0x20 || (rune >= 0x80 && !isPrintable(rune)) ? escape : rune < 0x80 ? piece : fromRune(rune))
    index += size
  }
  return result
}

export function escapeQuery(plain: string): string {
  return plain.replace(/[^A-Za-z0-9\-_.~]/g, (octet) =>
    octet === ' ' ? '+' : `%${octet.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  )
}

function lengthOf(value: Value): number {
  if (typeof value === 'string') return value.length
  if (value instanceof GoList) return value.items.length
  if (value instanceof GoMap) return value.entries.size
  throw new FunctionError(value === undefined || value === null ? 'len of nil pointer' : `len of type ${typeOf(value)}`)
}

function found(value: Value): Value {
  if (value === undefined || value === null) throw new FunctionError('index of untyped nil')
  return value
}

function indexOne(item: Value, index: Value): Value {
  if (item === undefined || item === null) throw new FunctionError('index of nil pointer')
  if (item instanceof GoMap) {
    if (index === undefined || index === null) throw new FunctionError('value is nil; should be of type string')
    if (typeof index !== 'string') throw new FunctionError(`value has type ${typeOf(index)}; should be string`)
    const zero = item.element === 'string' ? '' : null
    return item.entries.has(index) ? item.entries.get(index) : zero
  }
  if (typeof item === 'string') return new GoInt(item.charCodeAt(position(index, item.length - 1)), 'uint8')
  if (item instanceof GoList) return item.items[position(index, item.items.length - 1)] ?? null
  throw new FunctionError(`can't index item of type ${typeOf(item)}`)
}

function position(index: Value, last: number): number {
  if (index === undefined || index === null) throw new FunctionError('cannot index slice/array with nil')
  if (!(index instanceof GoInt)) throw new FunctionError(`cannot index slice/array with type ${typeOf(index)}`)
  const at = Number(index.value)
  if (at < 0 || at > last) throw new FunctionError(`index out of range: ${at}`)
  return at
}

type Basic = 'bool' | 'int' | 'uint' | 'float' | 'complex' | 'string' | undefined

function basicKind(value: Value): Basic {
  if (value instanceof GoInt) return value.type.startsWith('uint') ? 'uint' : 'int'
  if (value instanceof GoComplex) return 'complex'
  if (typeof value === 'number') return 'float'
  return typeof value === 'boolean' ? 'bool' : typeof value === 'string' ? 'string' : undefined
}

/** Go's `eq`: equal to any of the others; mixing kinds is an error, int and uint excepted. */
function equalsAny(first: Value, others: readonly Value[]): boolean {
  if (others.length === 0) throw new FunctionError('missing argument for comparison')
  return others.some((other) => equals(first, other))
}

function equals(a: Value, b: Value): boolean {
  const [kindA, kindB] = [basicKind(a), basicKind(b)]
  if (a instanceof GoInt && b instanceof GoInt) return a.value === b.value
  if (a instanceof GoComplex && b instanceof GoComplex) return a.real === b.real && a.imaginary === b.imaginary
  if (kindA !== kindB) {
    if (isNothing(a) || isNothing(b)) return false
    throw new FunctionError(`incompatible types for comparison: ${typeOf(a)} and ${typeOf(b)}`)
  }
  if (kindA !== undefined) return a === b
  if (isNothing(a) || isNothing(b) || isNil(a) || isNil(b))
    return (isNothing(a) || isNil(a)) === (isNothing(b) || isNil(b))
  if (kindOf(a) !== kindOf(b)) throw new FunctionError(`non-comparable types ${typeOf(a)} and ${typeOf(b)}`)
  if (a instanceof GoTime && b instanceof GoTime) return a.nanoseconds === b.nanoseconds && a.zone === b.zone
  if (a instanceof GoList || a instanceof GoMap || (a instanceof GoStruct && !a.isPointer)) {
    throw new FunctionError(`non-comparable type ${typeOf(a)}`)
  }
  return a === b || (a instanceof GoText && b instanceof GoText && a.kind === 'string' && a.text === b.text)
}

function isNothing(value: Value): boolean {
  return value === undefined || value === null
}

function isNil(value: Value): boolean {
  return (value instanceof GoList || value instanceof GoMap) && value.isNil
}

function isLess(a: Value, b: Value): boolean {
  const [kindA, kindB] = [basicKind(a), basicKind(b)]
  if (kindA === undefined || kindB === undefined) throw new FunctionError('invalid type for comparison')
  if (a instanceof GoInt && b instanceof GoInt) return a.value < b.value
  if (kindA !== kindB) throw new FunctionError(`incompatible types for comparison: ${typeOf(a)} and ${typeOf(b)}`)
  if (typeof a === 'number' && typeof b === 'number') return a < b
  if (typeof a === 'string' && typeof b === 'string') return a < b
  throw new FunctionError('invalid type for comparison')
}
