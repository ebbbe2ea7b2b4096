import { compareBytes, utf8Bytes } from '../bytes.ts'
import { SignetError } from '../errors.ts'
import { contextConstructed, contextPrimitive, tags } from './tags.ts'

/** Encoders of DER (X.690 §10): each returns the whole tag-length-value. */

/** Any element from its identifier octet and the parts of its content. */
export function element(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.length
  const lengthOctets = lengthOctetsFor(length)
  const encoded = new Uint8Array(1 + lengthOctets + length)
  encoded[0] = tag
  writeLength(encoded, length, lengthOctets)
  let offset = 1 + lengthOctets
  for (const part of parts) {
    encoded.set(part, offset)
    offset += part.length
  }
  return encoded
}

export function sequence(...parts: readonly Uint8Array[]): Uint8Array {
  return element(tags.sequence, ...parts)
}

/** SET OF: the members in ascending order of their encodings (X.690 §11.6). */
export function setOf(parts: readonly Uint8Array[]): Uint8Array {
  return element(tags.set, ...parts.toSorted(compareBytes))
}

/** `[number]` EXPLICIT, or an implicitly tagged structure whose parts these are. */
export function contextStructure(number: number, ...parts: readonly Uint8Array[]): Uint8Array {
  return element(contextConstructed(number), ...parts)
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
  return integerFromOctets(Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex'))
}

/** INTEGER from the octets of a number that is not negative, highest first; zeros in front are dropped. */
export function integerFromOctets(octets: Uint8Array): Uint8Array {
  let start = 0
  while (start < octets.length - 1 && octets[start] === 0) start++
  const shortest = octets.subarray(start)
  return (shortest[0] ?? 0) >= 0x80
    ? element(tags.integer, Uint8Array.of(0), shortest)
    : element(tags.integer, shortest)
}

/** ENUMERATED of one octet, 0 to 127. */
export function enumerated(value: number): Uint8Array {
  return element(tags.enumerated, Uint8Array.of(value))
}

export function octetString(content: Uint8Array): Uint8Array {
  return element(tags.octetString, content)
}

/** BIT STRING of whole octets. */
export function bitString(bytes: Uint8Array): Uint8Array {
  return element(tags.bitString, Uint8Array.of(0), bytes)
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
  const [root = '', second = '', ...rest] = dotted.split('.')
  if (root !== '2' && Number(second) >= 40) throw notAnOid(dotted)
  const octets: number[] = []
  appendArc(octets, BigInt(root) * 40n + BigInt(second))
  for (const arc of rest) appendArc(octets, arc.length < 10 ? Number(arc) : BigInt(arc))
  return element(tags.oid, Uint8Array.from(octets))
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
  const year = new Date(milliseconds).getUTCFullYear()
  return year >= 1950 && year < 2050 ? timeElement(tags.utcTime, milliseconds) : generalizedTime(milliseconds)
}

/** GeneralizedTime with four digits of the year, whole seconds and Z: how OCSP writes every time (RFC 6960 §4.2.2.1). */
export function generalizedTime(milliseconds: number): Uint8Array {
  return timeElement(tags.generalizedTime, milliseconds)
}

function timeElement(tag: typeof tags.utcTime | typeof tags.generalizedTime, milliseconds: number): Uint8Array {
  const date = new Date(Math.floor(milliseconds / 1000) * 1000)
  const year = date.getUTCFullYear()
  if (!(year >= 0 && year <= 9999)) throw new SignetError('malformed', 'time: the year must be from 0 to 9999')
  const fields = [
    ...(tag === tags.utcTime ? [] : [Math.floor(year / 100)]),
    year % 100,
    date.getUTCMonth() + 1,
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds(),
  ]
  const digits = fields.flatMap((field) => [0x30 + Math.floor(field / 10), 0x30 + (field % 10)])
  return element(tag, Uint8Array.of(...digits, 0x5a))
}

/** How many octets the shortest form of a length has (X.690 §10.1). */
function lengthOctetsFor(length: number): number {
  if (length < 0x80) return 1
  if (length < 0x100) return 2
  if (length < 0x10000) return 3
  if (length < 0x1000000) return 4
  throw new SignetError('malformed', 'DER value is too large')
}

function writeLength(encoded: Uint8Array, length: number, octets: number): void {
  if (octets === 1) {
    encoded[1] = length
    return
  }
  encoded[1] = 0x80 | (octets - 1)
  for (let index = octets, rest = length; index > 1; index--, rest >>= 8) encoded[index] = rest & 0xff
}

/** Base 128, highest septet first, bit 8 set on all but the last (X.690 §8.19.2). Plain numbers below 2^30 are the fast way. */
function appendArc(octets: number[], arc: number | bigint): void {
  if (typeof arc === 'bigint' && arc >= 2n ** 30n) {
    const septets = [Number(arc & 0x7fn)]
    for (let rest = arc >> 7n; rest > 0n; rest >>= 7n) septets.unshift(Number(rest & 0x7fn) | 0x80)
    octets.push(...septets)
    return
  }
  const number = Number(arc)
  for (let shift = 28; shift > 0; shift -= 7) {
    if (number >> shift > 0) octets.push(((number >> shift) & 0x7f) | 0x80)
  }
  octets.push(number & 0x7f)
}

function notAnOid(text: string): SignetError {
  return new SignetError('malformed', `"${text.slice(0, 64)}" is not an object identifier such as 1.3.6.1.5.5.7.3.1`)
}
