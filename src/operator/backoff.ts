/** How long to wait before the next try, by how many tries in a row have failed. */
export type Backoff = { readonly firstMs: number; readonly maxMs: number }

/** Nobody answered, or only just not: worth trying again at once. The last wait bounds the delay after an outage. */
export const outageBackoff: Backoff = { firstMs: 500, maxMs: 8_000 }

/** The authority said no: only a change of the Certificate, of a policy or of a Provisioner helps. */
export const refusalBackoff: Backoff = { firstMs: 60_000, maxMs: 3_600_000 }

/** Doubles with each failure; `failures` counts from 1. */
export function delayAfter({ firstMs, maxMs }: Backoff, failures: number): number {
  return Math.min(maxMs, firstMs * 2 ** Math.min(failures - 1, 30))
}
