import { delayAfter, type Backoff } from '../../../core/backoff.ts'

/** Keeps one Certificate from costing certificate after certificate. Times in milliseconds since the epoch. */
export type Pace = {
  /** From when on another certificate may be asked for; undefined: at any time. */
  heldUntil(certificate: string): number | undefined
  issued(certificate: string, now: number): void
  forget(certificate: string): void
}

/** Somebody who tries things out gets this many at once. */
const free = 5
const backoff: Backoff = { firstMs: 10_000, longestMs: 3_600_000 }
/** A certificate that lasted this long, and twice as long as the one before had to, ends a row. */
const calmMs = 60_000

/**
 * Counts successes that follow each other closely. What makes each of them necessary is then not mended by it, such as a
 * webhook of somebody else that changes the Secret as it is written: every certificate would cost another one at once.
 */
export function createPace(): Pace {
  const rows = new Map<string, { readonly count: number; readonly lastAt: number }>()
  const waitAfter = (count: number): number => (count < free ? 0 : delayAfter(backoff, count - free + 1))
  return {
    heldUntil(certificate) {
      const row = rows.get(certificate)
      const wait = row === undefined ? 0 : waitAfter(row.count)
      return row === undefined || wait === 0 ? undefined : row.lastAt + wait
    },
    issued(certificate, now) {
      const row = rows.get(certificate)
      const goesOn = row !== undefined && now - row.lastAt < Math.max(calmMs, 2 * waitAfter(row.count))
      rows.set(certificate, { count: goesOn ? row.count + 1 : 1, lastAt: now })
    },
    forget: (certificate) => void rows.delete(certificate),
  }
}
