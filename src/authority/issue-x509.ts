import type { Clock } from '../core/clock.ts'
import { SignetError } from '../core/errors.ts'
import { assembleCertificate, type CertificateContent } from '../core/x509/build.ts'
import type { Certificate } from '../core/x509/certificate.ts'
import { checkIssuedContents } from '../core/x509/verify-issued.ts'
import { sha256Hex } from '../core/bytes.ts'
import { certificateRevoked } from './client-certificate.ts'
import type { Snapshot } from './config.ts'
import { prepareX509 } from './prepare-x509.ts'
import type { CertificateStore, CredentialUse, IssuanceRecord } from './ports.ts'

export type IssuePorts = { readonly store: CertificateStore; readonly clock: Clock }

/** A certificate to be issued: what it says, and why it may exist. */
export type Issuance = {
  readonly content: CertificateContent
  readonly reason: Pick<IssuanceRecord, 'provisioner' | 'issuedTo' | 'rule' | 'renews'>
  readonly use: CredentialUse | undefined
}

export type IssuedX509 = {
  /** The new certificate, then the intermediates, without the root. */
  readonly chain: readonly [Certificate, ...Certificate[]]
  readonly record: IssuanceRecord
}

/**
 * The end of the one path: lint, sign, check what was signed, record it and spend the credential. One durable write does both
 * (and verifies the signature first), so a credential is spent by the certificate that it brings and by nothing else, and
 * whatever fails on the way leaves no certificate outside this function.
 */
export async function issueX509(issuance: Issuance, snapshot: Snapshot, ports: IssuePorts): Promise<IssuedX509> {
  const { content, reason, use } = issuance
  const { config, issuerFacts } = snapshot
  const { issuer } = config
  const prepared = prepareX509(content, issuerFacts)
  const { tbs, algorithm } = prepared.toBeSigned
  const signature = await issuer.sign(prepared)
  const der = assembleCertificate(tbs, algorithm, signature)
  const certificate = checkIssuedContents(der, content, issuerFacts)
  const { notBefore, notAfter } = certificate
  const now = ports.clock.now()
  const record: IssuanceRecord = {
    serial: content.serial,
    ...reason,
    publicKeySha256: sha256Hex(content.spki),
    requestedAt: now,
    certificate: der,
    notBefore,
    notAfter,
  }
  const outcome = await ports.store.record(record, issuerFacts.spki, use, now)
  if (outcome === 'serial-taken') throw serialTaken()
  // Between the look at it and now.
  if (outcome === 'renews-revoked') throw certificateRevoked()
  if (outcome !== 'recorded') throw refusedUse(outcome, use)
  return { chain: [certificate, ...issuer.chain], record }
}

/** Of 2^128 numbers none comes twice: the source of randomness is broken. */
function serialTaken(): SignetError {
  return new SignetError('internal', 'a random serial number was drawn twice')
}

/** Why a credential that was verified may not be used all the same. */
export function refusedUse(outcome: 'credential-used' | 'too-many-uses', use: CredentialUse | undefined): SignetError {
  if (outcome === 'credential-used') {
    return new SignetError('unauthorized', 'the token was used already', { reason: 'TokenReused' })
  }
  const { limit, windowSeconds } = use?.kind === 'limited' ? use : { limit: 0, windowSeconds: 0 }
  return new SignetError('unavailable', `more than ${limit} requests within ${windowSeconds} s`, {
    reason: 'TooManyUses',
    retryAfterSeconds: windowSeconds,
  })
}
