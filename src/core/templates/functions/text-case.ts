import { fromRune, runesOf, toOctets, toText } from '../engine/byte-text.ts'

/** Go maps case rune by rune: what would become several code points stays as it is. */
export function upperRune(rune: number): number {
  const character = String.fromCodePoint(rune)
  const [mapped = character, ...more] = character.toUpperCase()
  return more.length > 0 ? rune : (mapped.codePointAt(0) ?? rune)
}

export function lowerRune(rune: number): number {
  // Only U+0130 becomes two: an i, and a dot that Go leaves out.
  return String.fromCodePoint(rune).toLowerCase().codePointAt(0) ?? rune
}

export function mapRunes(octets: string, map: (rune: number) => number): string {
  return runesOf(octets)
    .map((rune) => fromRune(map(rune)))
    .join('')
}

export const isUpper = (rune: number): boolean => /\p{Lu}/u.test(String.fromCodePoint(rune))
export const isLower = (rune: number): boolean => /\p{Ll}/u.test(String.fromCodePoint(rune))
export const isLetter = (rune: number): boolean => /\p{L}/u.test(String.fromCodePoint(rune))
export const isDigit = (rune: number): boolean => /\p{Nd}/u.test(String.fromCodePoint(rune))
/** White space as Go has it: Unicode's property, U+FEFF not being part of it. */
export const isSpace = (rune: number): boolean => /\p{White_Space}/u.test(String.fromCodePoint(rune))

/** Upper case at the start of each word; words end at everything but letters, digits and `_`. */
export function titleCase(octets: string): string {
  let previous = 0x20
  return mapRunes(octets, (rune) => {
    const starts = isSeparator(previous)
    previous = rune
    return starts ? upperRune(rune) : rune
  })
}

function isSeparator(rune: number): boolean {
  if (rune < 0x80) return !/[A-Za-z0-9_]/.test(String.fromCharCode(rune))
  return !isLetter(rune) && !isDigit(rune) && isSpace(rune)
}

/** Lower case at the start of each word between spaces. */
export function untitle(octets: string): string {
  let starts = true
  return mapRunes(octets, (rune) => {
    if (isSpace(rune)) {
      starts = true
      return rune
    }
    const mapped = starts ? lowerRune(rune) : rune
    starts = false
    return mapped
  })
}

/** Upper to lower case and lower to upper. */
export function swapCase(octets: string): string {
  return mapRunes(octets, (rune) => (isUpper(rune) ? lowerRune(rune) : isLower(rune) ? upperRune(rune) : rune))
}

const isConnector = (rune: number): boolean => rune === 0x2d || rune === 0x5f || isSpace(rune)

/** `some_words` becomes `SomeWords`; connectors at the start and repeated ones stay. */
export function pascalCase(octets: string): string {
  const runes = runesOf(octets)
  const start = runes.findIndex((rune) => !isConnector(rune))
  // As sprig's library does: the last connector comes twice.
  if (start < 0) return octets + octets.slice(-1)
  const out = runes.slice(0, start)
  let previous = upperRune(runes[start] ?? 0)
  let inUpper = isUpper(runes[start] ?? 0)
  for (const rune of runes.slice(start + 1)) {
    const before = previous
    previous = rune
    if (isConnector(rune) && isConnector(before)) out.push(before)
    else if (isConnector(before)) {
      inUpper = isUpper(rune)
      previous = upperRune(rune)
    } else {
      if (inUpper && isUpper(rune)) previous = lowerRune(rune)
      else inUpper = false
      out.push(before)
    }
  }
  return [...out, previous].map(fromRune).join('')
}

type Word = { readonly type: 'number' | 'alphabet' | 'upper' | 'connector' | 'punctuation'; readonly text: string }

/** Words of a name in any case: `HTTPServer` is HTTP and Server. */
function wordsOf(text: string): Word[] {
  const form =
    /(?<number>\p{Nd}+)|(?<upper>\p{Lu}+(?!\p{Ll})|\p{Lu}\p{Ll}[^\p{Lu}\p{Nd}\s_\-\p{P}\p{S}]*)|(?<alphabet>[^\p{Lu}\p{Nd}\s_\-\p{P}\p{S}]+)|(?<connector>[-_\s]+)|(?<punctuation>[\p{P}\p{S}])/gu
  return [...text.matchAll(form)].map(({ 0: found, groups = {} }) => {
    const type = Object.keys(groups).find((name) => groups[name] !== undefined) ?? 'alphabet'
    return { type: type as Word['type'], text: found }
  })
}

/** `FirstName` with `_` becomes `first_name`; digits go with the letters before them, or with those after them. */
export function joinWords(octets: string, connector: string): string {
  const words = wordsOf(toText(octets))
  let result = ''
  // From digits before small letters on, such as 2m3s, all digits and small letters are one word.
  let isRun = false
  words.forEach((word, index) => {
    const previous = words[index - 1]
    const starts = previous === undefined || previous.type === 'connector' || previous.type === 'punctuation'
    const leadsLetters = word.type === 'number' && words[index + 1]?.type === 'alphabet'
    const goesOn = isRun && (word.type === 'alphabet' || word.type === 'number')
    if (word.type === 'connector') result += connector.repeat(word.text.length)
    else {
      const isApart = word.type === 'number' ? leadsLetters : word.type !== 'punctuation'
      result += (!starts && !goesOn && isApart ? connector : '') + word.text.toLowerCase()
    }
    isRun = goesOn || leadsLetters || (starts && word.type === 'number')
  })
  return toOctets(result)
}
