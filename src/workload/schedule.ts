import { apart } from '../client/schedule.ts'
import { delayAfter, type Backoff } from '../core/backoff.ts'

/** When the program runs again. All times in milliseconds since the epoch. */

/** The program runs at least this often, to look for new roots (`trustRefresh`). The sidecar relies on it. */
const trustRefreshMs = 3_600_000

const slowestRetryMs = 30_000
const fastestRetryMs = 1000
const expiredBackoff: Backoff = { firstMs: fastestRetryMs, longestMs: slowestRetryMs }

/** When the program has to run again if all is well. */
export function nextWake(renewAt: number, now: number): number {
  return Math.min(Math.max(renewAt, now), now + trustRefreshMs)
}

/** What a failure was, and what it leaves. */
export type FailedRun = {
  /** Of the certificate that is there. */
  readonly notAfter: number | undefined
  readonly retryAfterSeconds: number | undefined
  /** In a row, this one included. */
  readonly failures: number
  /** The authority said no, which it will say again. */
  readonly refused: boolean
}

/**
 * When to try again after a failure: sooner the less time is left, every 30 s at the slowest, every second at the fastest.
 * Once none is left, later with each failure in a row: all pods at once would keep an authority from coming back.
 */
export function retryTime(now: number, failed: FailedRun, podUid: string): number {
  const left = Math.max((failed.notAfter ?? now) - now, 0)
  const least = left > 0 ? left / 20 : delayAfter(expiredBackoff, failed.failures)
  const wait = failed.refused ? slowestRetryMs : Math.min(Math.max(least, fastestRetryMs), slowestRetryMs)
  return now + apart(wait, failed.retryAfterSeconds, podUid)
}
