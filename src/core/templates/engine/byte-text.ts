/**
 * Go's strings are octets. Here they are texts with one character per octet, so that lengths, slices and comparisons are
 * Go's; what is plain ASCII is the same in both.
 */

// oxlint-disable-next-line no-control-regex
const ascii = /^[\x00-\x7f]*$/

/** The UTF-8 octets of a text. */
export function toOctets(text: string): string {
  return ascii.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1')
}

/** The text of UTF-8 octets; U+FFFD for what is none. */
export function toText(octets: string): string {
  return ascii.test(octets) ? octets : Buffer.from(octets, 'latin1').toString('utf8')
}

/** What stands for octets that are no UTF-8. */
export const badRune = 0xfffd

const forms: readonly {
  readonly lead: number
  readonly mask: number
  readonly size: number
  readonly least: number
}[] = [
  { lead: 0xc0, mask: 0x1f, size: 2, least: 0x80 },
  { lead: 0xe0, mask: 0x0f, size: 3, least: 0x800 },
  { lead: 0xf0, mask: 0x07, size: 4, least: 0x10000 },
]

/** The code point at `index` and how many octets it takes; U+FFFD and 1 for an octet that starts none. */
export function runeAt(octets: string, index: number): { readonly rune: number; readonly size: number } {
  const first = octets.charCodeAt(index)
  if (first < 0x80) return { rune: first, size: 1 }
  const bad = { rune: badRune, size: 1 }
  const form = forms.find(({ lead, mask }) => (first & ~mask & 0xff) === lead)
  if (form === undefined || index + form.size > octets.length) return bad
  let rune = first & form.mask
  for (let offset = 1; offset < form.size; offset += 1) {
    const next = octets.charCodeAt(index + offset)
    if ((next & 0xc0) !== 0x80) return bad
    rune = (rune << 6) | (next & 0x3f)
  }
  if (rune < form.least || rune > 0x10ffff || (rune >= 0xd800 && rune <= 0xdfff)) return bad
  return { rune, size: form.size }
}

/** All code points of a string. */
export function runesOf(octets: string): number[] {
  const runes: number[] = []
  for (let index = 0; index < octets.length;) {
    const { rune, size } = runeAt(octets, index)
    runes.push(rune)
    index += size
  }
  return runes
}

/** The UTF-8 octets of code points; those of U+FFFD for what is none. */
export function fromRunes(runes: readonly number[]): string {
  return runes.map(fromRune).join('')
}

/** The UTF-8 octets of one code point. */
export function fromRune(rune: number): string {
  if (rune >= 0 && rune < 0x80) return String.fromCharCode(rune)
  const valid = rune >= 0 && rune <= 0x10ffff && !(rune >= 0xd800 && rune <= 0xdfff)
  return toOctets(String.fromCodePoint(valid ? rune : badRune))
}

/** The octets as numbers, and back. */
export function octetsOf(octets: string): Uint8Array {
  return Uint8Array.from(octets, (character) => character.charCodeAt(0))
}

export function fromOctets(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('latin1')
}
