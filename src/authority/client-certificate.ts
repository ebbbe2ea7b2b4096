import { SignetError } from '../core/errors.ts'
import { parseCertificate, type Certificate } from '../core/x509/certificate.ts'
import { verifyChain } from '../core/x509/verify.ts'
import type { Snapshot } from './config.ts'
import type { CertificateStore, IssuanceRecord } from './ports.ts'

/** A client certificate that counts now. */
export type ClientCertificate = { readonly certificate: Certificate; readonly record: IssuanceRecord }

/** What the TLS peer presented: DER, leaf first, perhaps with intermediates. */
export type PresentedChain = readonly [Uint8Array, ...Uint8Array[]]

/** A peer has no reason to present more; each costs a parse. */
const maximumPresented = 8

/**
 * The one check of a client certificate, to be made on every request: the chain to an active root, validity at `at`
 * (milliseconds), the usage clientAuth, and that this authority has its record. The TLS layer's own opinion, which it
 * formed when the connection was made or resumed, does not count. `unauthorized` with a reason otherwise.
 */
export async function checkClientCertificate(
  presented: PresentedChain,
  snapshot: Snapshot,
  store: Pick<CertificateStore, 'find'>,
  at: number,
): Promise<ClientCertificate> {
  const certificate = verifyPresented(presented, snapshot, at)
  return { certificate, record: await recordOf(certificate, store) }
}

/** A leaf alone will do: our own intermediates are known. */
function verifyPresented(presented: PresentedChain, { config }: Snapshot, at: number): Certificate {
  const [leaf, ...intermediates] = presented.slice(0, maximumPresented).map((der) => parseCertificate(der))
  if (leaf === undefined) throw new SignetError('malformed', 'missing client certificate', { reason: 'BadRequest' })
  verifyChain(leaf, [...config.issuer.chain, ...intermediates], config.roots, { at, usage: 'clientAuth' })
  return leaf
}

async function recordOf(certificate: Certificate, store: Pick<CertificateStore, 'find'>): Promise<IssuanceRecord> {
  const record = await store.find(certificate.serial)
  if (record !== undefined && Buffer.compare(record.certificate, certificate.der) === 0) return record
  throw new SignetError('unauthorized', `certificate ${certificate.serial} has no record here`, {
    reason: 'RecordMissing',
  })
}
