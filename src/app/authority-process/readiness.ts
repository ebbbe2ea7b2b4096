import type { Readiness } from '../../adapters/telemetry/health-server.ts'
import type { CertificateStore } from '../../authority/ports.ts'

/** What was seen to work within this time is not tried again: the kubelet asks every few seconds. */
const freshMs = 10_000
/** A disk that takes longer than this for one row is as good as none; the kubelet hangs up after 2 s and hears no reason. */
const storeTimeoutMs = 1500

export type ReadinessChecks = {
  readonly store: Pick<CertificateStore, 'check'>
  /** Throws if the issuing key does not work. */
  readonly probeIssuer: () => void
  /** What else must be there: undefined, or what is missing. */
  readonly missing: () => string | undefined
  /** Milliseconds of a clock that never steps. */
  readonly ticks: () => number
}

/**
 * Ready: the store was written to and a signature was made and verified, both within the last ten seconds, and nothing
 * else is missing.
 */
export function createReadiness({ store, probeIssuer, missing, ticks }: ReadinessChecks): () => Promise<Readiness> {
  let lastSuccess: number | undefined
  const attempt = async (): Promise<Readiness> => {
    const before = ticks()
    try {
      await withTimeout(store.check())
      probeIssuer()
    } catch (error) {
      lastSuccess = undefined
      return { ready: false, reason: error instanceof Error ? error.message : String(error) }
    }
    lastSuccess = before
    return { ready: true }
  }
  return async () => {
    const absent = missing()
    if (absent !== undefined) return { ready: false, reason: absent }
    if (lastSuccess !== undefined && ticks() - lastSuccess < freshMs) return { ready: true }
    return attempt()
  }
}

function withTimeout(work: Promise<void>): Promise<void> {
  const { promise, reject } = Promise.withResolvers<void>()
  const timer = setTimeout(
    () => reject(new Error(`the store does not answer within ${storeTimeoutMs / 1000} s`)),
    storeTimeoutMs,
  )
  return Promise.race([work, promise]).finally(() => clearTimeout(timer))
}
