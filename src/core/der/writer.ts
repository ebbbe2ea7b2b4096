import { compareBytes, concatBytes, utf8Bytes } from '../bytes.ts'
import { SignetError } from '../errors.ts'
import { contextConstructed, contextPrimitive, tags } from './tags.ts'

/** Encoders of DER (X.690 §10): each returns the whole tag-length-value. */

/** Any element from its identifier octet and its content. */
export function element(tag: number, content: Uint8Array): Uint8Array {
  const header = headerOf(tag, content.length)
  const encoded = new Uint8Array(header.length + content.length)
  encoded.set(header)
  encoded.set(content, header.length)
  return encoded
}

export function sequence(...parts: readonly Uint8Array[]): Uint8Array {
  return element(tags.sequence, concatBytes(parts))
}

/** SET OF: the members in ascending order of their encodings (X.690 §11.6). */
export function setOf(parts: readonly Uint8Array[]): Uint8Array {
  return element(tags.set, concatBytes(parts.toSorted(compareBytes)))
}

/** `[number]` EXPLICIT, or an implicitly tagged structure whose parts these are. */
export function contextStructure(number: number, ...parts: readonly Uint8Array[]): Uint8Array {
  return element(contextConstructed(number), concatBytes(parts))
}

/** `[number]` IMPLICIT on a simple type. */
export function contextValue(number: number, content: Uint8Array): Uint8Array {
  return element(contextPrimitive(number), content)
}

export function boolean(value: boolean): Uint8Array {
  return element(tags.boolean, Uint8Array.of(value ? 0xff : 0))
}

/** INTEGER in its shortest form; not negative. */
export function integer(value: bigint | number): Uint8Array {
  if (value < 0) throw new SignetError('internal', 'negative integers are never written')
  const hex = value.toString(16)
  const even = hex.length % 2 === 0 ? hex : `0${hex}`
  const bytes = Buffer.from(even, 'hex')
  return element(tags.integer, (bytes[0] ?? 0) >= 0x80 ? concatBytes([Uint8Array.of(0), bytes]) : bytes)
}

export function octetString(content: Uint8Array): Uint8Array {
  return element(tags.octetString, content)
}

/** BIT STRING of whole octets. */
export function bitString(bytes: Uint8Array): Uint8Array {
  return element(tags.bitString, concatBytes([Uint8Array.of(0), bytes]))
}

/** BIT STRING of a named bit list: no zero bits at the end (X.690 §11.2.2). */
export function namedBits(bits: readonly number[]): Uint8Array {
  if (bits.length === 0) return element(tags.bitString, Uint8Array.of(0))
  const highest = Math.max(...bits)
  const content = new Uint8Array(2 + (highest >> 3))
  content[0] = 7 - (highest & 7)
  for (const bit of bits) {
    const index = 1 + (bit >> 3)
    content[index] = (content[index] ?? 0) | (0x80 >> (bit & 7))
  }
  return element(tags.bitString, content)
}

export const nullValue: Uint8Array = Uint8Array.of(tags.null, 0)

/** OBJECT IDENTIFIER from its dotted form; `malformed` if it is none. */
export function oid(dotted: string): Uint8Array {
  if (!/^[0-2](\.(0|[1-9]\d{0,38})){1,32}$/.test(dotted)) throw notAnOid(dotted)
  const [root = 0n, second = 0n, ...rest] = dotted.split('.').map(BigInt)
  if (root < 2n && second >= 40n) throw notAnOid(dotted)
  return element(tags.oid, concatBytes([root * 40n + second, ...rest].map(base128)))
}

export function utf8String(text: string): Uint8Array {
  return element(tags.utf8String, utf8Bytes(text))
}

/** PrintableString where the alphabet allows it (X.680 §41.4), else UTF8String: what Go's encoder and so step-ca choose. */
export function directoryString(text: string): Uint8Array {
  const tag = /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(text) ? tags.printableString : tags.utf8String
  return element(tag, utf8Bytes(text))
}

/** UTCTime from 1950 through 2049, else GeneralizedTime (RFC 5280 §4.1.2.5). `milliseconds` are cut to whole seconds. */
export function time(milliseconds: number): Uint8Array {
  const date = new Date(Math.floor(milliseconds / 1000) * 1000)
  const year = date.getUTCFullYear()
  if (!(year >= 0 && year <= 9999)) throw new SignetError('malformed', 'time: the year must be from 0 to 9999')
  const digits = `${date.toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`
  return year >= 1950 && year < 2050
    ? element(tags.utcTime, utf8Bytes(digits.slice(2)))
    : element(tags.generalizedTime, utf8Bytes(digits))
}

function headerOf(tag: number, length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(tag, length)
  if (length < 0x100) return Uint8Array.of(tag, 0x81, length)
  if (length < 0x10000) return Uint8Array.of(tag, 0x82, length >> 8, length & 0xff)
  if (length < 0x1000000) return Uint8Array.of(tag, 0x83, length >> 16, (length >> 8) & 0xff, length & 0xff)
  throw new SignetError('malformed', 'DER value is too large')
}

function base128(arc: bigint): Uint8Array {
  const octets = [Number(arc & 0x7fn)]
  for (let rest = arc >> 7n; rest > 0n; rest >>= 7n) octets.unshift(Number(rest & 0x7fn) | 0x80)
  return Uint8Array.from(octets)
}

function notAnOid(text: string): SignetError {
  return new SignetError('malformed', `"${text.slice(0, 64)}" is not an object identifier such as 1.3.6.1.5.5.7.3.1`)
}
