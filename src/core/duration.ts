import { SignetError } from './errors.ts'

/**
 * Durations and times in the texts of Go, which step's files and messages use. Values are milliseconds, with a fraction
 * where a text is finer than that.
 */

const units: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
}
const part = /(\d+\.?\d*|\.\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/g
const whole = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|\u00b5s|\u03bcs|ms|s|m|h))+$/

/** Go counts nanoseconds in 64 bits: about 292 years. */
const maximum = 2 ** 63 / 1e6

/** No text that Go writes is longer than 25 characters. */
const maximumLength = 64

const instantPattern = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)$/

/** Milliseconds from a Go duration such as `24h`, `1h30m`, `-1.5h`, `300ms` or `0`; `malformed` for any other text. */
export function parseDuration(text: string): number {
  const milliseconds = durationOf(text)
  if (milliseconds !== undefined) return milliseconds
  throw new SignetError('malformed', `"${text.slice(0, maximumLength)}" is not a duration: write it as 24h or 1h30m`)
}

/** Go's text of a duration in milliseconds: `24h0m0s`, `1m30s`, `1.5s`, `300ms`, `0s`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 0) return `-${formatDuration(-milliseconds)}`
  // In whole nanoseconds, as Go has it, without leaving the range of exact integers for long durations.
  const started = Math.floor(milliseconds / 1000)
  const rounded = Math.round((milliseconds - started * 1000) * 1e6)
  const [seconds, nanoseconds] = rounded === 1e9 ? [started + 1, 0] : [started, rounded]
  if (seconds === 0) return formatFraction(nanoseconds)
  const hours = Math.floor(seconds / 3600)
  const minutes = Math.floor((seconds % 3600) / 60)
  const rest = decimal((seconds % 60) * 1e9 + nanoseconds, 9)
  return `${hours > 0 ? `${hours}h` : ''}${hours > 0 || minutes > 0 ? `${minutes}m` : ''}${rest}s`
}

/** Go's text of a time (`time.String()`), as step's messages have it: `2026-01-02 03:04:05 +0000 UTC`. */
export function formatTime(milliseconds: number): string {
  const text = new Date(milliseconds).toISOString()
  return `${text.slice(0, 10)} ${text.slice(11, 19)} +0000 UTC`
}

/** step's TimeDuration: a point in time, or a distance to some other time. Milliseconds. */
export type TimeDuration = { readonly kind: 'at'; readonly at: number } | { readonly kind: 'in'; readonly in: number }

/** A time in RFC 3339 or a Go duration; undefined for the empty text, which is "not given"; else `malformed`. */
export function parseTimeDuration(text: string): TimeDuration | undefined {
  if (text === '') return undefined
  const at = instantPattern.test(text) ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(at)) return { kind: 'at', at }
  const distance = durationOf(text)
  if (distance !== undefined) return { kind: 'in', in: distance }
  throw new SignetError(
    'malformed',
    `"${text.slice(0, maximumLength)}" is neither a time nor a duration: write it as 2026-01-02T15:04:05Z or 24h`,
  )
}

/** The point in time that is meant, where distances count from `from`. */
export function resolveTime(time: TimeDuration, from: number): number {
  return time.kind === 'at' ? time.at : from + time.in
}

function durationOf(text: string): number | undefined {
  if (text.length > maximumLength) return undefined
  if (/^[+-]?0$/.test(text)) return 0
  if (!whole.test(text)) return undefined
  let sum = 0
  for (const [, amount = '', unit = ''] of text.matchAll(part)) sum += Number(amount) * (units[unit] ?? 0)
  if (sum >= maximum) return undefined
  // As in Go, nothing is finer than a nanosecond.
  const rounded = Math.round(sum * 1e6) / 1e6
  return text.startsWith('-') ? -rounded : rounded
}

function formatFraction(nanoseconds: number): string {
  if (nanoseconds === 0) return '0s'
  if (nanoseconds < 1000) return `${nanoseconds}ns`
  if (nanoseconds < 1e6) return `${decimal(nanoseconds, 3)}µs`
  return `${decimal(nanoseconds, 6)}ms`
}

/** `value / 10^digits` without a fraction of zeros. */
function decimal(value: number, digits: number): string {
  const scale = 10 ** digits
  const fraction = String(value % scale)
    .padStart(digits, '0')
    .replace(/0+$/, '')
  return `${Math.floor(value / scale)}${fraction === '' ? '' : `.${fraction}`}`
}
