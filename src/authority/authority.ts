import type { Clock, Random } from '../core/clock.ts'
import { isSignetError, SignetError, type ErrorCode } from '../core/errors.ts'
import type { CertificateRequest } from '../core/x509/csr.ts'
import { createAttempts } from './attempts.ts'
import { checkClientCertificate, type ClientCertificate, type PresentedChain } from './client-certificate.ts'
import { createSnapshot, type AuthorityConfig } from './config.ts'
import type { RequestContext, SignX509Request } from './grant.ts'
import type { IssuedX509 } from './issue-x509.ts'
import { objectOf } from './object-of.ts'
import { createOcspResponder } from './ocsp.ts'
import type { OcspAnswer } from './ocsp-cache.ts'
import { issueOcspSigner } from './ocsp-signer.ts'
import type {
  AuthorityEvents,
  CertificateStore,
  JsonFetcher,
  KubernetesReader,
  ObjectReference,
  Operation,
  PolicySource,
  Revocation,
  StoredCrl,
  WebhookCaller,
} from './ports.ts'
import { createCrlPublisher } from './publish-crl.ts'
import { RefusedRequest } from './refusal.ts'
import { renewX509, type RenewCredential } from './renew-x509.ts'
import { revokeX509, type RevokeX509Request } from './revoke-x509.ts'
import { issueServerCertificate, type ServerCertificate } from './server-certificate.ts'
import { signX509 } from './sign-x509.ts'

/** What an authority needs from the world; the last two only in a cluster. */
export type AuthorityPorts = {
  readonly store: CertificateStore
  readonly clock: Clock
  readonly random: Random
  readonly events: AuthorityEvents
  readonly fetcher: JsonFetcher
  readonly webhooks: WebhookCaller
  readonly kubernetes: KubernetesReader | undefined
  readonly policy: PolicySource | undefined
}

/**
 * A certificate authority. Every call works on the configuration that held when it began. Failures are SignetErrors with a
 * reason; each is also told to `events`, as is every certificate.
 */
export type Authority = {
  signX509(request: SignX509Request, context: RequestContext): Promise<IssuedX509>
  /** Renews the certificate that the TLS peer presented, or for which a renew token was made. */
  renewX509(credential: RenewCredential, context: RequestContext): Promise<IssuedX509>
  /** The same for the certificate of the TLS peer and another key: the CSR's, whose other contents do not count. */
  rekeyX509(presented: PresentedChain, csr: CertificateRequest, context: RequestContext): Promise<IssuedX509>
  /** Revokes one certificate, by a token for it or by the certificate itself. */
  revokeX509(request: RevokeX509Request, context: RequestContext): Promise<Revocation>
  /** Makes a new revocation list and serves it; nothing where lists are off. */
  publishCrl(): Promise<void>
  /** The revocation list that is served; undefined where lists are off. */
  currentCrl(): Promise<StoredCrl | undefined>
  /** The answer to an OCSP request (DER); undefined where OCSP is off. */
  respondOcsp(request: Uint8Array): Promise<OcspAnswer | undefined>
  /** The one check of a client certificate, to be made on every request that relies on one. */
  checkClientCertificate(presented: PresentedChain): Promise<ClientCertificate>
  issueServerCertificate(): Promise<ServerCertificate>
  /** The configuration in force. */
  config(): AuthorityConfig
  /** Puts another configuration into force as a whole; `malformed`, and the old one stays, if it cannot be. */
  reconfigure(config: AuthorityConfig): void
}

/** An authority with this configuration; `malformed` if it cannot work. */
export function createAuthority(ports: AuthorityPorts, config: AuthorityConfig): Authority {
  const { events } = ports
  let snapshot = createSnapshot(config)
  const countAttempt = createAttempts()
  const crl = createCrlPublisher(() => snapshot, ports)

  async function reportFailure<T>(operation: Operation, requestId: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      events.refused({ operation, requestId, ...describe(error) })
      throw error
    }
  }
  async function report<T extends IssuedX509>(operation: Operation, requestId: string, issue: () => Promise<T>) {
    const issued = await reportFailure(operation, requestId, issue)
    const object = objectOf(issued.record.issuedTo)
    events.issued(issued.record, { operation, requestId, ...(object && { regarding: object }) })
    return issued
  }

  const ocsp = createOcspResponder(() => snapshot, {
    ...ports,
    issueSigner: (snapshot) => report('serve', '', () => issueOcspSigner(snapshot, ports)),
  })

  /** Lets the world see a revocation that is stored. */
  const show = async (serial: string): Promise<void> => {
    ocsp.forget(serial)
    if (snapshot.config.crl?.generateOnRevoke === true) await crl.publish()
  }

  return {
    signX509: (request, context) =>
      report('sign', context.requestId, () => signX509(request, context, snapshot, { ...ports, countAttempt })),
    renewX509: (credential, context) =>
      report('renew', context.requestId, () => renewX509({ credential }, context, snapshot, ports)),
    rekeyX509: (credential, rekey, context) =>
      report('rekey', context.requestId, () => renewX509({ credential, rekey }, context, snapshot, ports)),
    async revokeX509(request, { requestId }) {
      try {
        const revocation = await reportFailure('revoke', requestId, () => revokeX509(request, snapshot, ports))
        events.revoked(revocation, { requestId })
        await show(revocation.serial)
        return revocation
      } catch (error) {
        // Somebody asks again because the list could not be made the first time.
        if (isSignetError(error) && error.reason === 'CertificateRevoked') await show(request.serial)
        throw error
      }
    },
    publishCrl: () => crl.publish(),
    currentCrl: () => crl.current(),
    respondOcsp: (request) => ocsp.respond(request),
    checkClientCertificate: (presented) => checkClientCertificate(presented, snapshot, ports.store, ports.clock.now()),
    issueServerCertificate: () => report('serve', '', () => issueServerCertificate(snapshot, ports)),
    config: () => snapshot.config,
    reconfigure(config) {
      snapshot = createSnapshot(config)
    },
  }
}

/** Reasons of errors that do not bring their own; all others are faults of ours. */
const usualReasons: Partial<Readonly<Record<ErrorCode, string>>> = { malformed: 'BadRequest', unavailable: 'NotReady' }

function describe(error: unknown): { reason: string; message: string; regarding?: ObjectReference } {
  if (!(error instanceof SignetError)) {
    return { reason: 'Internal', message: error instanceof Error ? error.message : String(error) }
  }
  const { message, reason = usualReasons[error.code] ?? 'Internal' } = error
  return error instanceof RefusedRequest ? { reason, message, regarding: error.regarding } : { reason, message }
}
