import { delayAfter, type Backoff } from '../core/backoff.ts'
import { fractionOf } from '../core/fraction.ts'

/** When a holder of a certificate renews it, and how long it waits before it tries again. Times in milliseconds. */

/** From issuance, not from notBefore, which the authority sets back. */
export type Lifetime = { readonly issuedAt: number; readonly notAfter: number }

const backoff: Backoff = { firstMs: 100, longestMs: 5000 }
/** The longest that a server's Retry-After is believed. */
const longestAskedMs = 30_000

/**
 * Two thirds of the way from issuance to notAfter, less up to a twentieth of it that depends on `id` alone: pods that
 * start together renew apart, and one pod always at the same point.
 */
export function renewalTime({ issuedAt, notAfter }: Lifetime, id: string): number {
  const span = Math.max(notAfter - issuedAt, 0)
  return Math.floor(issuedAt + span * (2 / 3 - fractionOf(id) / 20))
}

/** Pause before attempt `attempt` + 1 (the first attempt is 1): 0.1 s, doubled up to 5 s, or what the authority asked for. */
export function retryDelay(attempt: number, retryAfterSeconds: number | undefined, id: string): number {
  return apart(delayAfter(backoff, attempt), retryAfterSeconds, `${id} ${attempt}`)
}

/** `wait`, or what the authority asked for if that is longer, and up to a quarter more, so that clients come one by one. */
export function apart(wait: number, retryAfterSeconds: number | undefined, id: string): number {
  const asked = Math.min((retryAfterSeconds ?? 0) * 1000, longestAskedMs)
  return Math.ceil(Math.max(wait, asked) * (1 + fractionOf(id) / 4))
}
