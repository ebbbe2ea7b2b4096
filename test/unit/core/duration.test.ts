import { describe, expect, it } from 'vitest'
import {
  formatDuration,
  formatTime,
  parseDuration,
  parseTimeDuration,
  resolveTime,
} from '../../../src/core/duration.ts'

describe('duration', () => {
  it.each([
    ['0', 0, '0s'],
    ['24h', 86_400_000, '24h0m0s'],
    ['1h30m', 5_400_000, '1h30m0s'],
    ['1.5h', 5_400_000, '1h30m0s'],
    ['.5m', 30_000, '30s'],
    ['2.m', 120_000, '2m0s'],
    ['90s', 90_000, '1m30s'],
    ['1500ms', 1500, '1.5s'],
    ['300ms', 300, '300ms'],
    ['1.5ms', 1.5, '1.5ms'],
    ['2us', 0.002, '2µs'],
    ['2µs', 0.002, '2µs'],
    ['2μs', 0.002, '2µs'],
    ['7ns', 0.000007, '7ns'],
    ['-1m30s', -90_000, '-1m30s'],
    ['+5s', 5000, '5s'],
    ['24h1m0s', 86_460_000, '24h1m0s'],
    ['87600h', 315_360_000_000, '87600h0m0s'],
  ])('%s', (text, milliseconds, formatted) => {
    expect(parseDuration(text)).toBeCloseTo(milliseconds, 9)
    expect(formatDuration(parseDuration(text))).toBe(formatted)
  })

  it.each(['', '1', '1d', 'h', '1h 2m', '1h2', '--1h', '.h', '1e3s', '9999999h', 'Infinityh', `${'1'.repeat(70)}s`])(
    'refuses %j',
    (text) => {
      expect(() => parseDuration(text)).toThrow(
        expect.objectContaining({
          code: 'malformed',
          message: `"${text.slice(0, 64)}" is not a duration: write it as 24h or 1h30m`,
        }),
      )
    },
  )
})

describe('time or duration', () => {
  const noon = Date.UTC(2026, 0, 1, 12)

  it('reads both, relative to what it is told', () => {
    expect(parseTimeDuration('')).toBeUndefined()
    const at = parseTimeDuration('2026-01-01T13:00:00+01:00')
    expect(at).toEqual({ kind: 'at', at: noon })
    expect(at && resolveTime(at, 5)).toBe(noon)
    const later = parseTimeDuration('-5m')
    expect(later && resolveTime(later, noon)).toBe(noon - 300_000)
  })

  it.each(['x', '2026-01-01', '2026-01-01 12:00:00Z', '2026-13-01T12:00:00Z', '2026-01-01T25:00:00Z'])(
    'refuses %j',
    (text) => {
      expect(() => parseTimeDuration(text)).toThrow(
        `"${text}" is neither a time nor a duration: write it as 2026-01-02T15:04:05Z or 24h`,
      )
    },
  )

  it('writes times as Go does', () => {
    expect(formatTime(noon + 999)).toBe('2026-01-01 12:00:00 +0000 UTC')
  })
})
