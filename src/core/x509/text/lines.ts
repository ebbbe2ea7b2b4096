import { toHex, toLatin1 } from '../../bytes.ts'
import { runesOf } from '../../templates/engine/byte-text.ts'

/** The forms of `step certificate inspect`, and so of certinfo, byte for byte. Every line ends with a line feed. */

export function line(indent: number, text: string): string {
  return `${' '.repeat(indent)}${text}\n`
}

/** Octets in hexadecimal with colons between them, so many a row; each row on a line of its own after what stands before. */
export function octetRows(octets: Uint8Array, indent: number, perRow: number): string {
  let text = ''
  for (const [index, octet] of octets.entries()) {
    if (index % perRow === 0) text += `\n${' '.repeat(indent)}`
    text += octet.toString(16).padStart(2, '0') + (index < octets.length - 1 ? ':' : '')
  }
  return `${text}\n`
}

/** `AB:CD:EF`. */
export function colonHex(octets: Uint8Array): string {
  return (toHex(octets).match(/../g) ?? []).join(':')
}

/** What Go's `strconv.IsPrint` takes for printable, apart from U+FFFD. */
const printable = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u

/** Octets as text; a dot for what cannot be printed. */
export function printableText(octets: Uint8Array): string {
  return runesOf(toLatin1(octets))
    .map((rune) => String.fromCodePoint(rune))
    .map((character) => (character !== '\ufffd' && printable.test(character) ? character : '.'))
    .join('')
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `Jan 2 15:04:05 2006 UTC`, with milliseconds where a timestamp has them. */
export function formatMoment(milliseconds: number, withMilliseconds = false): string {
  const date = new Date(milliseconds)
  const clock = date.toISOString().slice(11, withMilliseconds ? 23 : 19)
  return `${months[date.getUTCMonth()]} ${date.getUTCDate()} ${clock} ${String(date.getUTCFullYear()).padStart(4, '0')} UTC`
}
