import type { Clock, Random } from '../core/clock.ts'

/** The machine's clock. */
export const systemClock: Clock = { now: () => Date.now() }

/** Fetched at once: to ask OpenSSL costs 5 µs, whether for 16 octets or for these. */
const pooledOctets = 4096

/** The machine's source of secure randomness. */
export const systemRandom: Random = pooledRandom()

function pooledRandom(): Random {
  // Not imported: to load it takes 10 ms, and most commands need nothing random.
  const randomBytes = (length: number): Uint8Array => process.getBuiltinModule('node:crypto').randomBytes(length)
  let pool: Uint8Array = new Uint8Array()
  let used = 0
  return {
    bytes(length) {
      if (length > pooledOctets) return randomBytes(length)
      if (used + length > pool.length) [pool, used] = [randomBytes(pooledOctets), 0]
      used += length
      return pool.slice(used - length, used)
    },
  }
}

/** Resolves with the first signal that asks for an end; a second one ends the process at once. */
export function untilSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(signal))
  })
}
