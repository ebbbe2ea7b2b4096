import { apart } from '../client/schedule.ts'

/** When the program runs again. All times in milliseconds since the epoch. */

/** The program runs at least this often, to look for new roots (`trustRefresh`). The sidecar relies on it. */
export const trustRefreshMs = 3_600_000

const slowestRetryMs = 30_000
const fastestRetryMs = 1000

/** When the program has to run again if all is well. */
export function nextWake(renewAt: number, now: number): number {
  return Math.min(Math.max(renewAt, now), now + trustRefreshMs)
}

/** When to try again after a failure: sooner the less time is left, every 30 s at the slowest, every second at the fastest. */
export function retryTime(
  now: number,
  notAfter: number | undefined,
  retryAfterSeconds: number | undefined,
  podUid: string,
): number {
  const left = Math.max((notAfter ?? now) - now, 0)
  const wait = Math.min(Math.max(left / 20, fastestRetryMs), slowestRetryMs)
  return now + apart(wait, retryAfterSeconds, podUid)
}
