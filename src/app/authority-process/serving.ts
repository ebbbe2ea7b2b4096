import type { Authority } from '../../authority/authority.ts'
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'
import { certificatesToPem } from '../../core/x509/certificate.ts'
import { exportPrivateKey } from '../../core/x509/private-key.ts'
import type { ServingIdentity } from '../../http/tls-server.ts'
import type { LoadedConfig } from './load.ts'

/** How often the clock is looked at: short, so that a suspended machine or a clock that was set is noticed. */
const lookMs = 60_000

export type Serving = {
  /** Issues a new certificate and serves it; where that fails, it is tried again within a minute. */
  renew(): Promise<void>
  stop(): void
}

export type ServingDependencies = {
  readonly authority: Pick<Authority, 'issueServerCertificate'>
  readonly clock: Clock
  readonly log: Log
  /** Serves it to new connections. */
  readonly use: (identity: ServingIdentity, notAfter: number) => void
  /** The configuration in force. */
  readonly config: () => LoadedConfig
}

/** A first serving certificate for the authority's own listener. */
export async function issueServing(
  authority: ServingDependencies['authority'],
  { ca, clientAuthorities }: LoadedConfig,
): Promise<{ readonly identity: ServingIdentity; readonly notAfter: number }> {
  const { chain, privateKey } = await authority.issueServerCertificate()
  const identity = {
    certificateChain: certificatesToPem(...chain),
    privateKey: exportPrivateKey(privateKey, 'PKCS8'),
    clientAuthorities,
    tls: ca.tls,
  }
  return { identity, notAfter: chain[0].notAfter }
}

/** Renews the serving certificate when two thirds of its life are over; a failure is tried again every minute. */
export function keepServing(dependencies: ServingDependencies, firstNotAfter: number): Serving {
  const { authority, clock, log, use, config } = dependencies
  let renewAt = renewalTime(clock.now(), firstNotAfter)
  const attempt = async (): Promise<void> => {
    // Until it is there, it is overdue.
    renewAt = 0
    const { identity, notAfter } = await issueServing(authority, config())
    renewAt = renewalTime(clock.now(), notAfter)
    use(identity, notAfter)
  }
  let last: Promise<void> = Promise.resolve()
  // One after the other: one that began under an older configuration must not end after that of a newer one.
  const renew = (): Promise<void> => {
    const next = last.then(attempt)
    last = next.catch(() => undefined)
    return next
  }
  const timer = setInterval(() => {
    if (clock.now() < renewAt) return
    renew().catch((error: unknown) => log.error({ err: error }, 'cannot renew the serving certificate'))
  }, lookMs)
  return { renew, stop: () => clearInterval(timer) }
}

function renewalTime(now: number, notAfter: number): number {
  return now + ((notAfter - now) * 2) / 3
}
