import type { Chance } from '../../../builders/fuzz.ts'

/** What a parser takes: octets or a text. */
export type FuzzInput = Uint8Array | string

/** How inputs of one language are made out of valid ones: by character, by structure and by splicing. */
export type Grammar<Input extends FuzzInput> = {
  /** One input, made from `seeds`. Does not change them. */
  mutate(random: Chance, seeds: readonly Input[]): Input
}

/** Adds what every grammar has beside its structure: changes of single characters, and the head of one on the tail of another. */
export function withBasics<Input extends FuzzInput>(
  structure: (random: Chance, seed: Input, seeds: readonly Input[]) => Input,
  basics: (random: Chance, input: Input) => Input,
): Grammar<Input> {
  return {
    mutate(random, seeds) {
      const seed = random.pick(seeds)
      const kind = random.next()
      if (kind < 0.1) return spliced(random, seed, random.pick(seeds))
      if (kind < 0.35) return basics(random, seed)
      const input = structure(random, seed, seeds)
      return kind < 0.85 ? input : basics(random, input)
    },
  }
}

function spliced<Input extends FuzzInput>(random: Chance, left: Input, right: Input): Input {
  return replaced(
    left,
    random.below(left.length + 1),
    left.length,
    right.slice(random.below(right.length + 1)) as Input,
  )
}

/** `input` with what stands from `start` to `end` replaced. */
export function replaced<Input extends FuzzInput>(input: Input, start: number, end: number, by: Input): Input {
  if (typeof input === 'string') return `${input.slice(0, start)}${by as string}${input.slice(end)}` as Input
  const inserted = by as Uint8Array
  const result = new Uint8Array(start + inserted.length + Math.max(0, input.length - end))
  result.set(input.subarray(0, start))
  result.set(inserted, start)
  result.set(input.subarray(end), start + inserted.length)
  return result as Input
}
