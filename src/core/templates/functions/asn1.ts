import { concatBytes, toBase64 } from '../../bytes.ts'
import { element, oid } from '../../der/writer.ts'
import { octetsOf } from '../engine/byte-text.ts'
import { row, text, type TemplateFunction } from '../engine/functions-api.ts'
import { parseTime } from '../engine/parse-time.ts'
import { FunctionError } from '../engine/template-error.ts'
import { formatTime, goTimeLayout, rfc3339 } from '../engine/time.ts'
import { GoInt, GoList, GoTime, octetsOfList, typeOf, utc, type Value } from '../engine/values.ts'
import { decodeBase64 } from './encoding.ts'

/** step's functions that make DER, as base64. */
export const asn1Functions: readonly TemplateFunction[] = [
  row('asn1Enc', 'string', ([value]) => toBase64(encodeText(text(value)))),
  row(
    'asn1Marshal',
    'any string...',
    ([value, ...options]) => toBase64(marshal(value, options.map(text).join(','))),
    'texts, integers, booleans, times, and lists of them; tags and types of text as options, no defaults',
  ),
  row('asn1Seq', 'string...', (parts) => toBase64(element(0x30, decoded(parts)))),
  row('asn1Set', 'string...', (parts) => toBase64(element(0x31, decoded(parts)))),
]

function decoded(parts: readonly Value[]): Uint8Array {
  return concatBytes(parts.map((part) => fromBase64(text(part))))
}

function fromBase64(encoded: string): Uint8Array {
  const { text: octets, isValid } = decodeBase64(encoded)
  if (!isValid) throw new FunctionError(octets)
  return octetsOf(octets)
}

const printable = /^[A-Za-z0-9'()+,\-./ :=?*&]*$/

/** `type:value`, where the type may have options of Go's asn1 after commas; a value alone is printable. */
function encodeText(source: string): Uint8Array {
  const colon = source.indexOf(':')
  const options = colon < 0 ? 'printable' : source.slice(0, colon)
  return encodeTyped(source.slice(colon + 1), options)
}

const types = new Set([
  'int',
  'oid',
  'raw',
  'utf8',
  'ia5',
  'numeric',
  'printable',
  'utc',
  'generalized',
  'bool',
  'boolean',
])

/** A value in the type that one of `options` names; printable where none does. */
export function encodeTyped(value: string, options: string): Uint8Array {
  const type = options.split(',').findLast((option) => types.has(option)) ?? 'printable'
  const need = (isGood: boolean) => {
    if (!isGood) throw new FunctionError(`invalid ${type} value`)
  }
  switch (type) {
    case 'int':
      need(/^[+-]?\d{1,18}$/.test(value))
      return marshal(new GoInt(BigInt(value.replace('+', ''))), options)
    case 'oid':
      need(/^[0-2]\.\d+(?:\.\d+)*$/.test(value))
      return tagged(oid(value), options)
    case 'raw':
      return fromBase64(value)
    case 'utf8':
      return marshal(value, options)
    case 'ia5':
      // oxlint-disable-next-line no-control-regex
      need(/^[\x00-\x7f]*$/.test(value))
      return marshal(value, options)
    case 'numeric':
      need(/^[0-9 ]*$/.test(value))
      return marshal(value, options)
    case 'utc':
    case 'generalized':
      return marshal(timeFrom(value), options)
    case 'bool':
    case 'boolean':
      need(/^(?:1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/.test(value))
      return marshal(/^(?:1|t)/i.test(value), options)
    default:
      need(printable.test(value))
      return marshal(value, options)
  }
}

function timeFrom(value: string): GoTime {
  try {
    return parseTime(goTimeLayout, value)
  } catch {
    return parseTime(rfc3339, value)
  }
}

/** Tags of texts, and what they may hold; Go lets `*` be printable. */
const texts: Readonly<Record<string, { readonly tag: number; readonly form?: RegExp }>> = {
  printable: { tag: 0x13, form: /^[A-Za-z0-9'()+,\-./ :=?*]*$/ },
  // oxlint-disable-next-line no-control-regex
  ia5: { tag: 0x16, form: /^[\x00-\x7f]*$/ },
  utf8: { tag: 0x0c },
  numeric: { tag: 0x12, form: /^[0-9 ]*$/ },
}

/** As Go's asn1.MarshalWithParams. */
function marshal(value: Value, options: string): Uint8Array {
  const words = options.split(',')
  if (typeof value === 'boolean') return tagged(element(0x01, Uint8Array.of(value ? 0xff : 0)), options)
  if (value instanceof GoInt) return tagged(element(0x02, twosComplement(value.value)), options)
  if (typeof value === 'string') {
    const named = words.findLast((word) => Object.hasOwn(texts, word))
    // Without a name, Go takes PrintableString where the value allows, `*` and `&` not.
    const type = named ?? (printable.test(value) && !/[*&]/.test(value) ? 'printable' : 'utf8')
    const { tag = 0x0c, form } = texts[type] ?? {}
    if (form !== undefined && !form.test(value)) throw new FunctionError(`asn1: structure error: no ${type} string`)
    return tagged(element(tag, octetsOf(value)), options)
  }
  if (value instanceof GoTime) return tagged(encodeTime(value, words), options)
  if (value instanceof GoList && value.element === 'uint8')
    return tagged(element(0x04, octetsOf(octetsOfList(value))), options)
  if (value instanceof GoList) {
    return tagged(
      element(words.includes('set') ? 0x31 : 0x30, ...value.items.map((item) => marshal(item, ''))),
      options,
    )
  }
  throw new FunctionError(`asn1: structure error: unknown Go type: ${typeOf(value)}`)
}

function encodeTime({ nanoseconds }: GoTime, words: readonly string[]): Uint8Array {
  const time = new GoTime(nanoseconds, utc)
  const year = Number(formatTime(time, '2006'))
  const short = !words.includes('generalized') && year >= 1950 && year < 2050
  return element(short ? 0x17 : 0x18, octetsOf(formatTime(time, short ? '060102150405Z0700' : '20060102150405Z0700')))
}

function twosComplement(value: bigint): Uint8Array {
  const octets = [0, 1, 2, 3, 4, 5, 6, 7].map((index) => Number(BigInt.asUintN(8, value >> BigInt(8 * (7 - index)))))
  while (octets.length > 1) {
    const [first = 0, second = 0] = octets
    if (!((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80))) break
    octets.shift()
  }
  return Uint8Array.from(octets)
}

/** Go's `tag:n`, `explicit`, `application` and `private`. */
function tagged(encoded: Uint8Array, options: string): Uint8Array {
  const words = options.split(',')
  const given = words.findLast((word) => /^tag:\d+$/.test(word))
  const isExplicit = words.includes('explicit')
  if (given === undefined && !isExplicit) return encoded
  const number = Number(given?.slice(4) ?? 0)
  if (number > 30) throw new FunctionError('tags above 30 are not written')
  const tagClass = words.includes('application') ? 0x40 : words.includes('private') ? 0xc0 : 0x80
  if (isExplicit) return element(tagClass | 0x20 | number, encoded)
  return Uint8Array.from(encoded, (octet, index) => (index === 0 ? tagClass | (octet & 0x20) | number : octet))
}
