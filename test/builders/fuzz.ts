/** How many inputs each fuzz test tries in `npm test`; to try another number or seed by hand, set these. */
export const fuzzInputs = Number(process.env['SIGNET_FUZZ_INPUTS'] ?? 20_000)
export const fuzzSeed = Number(process.env['SIGNET_FUZZ_SEED'] ?? 1)

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

/** An object or a list. */
export type Holder = Record<string, unknown>

/** Every object and list in a value. */
export function holders(value: unknown, found: Holder[] = []): Holder[] {
  if (typeof value !== 'object' || value === null) return found
  found.push(value as Holder)
  for (const member of Object.values(value)) holders(member, found)
  return found
}
