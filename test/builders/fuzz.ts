/** How many inputs each fuzz test tries; the nightly run asks for more. */
export const fuzzInputs = Number(process.env['SIGNET_FUZZ_INPUTS'] ?? 20_000)

/** Numbers from 0 up to, not including, 1: mulberry32, the same in every run. */
export type Chance = {
  next(): number
  below(limit: number): number
  pick<T>(items: readonly T[]): T
}

export function chance(seed: number): Chance {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const below = (limit: number) => Math.floor(next() * limit)
  return {
    next,
    below,
    pick<T>(items: readonly T[]): T {
      if (items.length === 0) throw new Error('nothing to pick from')
      return items[below(items.length)] as T
    },
  }
}

/** A text like one of `samples`, with some characters replaced by, or mixed with, pieces of others and of `alphabet`. */
export function mutate(random: Chance, samples: readonly string[], alphabet: readonly string[]): string {
  let text = random.pick(samples)
  for (let change = random.below(5); change > 0; change--) {
    const at = random.below(text.length + 1)
    const removed = random.below(4)
    const added = random.next() < 0.2 ? random.pick(samples).slice(random.below(8)) : random.pick(alphabet)
    text = text.slice(0, at) + added.repeat(random.next() < 0.02 ? 300 : 1) + text.slice(at + removed)
  }
  return text
}
