import { SignetError } from '../core/errors.ts'
import { parseCertificate, type Certificate } from '../core/x509/certificate.ts'
import { verifyChain } from '../core/x509/verify.ts'
import type { Snapshot } from './config.ts'
import type { CertificateStore, StoredX509 } from './ports.ts'

/** A client certificate that counts now. */
export type ClientCertificate = { readonly certificate: Certificate; readonly record: StoredX509 }

/** What the TLS peer presented: DER, leaf first, perhaps with intermediates. */
export type PresentedChain = readonly [Uint8Array, ...Uint8Array[]]

/** A peer has no reason to present more; each costs a parse. */
const maximumPresented = 8

/**
 * The one check of a client certificate, to be made on every request: that this authority has its record, the chain to an
 * active root, validity at `at` (milliseconds), the usage clientAuth, and that it was not revoked. The TLS layer's own
 * opinion, which it formed when the connection was made or resumed, does not count. `unauthorized` with a reason otherwise.
 */
export async function checkClientCertificate(
  ...presented: Parameters<typeof checkClientCertificateUnlessRevoked>
): Promise<ClientCertificate> {
  const checked = await checkClientCertificateUnlessRevoked(...presented)
  if (checked.record.revocation === undefined) return checked
  throw certificateRevoked()
}

export function certificateRevoked(): SignetError {
  return new SignetError('unauthorized', 'certificate has been revoked', { reason: 'CertificateRevoked' })
}

/** Of octets that a connection keeps, so that each of its requests finds what the one before has parsed and verified. */
const parsed = new WeakMap<Uint8Array, Certificate>()

function parseOnce(der: Uint8Array): Certificate {
  const certificate = parsed.get(der) ?? parseCertificate(der)
  parsed.set(der, certificate)
  return certificate
}

/** All of `checkClientCertificate` but the last: only for who wants to say that the certificate was revoked already. */
export async function checkClientCertificateUnlessRevoked(
  presented: PresentedChain,
  snapshot: Snapshot,
  store: Pick<CertificateStore, 'find'>,
  at: number,
): Promise<ClientCertificate> {
  const [first, ...others] = presented.slice(0, maximumPresented)
  if (first === undefined) throw new SignetError('malformed', 'missing client certificate', { reason: 'BadRequest' })
  const certificate = parseOnce(first)
  // The record first: nobody without a certificate of ours has keys of their own choice tried on a chain.
  const record = await recordOf(certificate, store)
  verifyPresented(certificate, others, snapshot, at)
  return { certificate, record }
}

/** A leaf alone will do: our own intermediates are known. */
function verifyPresented(leaf: Certificate, others: readonly Uint8Array[], { config }: Snapshot, at: number): void {
  const intermediates = [...config.issuer.chain, ...others.map(parseOnce)]
  verifyChain(leaf, intermediates, config.roots, { at, usage: 'clientAuth' })
}

async function recordOf(certificate: Certificate, store: Pick<CertificateStore, 'find'>): Promise<StoredX509> {
  const record = await store.find(certificate.serial)
  if (record !== undefined && Buffer.compare(record.certificate, certificate.der) === 0) return record
  throw new SignetError('unauthorized', `certificate ${certificate.serial} has no record here`, {
    reason: 'RecordMissing',
  })
}
