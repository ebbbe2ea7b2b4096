import type { Chance } from '../../../builders/fuzz.ts'
import { replaced, withBasics, type Grammar } from './grammar.ts'

/** Characters that many a parser did not think of. */
const nasty = [
  '\u0000',
  '\n',
  '\r\n',
  '\t',
  'é',
  '\u0301',
  '\u200b',
  '😀',
  '\ud800',
  '\ufeff',
  '%41',
  '..',
  '9'.repeat(20),
]

/**
 * Changes of a text of words and signs: of single characters, and of the words and signs (`token`, global) as wholes, which are
 * left out, repeated, exchanged, or taken from other seeds and from `dictionary`.
 */
export function textGrammar(dictionary: readonly string[], token: RegExp = words): Grammar<string> {
  const pieces = [...dictionary, ...nasty]
  const change = (random: Chance, text: string): string => changeCharacters(random, text, pieces)
  return withBasics(
    (random, seed, seeds) => changeTokens(random, tokensOf(seed, token), { seeds, pieces, token }),
    change,
  )
}

const words = /[A-Za-z]+|\d+|\s+|[^A-Za-z\d\s]/gu

/** A text with up to four places where some characters are others. */
export function changeCharacters(random: Chance, text: string, pieces: readonly string[]): string {
  let result = text
  for (let count = 1 + random.below(4); count > 0; count--) {
    const at = random.below(result.length + 1)
    const by = random.next() < 0.3 ? '' : random.pick(pieces)
    result = replaced(result, at, at + random.below(4), by.repeat(random.next() < 0.02 ? 300 : 1))
  }
  return result
}

/** Of seeds, which come again and again. */
const known = new Map<string, readonly string[]>()

function tokensOf(seed: string, token: RegExp): readonly string[] {
  const found = known.get(seed) ?? seed.match(token) ?? []
  known.set(seed, found)
  return found
}

/** As often, but not beyond what anybody could send as one name. */
const repeated = (text: string, count: number): string => text.repeat(count).slice(0, 4000)

type Others = { readonly seeds: readonly string[]; readonly pieces: readonly string[]; readonly token: RegExp }

function changeTokens(random: Chance, tokens: readonly string[], { seeds, pieces, token }: Others): string {
  const result = [...tokens]
  for (let count = 1 + random.below(3); count > 0; count--) {
    const at = random.below(result.length + 1)
    const length = random.below(random.next() < 0.5 ? 3 : 12)
    const some = result.slice(at, at + length)
    const others = (): string[] => {
      const donor = tokensOf(random.pick(seeds), token)
      const from = random.below(donor.length)
      return donor.slice(from, from + 1 + random.below(12))
    }
    random.pick([
      () => result.splice(at, length),
      () => result.splice(at, 0, ...some),
      () => result.splice(at, length, random.pick(pieces)),
      () => result.splice(at, length, ...others()),
      () => result.splice(random.below(result.length + 1), 0, ...result.splice(at, length)),
      () => result.splice(at, 0, repeated(some.join(''), random.next() < 0.1 ? 400 : 3)),
    ])()
  }
  return result.join('')
}
