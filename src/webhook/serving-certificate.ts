import type { Clock } from '../core/clock.ts'
import { isSignetError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { parseCertificates, type Certificate } from '../core/x509/certificate.ts'
import { verifyChain } from '../core/x509/verify.ts'
import { renewalTime, retryDelay } from '../client/schedule.ts'
import type { ServingIdentity } from './server.ts'

/** The longest pause: new roots, a suspended node or a clock that was set are noticed after it at the latest. */
const longestPauseMs = 10_000
/** Ready means that the certificate holds for this much longer. */
const safeMs = 600_000

export type ServingDeps = {
  /** Enrols with the pod's token, as any workload does. Fails while there is no authority that is ready. */
  readonly enrol: () => Promise<ServingIdentity>
  /** PEM of the roots that the API server is told to trust; empty while there are none. */
  readonly roots: () => string
  readonly clock: Clock
  readonly log: Log
  /** Resolves after this many milliseconds, or when the signal says so. */
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>
  /** Of the pod: spreads renewals of several replicas. */
  readonly id: string
  /** Called with each new certificate; `notAfter` in milliseconds since the epoch. */
  readonly use: (identity: ServingIdentity, notAfter: number) => Promise<void>
}

export type ServingCertificate = {
  /** Runs until the signal: gets a certificate, and a new one whenever that is due. Never fails for what may pass. */
  run(signal: AbortSignal): Promise<void>
  /** Why the certificate cannot be relied on; undefined if it holds for ten minutes more. */
  problem(): string | undefined
}

type Held = { readonly chain: readonly Certificate[]; readonly issuedAt: number }

/** Keeps the certificate of the webhook's own listener, in memory only. */
export function createServingCertificate(deps: ServingDeps): ServingCertificate {
  const { clock, log, wait, id } = deps
  let held: Held | undefined
  let failures = 0
  const isDue = (): boolean => held === undefined || renewAt(held, id) <= clock.now() || !isTrusted(held, deps)
  return {
    async run(signal) {
      while (!signal.aborted) {
        if (isDue()) {
          try {
            held = await replace(deps)
            failures = 0
          } catch (err) {
            if (!isSignetError(err)) throw err
            failures += 1
            log.warn({ err, failures }, 'no serving certificate yet, trying again')
          }
        }
        const pause = failures > 0 ? retryDelay(failures, undefined, id) : longestPauseMs
        await wait(Math.min(pause, longestPauseMs), signal)
      }
    },
    problem() {
      const leaf = held?.chain[0]
      if (leaf === undefined) return 'there is no serving certificate yet'
      return leaf.notAfter - clock.now() < safeMs ? 'the serving certificate ends in less than 10 minutes' : undefined
    },
  }
}

async function replace({ enrol, clock, log, use }: ServingDeps): Promise<Held> {
  const issuedAt = clock.now()
  const identity = await enrol()
  const chain = parseCertificates(identity.certificateChain)
  const [leaf] = chain
  await use(identity, leaf?.notAfter ?? issuedAt)
  log.info({ serial: leaf?.serial }, 'serving certificate issued')
  return { chain, issuedAt }
}

function renewAt({ chain, issuedAt }: Held, id: string): number {
  return renewalTime({ issuedAt, notAfter: chain[0]?.notAfter ?? issuedAt }, id)
}

/** A certificate of a root that is no longer active would be refused by the API server. */
function isTrusted({ chain }: Held, { roots, clock }: ServingDeps): boolean {
  const [leaf, ...intermediates] = chain
  const pem = roots()
  if (leaf === undefined || pem === '') return true
  try {
    verifyChain(leaf, intermediates, parseCertificates(pem), { at: Math.max(clock.now(), leaf.notBefore) })
    return true
  } catch (error) {
    if (isSignetError(error)) return false
    throw error
  }
}
