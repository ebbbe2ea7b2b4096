import { equalBytes } from '../bytes.ts'
import type { CertificateContent } from './build.ts'
import type { Certificate } from './certificate.ts'
import { extensionOids } from './oids.ts'

/** What of a certificate changes when it is renewed. */
export type Renewal = {
  /** Decimal, positive, at most 20 octets. */
  readonly serial: string
  /** Milliseconds since the epoch. */
  readonly notBefore: number
  readonly notAfter: number
  /** DER SubjectPublicKeyInfo of the new key; absent: the key stays. */
  readonly spki?: Uint8Array
}

/**
 * The content of a renewed certificate, as step-ca makes it: the same subject and all extensions octet for octet, except
 * the authority key id, which is the issuer's, and with a new key the subject key id.
 */
export function renewalContent(certificate: Certificate, renewal: Renewal): CertificateContent {
  const spki = renewal.spki ?? certificate.spki
  const keepsKey = equalBytes(spki, certificate.spki)
  const { subject, names, keyUsage, extKeyUsage, extensions } = certificate
  const { authorityKeyId, subjectKeyId } = extensionOids
  return {
    serial: renewal.serial,
    notBefore: renewal.notBefore,
    notAfter: renewal.notAfter,
    spki,
    subject,
    names,
    keyUsage,
    extKeyUsage,
    extensions: extensions.filter(({ oid }) => oid !== authorityKeyId && (keepsKey || oid !== subjectKeyId)),
  }
}
