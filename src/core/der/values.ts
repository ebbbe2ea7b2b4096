import { toHex, toLatin1 } from '../bytes.ts'
import { tags } from './tags.ts'

/** Decoders of DER contents. Each returns undefined where the octets are not valid DER of that type. */

export type BitString = {
  /** How many bits at the end of the last octet do not count: 0 to 7. They are zero. */
  readonly unusedBits: number
  readonly bytes: Uint8Array
}

/** No certificate has an integer beyond an RSA key of 16,384 bits; the bound keeps the conversion cheap. */
const maximumIntegerOctets = 2049
/** The longest arcs in use are UUIDs (2.25.x, 19 octets). */
const maximumOidOctets = 128

export function integerOf(content: Uint8Array): bigint | undefined {
  const [first, second = 0] = content
  if (first === undefined || content.length > maximumIntegerOctets) return undefined
  const padded = content.length > 1 && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80))
  if (padded) return undefined
  const value = BigInt(`0x${toHex(content)}`)
  return first < 0x80 ? value : value - (1n << BigInt(8 * content.length))
}

export function booleanOf(content: Uint8Array): boolean | undefined {
  if (content.length !== 1) return undefined
  if (content[0] === 0xff) return true
  return content[0] === 0 ? false : undefined
}

export function bitStringOf(content: Uint8Array): BitString | undefined {
  const unusedBits = content[0]
  if (unusedBits === undefined || unusedBits > 7) return undefined
  const bytes = content.subarray(1)
  const last = bytes.at(-1)
  if (last === undefined) return unusedBits === 0 ? { unusedBits, bytes } : undefined
  return (last & ((1 << unusedBits) - 1)) === 0 ? { unusedBits, bytes } : undefined
}

/** The numbers of the bits that are set: bit 0 is the highest of the first octet (X.680 §22). */
export function namedBitsOf(bits: BitString): number[] {
  const set: number[] = []
  for (let bit = 0; bit < bits.bytes.length * 8 - bits.unusedBits; bit++) {
    if (((bits.bytes[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0) set.push(bit)
  }
  return set
}

/** The dotted form of an OBJECT IDENTIFIER. */
export function oidOf(content: Uint8Array): string | undefined {
  if (content.length > maximumOidOctets) return undefined
  let dotted = ''
  let arc: number | bigint = 0
  let continues = false
  for (const octet of content) {
    if (!continues && octet === 0x80) return undefined
    continues = octet >= 0x80
    // Plain numbers as long as they are exact: all but the UUID arcs.
    const exact: boolean = typeof arc === 'number' && arc < 2 ** 45
    arc = exact ? Number(arc) * 128 + (octet & 0x7f) : BigInt(arc) * 128n + BigInt(octet & 0x7f)
    if (continues) continue
    dotted = dotted === '' ? rootArcs(arc) : `${dotted}.${arc}`
    arc = 0
  }
  return continues || dotted === '' ? undefined : dotted
}

/** The first two arcs share one number (X.690 §8.19.4). */
function rootArcs(first: number | bigint): string {
  if (first < 80) return `${Math.floor(Number(first) / 40)}.${Number(first) % 40}`
  return `2.${typeof first === 'number' ? first - 80 : first - 80n}`
}

const zulu = 'Z'.charCodeAt(0)
const zero = '0'.charCodeAt(0)

/** Seconds are there, the zone is Z, no fraction (RFC 5280 §4.1.2.5); two-digit years from 50 on are of the 20th century. */
export function timeOf(tag: number, content: Uint8Array): number | undefined {
  if (tag !== tags.utcTime && tag !== tags.generalizedTime) return undefined
  const yearDigits = tag === tags.utcTime ? 2 : 4
  if (content.length !== yearDigits + 11 || content.at(-1) !== zulu) return undefined
  const [month, day, hour, minute, second] = [0, 2, 4, 6, 8].map((at) => decimalAt(content, yearDigits + at, 2))
  const year = decimalAt(content, 0, yearDigits)
  if (year === undefined || month === undefined || day === undefined) return undefined
  if (hour === undefined || minute === undefined || second === undefined) return undefined
  const date = new Date(0)
  date.setUTCFullYear(yearDigits === 4 ? year : year + (year < 50 ? 2000 : 1900), month - 1, day)
  date.setUTCHours(hour, minute, second)
  const real =
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    date.getUTCHours() === hour &&
    date.getUTCMinutes() === minute &&
    date.getUTCSeconds() === second
  return real ? date.getTime() : undefined
}

/** The number that `digits` ASCII digits from `start` on make; undefined where one is none. */
function decimalAt(content: Uint8Array, start: number, digits: number): number | undefined {
  let number = 0
  for (let at = start; at < start + digits; at++) {
    const digit = (content[at] ?? 0) - zero
    if (digit < 0 || digit > 9) return undefined
    number = number * 10 + digit
  }
  return number
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Decoders of the string types that names use (RFC 5280 §4.1.2.4), by tag. */
const strings: Readonly<Record<number, (content: Uint8Array) => string | undefined>> = {
  [tags.utf8String]: utf8TextOf,
  [tags.printableString]: asciiOf,
  [tags.ia5String]: asciiOf,
  // T.61 as everybody reads it: Latin-1.
  [tags.teletexString]: toLatin1,
  [tags.bmpString]: bmpOf,
}

/** The text of a DirectoryString or IA5String; undefined if it is another type or holds octets that the type does not have. */
export function textOf(tag: number, content: Uint8Array): string | undefined {
  return strings[tag]?.(content)
}

/** The text if every octet is ASCII. */
export function asciiOf(content: Uint8Array): string | undefined {
  return content.every((octet) => octet < 0x80) ? toLatin1(content) : undefined
}

/** The text if the octets are valid UTF-8. */
export function utf8TextOf(content: Uint8Array): string | undefined {
  try {
    return utf8.decode(content)
  } catch {
    return undefined
  }
}

function bmpOf(content: Uint8Array): string | undefined {
  if (content.length % 2 !== 0) return undefined
  const units: string[] = []
  for (let index = 0; index < content.length; index += 2) {
    units.push(String.fromCharCode(((content[index] ?? 0) << 8) | (content[index + 1] ?? 0)))
  }
  const text = units.join('')
  return text.isWellFormed() ? text : undefined
}
