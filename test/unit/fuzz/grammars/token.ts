import type { Chance } from '../../../builders/fuzz.ts'
import { withBasics, type Grammar } from './grammar.ts'
import { jsonGrammar } from './json.ts'
import { changeCharacters } from './text.ts'

/** Changes of a JWT in compact form: of the JSON of header and claims, and of the text as it is sent. */
export function tokenGrammar(own: readonly unknown[]): Grammar<string> {
  const json = jsonGrammar(own)
  const signs = ['.', '..', '=', '-', '_', '+', '/', 'A', 'e30', '\u0000', 'é', ' ']
  return withBasics(
    (random, seed, seeds) => changeParts(random, seed, seeds, json),
    (random, text) => changeCharacters(random, text, signs),
  )
}

const decode = (part: string): string => Buffer.from(part, 'base64url').toString('utf8')
const encode = (text: string): string => Buffer.from(text).toString('base64url')

function changeParts(random: Chance, seed: string, seeds: readonly string[], json: Grammar<string>): string {
  const parts = seed.split('.')
  const which = random.below(2)
  const others = [parts[which] ?? '', random.pick(seeds).split('.')[which] ?? ''].map(decode)
  parts[which] = encode(json.mutate(random, others))
  if (random.next() < 0.1) parts[2] = random.pick(['', 'AA', parts[0] ?? ''])
  return parts.join('.')
}
