import { randomBytes } from 'node:crypto'
import type { Clock, Random } from '../core/clock.ts'

/** The machine's clock. */
export const systemClock: Clock = { now: () => Date.now() }

/** The machine's source of secure randomness. */
export const systemRandom: Random = { bytes: (length) => randomBytes(length) }

/** Resolves with the first signal that asks for an end; a second one ends the process at once. */
export function untilSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(signal))
  })
}
