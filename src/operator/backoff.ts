import type { Backoff } from '../core/backoff.ts'

/** Nobody answered, or only just not: worth trying again at once. The last wait bounds the delay after an outage. */
export const outageBackoff: Backoff = { firstMs: 500, longestMs: 8_000 }

/** The authority said no: only a change of the Certificate, of a policy or of a Provisioner helps. */
export const refusalBackoff: Backoff = { firstMs: 60_000, longestMs: 3_600_000 }
