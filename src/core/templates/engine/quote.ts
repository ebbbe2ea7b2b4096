import { badRune, fromRune, runeAt } from './byte-text.ts'

const short: Readonly<Record<number, string>> = {
  7: '\\a',
  8: '\\b',
  9: '\\t',
  10: '\\n',
  11: '\\v',
  12: '\\f',
  13: '\\r',
  92: '\\\\',
}

/** A string as Go writes it in source: `%q`, or with `asciiOnly` `%+q`. */
export function quote(octets: string, asciiOnly = false): string {
  let quoted = ''
  for (let index = 0; index < octets.length;) {
    const { rune, size } = runeAt(octets, index)
    const bad = rune === badRune && size === 1
    quoted += bad ? `\\x${hex(octets.charCodeAt(index), 2)}` : quoteOne(rune, '"', asciiOnly)
    index += size
  }
  return `"${quoted}"`
}

/** A code point as Go writes it in source: `'x'`. */
export function quoteRune(rune: number, asciiOnly = false): string {
  const valid = rune >= 0 && rune <= 0x10ffff && !(rune >= 0xd800 && rune <= 0xdfff)
  return `'${quoteOne(valid ? rune : badRune, "'", asciiOnly)}'`
}

function quoteOne(rune: number, mark: string, asciiOnly: boolean): string {
  if (rune === mark.charCodeAt(0)) return `\\${mark}`
  const escape = short[rune]
  if (escape !== undefined) return escape
  if (isPrintable(rune) && (rune < 0x80 || !asciiOnly)) return fromRune(rune)
  if (rune < 0x20 || rune === 0x7f) return `\\x${hex(rune, 2)}`
  return rune < 0x10000 ? `\\u${hex(rune, 4)}` : `\\U${hex(rune, 8)}`
}

/** Letters, marks, numbers, punctuation, symbols and the ASCII space. */
export function isPrintable(rune: number): boolean {
  if (rune < 0x80) return rune >= 0x20 && rune < 0x7f
  return /[\p{L}\p{M}\p{N}\p{P}\p{S}]/u.test(String.fromCodePoint(rune))
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0')
}

const escapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
}

/** What a literal of Go stands for: `"a\n"`, `` `a` `` or `'a'`; undefined where it is none. */
export function unquote(literal: string): string | undefined {
  const mark = literal.charAt(0)
  const inner = literal.slice(1, -1)
  if (mark === '`') return inner.replaceAll('\r', '')
  let text = ''
  for (let index = 0; index < inner.length;) {
    const piece = inner[index] === '\\' ? readEscape(inner, index + 1, mark) : readPlain(inner, index, mark)
    if (piece === undefined) return undefined
    text += piece.text
    index = piece.end
  }
  return text
}

type Piece = { readonly text: string; readonly end: number }

function readPlain(inner: string, index: number, mark: string): Piece | undefined {
  if (inner[index] === mark || inner[index] === '\n') return undefined
  return { text: inner.charAt(index), end: index + 1 }
}

function readEscape(inner: string, index: number, mark: string): Piece | undefined {
  const letter = inner.charAt(index)
  const simple = escapes[letter]
  if (simple !== undefined) return { text: simple, end: index + 1 }
  if (letter === mark && mark !== '') return { text: mark, end: index + 1 }
  const digits = letter === 'x' ? 2 : letter === 'u' ? 4 : letter === 'U' ? 8 : 0
  if (digits > 0) {
    const text = inner.slice(index + 1, index + 1 + digits)
    if (text.length < digits || !/^[0-9a-fA-F]+$/.test(text)) return undefined
    const value = Number.parseInt(text, 16)
    const invalid = value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)
    if (digits > 2 && invalid) return undefined
    return { text: digits === 2 ? String.fromCharCode(value) : fromRune(value), end: index + 1 + digits }
  }
  const octal = inner.slice(index, index + 3)
  if (!/^[0-3][0-7]{2}$/.test(octal)) return undefined
  return { text: String.fromCharCode(Number.parseInt(octal, 8)), end: index + 3 }
}
