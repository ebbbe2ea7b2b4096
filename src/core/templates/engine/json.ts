import { parseJson } from '../../json.ts'
import type { Budget } from './budget.ts'
import { badRune, fromRune, runeAt, toText } from './byte-text.ts'
import { formatFloat } from './format-number.ts'
import { FunctionError } from './template-error.ts'
import { formatTime, rfc3339Nano } from './time.ts'
import {
  fromJsonValue,
  GoComplex,
  GoInt,
  GoList,
  GoMap,
  GoText,
  GoTime,
  octetsOfList,
  typeOf,
  type GoField,
  type Value,
} from './values.ts'
import type { Json } from '../template.ts'

export type JsonStyle = {
  /** `<`, `>` and `&` as `\u003c` and so on, as Go does unless told otherwise. */
  readonly escapeHtml: boolean
  /** What each level is indented by; undefined: all on one line. */
  readonly indent?: string
}

/** A value as Go's encoding/json writes it; FunctionError for what it cannot. */
export function encodeJson(value: Value, style: JsonStyle, budget: Budget): string {
  const encoded = encode(value, style, budget, 0)
  budget.allocate(encoded.length)
  return encoded
}

function encode(value: Value, style: JsonStyle, budget: Budget, depth: number): string {
  budget.step()
  budget.deep(depth)
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return encodeText(value, style, budget)
  if (typeof value === 'number') return encodeNumber(value)
  if (value instanceof GoInt) return String(value.value)
  if (value instanceof GoText) return encodeText(value.text, style, budget)
  if (value instanceof GoTime) return `"${formatTime(value, rfc3339Nano)}"`
  if (value instanceof GoComplex) throw new FunctionError(`json: unsupported type: ${typeOf(value)}`)
  if (value instanceof GoList) return encodeList(value, style, budget, depth)
  const pairs: (readonly [string, Value])[] =
    value instanceof GoMap
      ? value.sortedKeys().map((key) => [key, value.entries.get(key)])
      : value.fields.flatMap((field) => encodedField(field))
  if (value instanceof GoMap && value.isNil) return 'null'
  const colon = style.indent === undefined ? ':' : ': '
  const members = pairs.map(
    ([name, member]) => encodeText(name, style, budget) + colon + encode(member, style, budget, depth + 1),
  )
  return enclose('{', members, '}', style, budget, depth)
}

function encodedField({ json, value, jsonValue, omitEmpty }: GoField): [] | [readonly [string, Value]] {
  if (json === undefined || (omitEmpty === true && isEmpty(value))) return []
  return [[json, jsonValue === undefined ? value : jsonValue]]
}

function isEmpty(value: Value): boolean {
  if (value instanceof GoList) return value.items.length === 0
  if (value instanceof GoMap) return value.entries.size === 0
  return value === null || value === undefined || value === '' || value === false || value === 0
}

function encodeList(value: GoList, style: JsonStyle, budget: Budget, depth: number): string {
  if (value.isNil) return 'null'
  if (value.element === 'uint8') return `"${Buffer.from(octetsOfList(value), 'latin1').toString('base64')}"`
  const items = value.items.map((item) => encode(item, style, budget, depth + 1))
  return enclose('[', items, ']', style, budget, depth)
}

function enclose(
  open: string,
  items: string[],
  close: string,
  { indent }: JsonStyle,
  budget: Budget,
  depth: number,
): string {
  const length = items.reduce((sum, item) => sum + item.length + 1, 2)
  budget.allocate(length)
  if (indent === undefined || items.length === 0) return open + items.join(',') + close
  const [outer, inner] = [`\n${indent.repeat(depth)}`, `\n${indent.repeat(depth + 1)}`]
  return `${open}${inner}${items.join(`,${inner}`)}${outer}${close}`
}

function encodeNumber(value: number): string {
  if (!Number.isFinite(value)) throw new FunctionError(`json: unsupported value: ${formatFloat(value, 'g', -1)}`)
  const size = Math.abs(value)
  if (size === 0 || (size >= 1e-6 && size < 1e21)) return formatFloat(value, 'f', -1)
  // e-09 becomes e-9.
  return formatFloat(value, 'e', -1).replace(/e-0(\d)$/, 'e-$1')
}

const escapes: Readonly<Record<number, string>> = {
  8: '\\b',
  9: '\\t',
  10: '\\n',
  12: '\\f',
  13: '\\r',
  34: '\\"',
  92: '\\\\',
}
const html = new Set([0x3c, 0x3e, 0x26])

function encodeText(octets: string, { escapeHtml }: JsonStyle, budget: Budget): string {
  budget.allocate(octets.length)
  if (/^[ !#-%'-;=?-[\]-~]*$/.test(octets)) return `"${octets}"`
  let text = ''
  for (let index = 0; index < octets.length;) {
    const { rune, size } = runeAt(octets, index)
    const escaped =
      rune < 0x20 ||
      (escapeHtml && html.has(rune)) ||
      rune === 0x2028 ||
      rune === 0x2029 ||
      (rune === badRune && size === 1)
    text += escapes[rune] ?? (escaped ? `\\u${rune.toString(16).padStart(4, '0')}` : fromRune(rune))
    index += size
  }
  return `"${text}"`
}

/** What Go's encoding/json reads; FunctionError for what is no JSON. */
export function decodeJson(octets: string, budget: Budget): Value {
  budget.allocate(octets.length)
  budget.step(1 + octets.length / 64)
  try {
    return fromJsonValue(parseJson(toText(octets)) as Json)
  } catch {
    throw new FunctionError(octets === '' ? 'unexpected end of JSON input' : 'invalid character in JSON')
  }
}
