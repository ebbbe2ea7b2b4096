import { randomBytes } from 'node:crypto'
import type { Clock, Random } from '../core/clock.ts'

/** The machine's clock. */
export const systemClock: Clock = { now: () => Date.now() }

/** The machine's source of secure randomness. */
export const systemRandom: Random = { bytes: (length) => randomBytes(length) }
