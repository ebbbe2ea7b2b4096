import { createHash } from 'node:crypto'
import type { Random } from '../../src/core/clock.ts'

/** Random bytes that are the same in every run: hashes of a counter. */
export function countingRandom(seed = 'signet'): Random {
  let count = 0
  return {
    bytes(length) {
      const blocks = Array.from({ length: Math.ceil(length / 32) }, () =>
        createHash('sha256').update(`${seed} ${count++}`).digest(),
      )
      return Buffer.concat(blocks).subarray(0, length)
    },
  }
}
