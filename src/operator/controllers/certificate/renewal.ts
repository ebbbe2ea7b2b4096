import { parseDuration } from '../../../core/duration.ts'
import { fractionOf } from '../../../core/fraction.ts'
import { wholeSeconds } from '../../../core/instant.ts'
import type { CertificateSpec } from '../../../core/resources/index.ts'

/** Share of the time until renewal by which it may come earlier, so that what was issued together is not renewed so. */
const jitterShare = 0.05

/**
 * Whatever `renewBefore` says, a certificate is used for a minute, and for a tenth of its life; for half of a shorter life,
 * and however short that is cut, such as by an intermediate that ends, nobody is asked more often than every ten seconds.
 */
const soonest = { usedMs: 60_000, usedShare: 0.1, shortestMs: 10_000 } as const

export type Life = { readonly issuedAt: number; readonly notAfter: number }

/**
 * When a certificate is to be renewed, in milliseconds since the epoch, whole seconds: when a third of its life is left,
 * or what `renewBefore` or `renewBeforePercentage` say. A `renewBefore` that is not shorter than the life, which the
 * authority may have cut, does not count. The jitter depends on the uid only, so that every replica plans the same.
 */
export function renewalTime(
  { issuedAt, notAfter }: Life,
  { renewBefore, renewBeforePercentage }: Pick<CertificateSpec, 'renewBefore' | 'renewBeforePercentage'>,
  uid: string,
): number {
  const life = notAfter - issuedAt
  const asked = renewBefore === undefined ? (life * (renewBeforePercentage ?? 0)) / 100 : parseDuration(renewBefore)
  const before = asked > 0 && asked < life ? asked : life / 3
  const jitter = (life - before) * jitterShare * fractionOf(uid)
  const planned = wholeSeconds(notAfter - before - jitter)
  const used = Math.min(life / 2, Math.max(soonest.usedMs, life * soonest.usedShare))
  return Math.max(planned, issuedAt + Math.max(used, soonest.shortestMs))
}
