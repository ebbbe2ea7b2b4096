import { describe, expect, it } from 'vitest'
import { equalBytes, equalSecrets } from '../../../src/core/bytes.ts'

/** Large, so that what stops at the first difference is a hundred times as fast as what goes on to the last. */
const octets = 256 * 1024
const rounds = 300
const secret = new Uint8Array(octets).fill(7)
const changedAt = (index: number): Uint8Array => secret.map((octet, at) => (at === index ? octet ^ 1 : octet))
const wrong = { first: changedAt(0), last: changedAt(octets - 1) }

const ticksOf = (work: () => void): number => {
  const start = process.hrtime.bigint()
  work()
  return Number(process.hrtime.bigint() - start)
}

/** The lower quartile: a busy machine makes single measurements longer, never shorter. */
const usual = (times: readonly number[]): number => times.toSorted((a, b) => a - b)[Math.floor(times.length / 4)] ?? 0

/** How many times as long it takes where the last octet differs as where the first does; taken in turns. */
function ratioOf(equal: (left: Uint8Array, right: Uint8Array) => boolean): number {
  const times = { first: [] as number[], last: [] as number[] }
  for (let round = 0; round < rounds; round++) {
    for (const place of round % 2 === 0 ? (['first', 'last'] as const) : (['last', 'first'] as const)) {
      times[place].push(ticksOf(() => equal(secret, wrong[place])))
    }
  }
  return usual(times.last) / usual(times.first)
}

describe('secret comparison', () => {
  it('is right', () => {
    expect(equalSecrets(secret, secret.slice())).toBe(true)
    expect(equalSecrets(secret, wrong.first) || equalSecrets(secret, wrong.last)).toBe(false)
    expect(equalSecrets(secret, secret.slice(1))).toBe(false)
    expect(equalSecrets(new Uint8Array(), new Uint8Array())).toBe(true)
  })

  it('takes as long wherever the difference is', () => {
    const ratio = ratioOf(equalSecrets)
    expect(ratio).toBeGreaterThan(0.5)
    expect(ratio).toBeLessThan(2)
  })

  it('would be seen to stop at the first difference if it did', () => {
    expect(ratioOf(equalBytes)).toBeGreaterThan(5)
  })
})
