import type { Clock } from '../core/clock.ts'
import { SignetError } from '../core/errors.ts'
import { authorizeX509Revoke } from './authorize.ts'
import { checkClientCertificateUnlessRevoked, type PresentedChain } from './client-certificate.ts'
import type { Snapshot } from './config.ts'
import { refusedUse } from './issue-x509.ts'
import type { CertificateStore, CredentialUse, JsonFetcher, KubernetesReader, Revocation, RevokedBy } from './ports.ts'

/** A request to revoke, parsed, nothing about it verified. */
export type RevokeX509Request = {
  /** Decimal. */
  readonly serial: string
  /** CRLReason, 0 to 10. */
  readonly reasonCode: number
  readonly reason: string
  /** A token for this serial, or the certificate itself as the TLS peer presented it. */
  readonly credential:
    | { readonly kind: 'token'; readonly token: string }
    | { readonly kind: 'certificate'; readonly presented: PresentedChain }
}

export type RevokePorts = {
  readonly store: CertificateStore
  readonly clock: Clock
  readonly kubernetes: KubernetesReader | undefined
  readonly fetcher: JsonFetcher
}

/**
 * Revokes one certificate, for good. As in step-ca the token of any provisioner that can will do, and the certificate need
 * not be known here. The token is spent in the same write, and only by it. `unauthorized` for every doubt about the
 * credential, `forbidden` where it is for another certificate, `malformed` where the certificate is revoked already.
 */
export async function revokeX509(
  request: RevokeX509Request,
  snapshot: Snapshot,
  ports: RevokePorts,
): Promise<Revocation> {
  const { serial, reasonCode, reason } = request
  const now = ports.clock.now()
  const { by, use } = await authorize(request, snapshot, { ...ports, now })
  const expiresAt = (await ports.store.find(serial))?.notAfter
  const revocation = {
    serial,
    reasonCode,
    reason,
    revokedAt: now,
    by,
    ...(expiresAt !== undefined && { expiresAt }),
  }
  const outcome = await ports.store.revoke(revocation, use, now)
  if (outcome === 'revoked') return revocation
  if (outcome !== 'already-revoked') throw refusedUse(outcome, use)
  const message = `certificate with serial number '${serial}' is already revoked`
  throw new SignetError('malformed', message, { reason: 'CertificateRevoked' })
}

type Authorized = { readonly by: RevokedBy; readonly use: CredentialUse | undefined }

async function authorize(
  { serial, credential }: RevokeX509Request,
  snapshot: Snapshot,
  ports: RevokePorts & { readonly now: number },
): Promise<Authorized> {
  if (credential.kind === 'certificate') {
    const { presented } = credential
    const { certificate } = await checkClientCertificateUnlessRevoked(presented, snapshot, ports.store, ports.now)
    if (certificate.serial !== serial) throw mismatch(serial, 'certificate serial number', certificate.serial)
    return { by: { kind: 'certificate' }, use: undefined }
  }
  const { provisioner, grant } = await authorizeX509Revoke(credential.token, snapshot, ports)
  if (grant.serial !== serial) throw mismatch(serial, 'token subject', grant.serial)
  const { id, name, type } = provisioner
  return { by: { kind: 'token', provisioner: { id, name, type } }, use: grant.use }
}

function mismatch(serial: string, what: string, other: string): SignetError {
  const message = `request serial number "${serial}" and ${what} ${JSON.stringify(other)} do not match`
  return new SignetError('forbidden', message, { reason: 'BadRequest' })
}
