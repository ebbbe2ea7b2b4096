import { describe, expect, it } from 'vitest'
import { apart, renewalTime, retryDelay } from '../../../src/client/schedule.ts'
import { nextWake, retryTime } from '../../../src/workload/schedule.ts'

const hour = 3_600_000
const at = 1_800_000_000_000

describe('renewalTime', () => {
  it('lies between 2/3 less 1/20 and 2/3 of the span, at the same point for the same pod', () => {
    const life = { issuedAt: at, notAfter: at + 24 * hour }
    const shares = Array.from({ length: 500 }, (_, index) => (renewalTime(life, `pod-${index}`) - at) / (24 * hour))
    expect(Math.min(...shares)).toBeGreaterThan(2 / 3 - 1 / 20)
    expect(Math.max(...shares)).toBeLessThanOrEqual(2 / 3)
    expect(new Set(shares).size).toBeGreaterThan(490)
    expect(renewalTime(life, 'a')).toBe(renewalTime(life, 'a'))
  })

  it('is at once for a certificate without a life', () => {
    expect(renewalTime({ issuedAt: at, notAfter: at - 1 }, 'a')).toBe(at)
  })
})

describe('nextWake', () => {
  it.each([
    ['renewal is far away: look for roots', at + 10 * hour, at + hour],
    ['renewal is near', at + 1000, at + 1000],
    ['renewal is overdue', at - 1000, at],
  ])('%s', (_, renewAt, expected) => {
    expect(nextWake(renewAt, at)).toBe(expected)
  })
})

describe('retryTime', () => {
  it.each([
    ['much time left', at + 8 * hour, undefined, 30_000],
    ['a minute left', at + 60_000, undefined, 3000],
    ['ten seconds left', at + 10_000, undefined, 1000],
    ['expired', at - 1, undefined, 1000],
    ['no certificate', undefined, undefined, 1000],
    ['the authority asks for more', at + 60_000, 10, 10_000],
    ['the authority asks for too much', at + 60_000, 86_400, 30_000],
  ])('%s', (_, notAfter, asked, least) => {
    const failed = { notAfter, retryAfterSeconds: asked, failures: 1, refused: false }
    const wait = retryTime(at, failed, 'pod') - at
    expect(wait).toBeGreaterThanOrEqual(least)
    expect(wait).toBeLessThanOrEqual(least * 1.25 + 1)
  })

  it.each([
    { failures: 2, refused: false, least: 2000 },
    { failures: 5, refused: false, least: 16_000 },
    { failures: 6, refused: false, least: 30_000 },
    { failures: 5000, refused: false, least: 30_000 },
    { failures: 1, refused: true, least: 30_000 },
  ])('after failure $failures of an expired certificate, refused: $refused', ({ least, ...failed }) => {
    const wait = retryTime(at, { notAfter: at - 1, retryAfterSeconds: undefined, ...failed }, 'pod') - at
    expect(wait).toBeGreaterThanOrEqual(least)
    expect(wait).toBeLessThanOrEqual(least * 1.25 + 1)
  })
})

describe('retryDelay', () => {
  it('doubles from 0.1 s to 5 s and stays there, up to a quarter longer', () => {
    const expected = [100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000]
    for (const [index, least] of expected.entries()) {
      const delay = retryDelay(index + 1, undefined, 'pod')
      expect(delay).toBeGreaterThanOrEqual(least)
      expect(delay).toBeLessThanOrEqual(least * 1.25 + 1)
    }
    expect(Number.isFinite(retryDelay(5000, undefined, 'pod'))).toBe(true)
  })

  it('follows Retry-After', () => {
    expect(apart(100, 2, 'pod')).toBeGreaterThanOrEqual(2000)
  })
})
