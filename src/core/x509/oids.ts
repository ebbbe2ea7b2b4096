import { oid } from '../der/writer.ts'

/** Object identifiers of the extensions of certificates and revocation lists (RFC 5280 §4.2, §5.2, §5.3) and of the provisioner extension of step-ca. */
export const extensionOids = {
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  crlNumber: '2.5.29.20',
  reasonCode: '2.5.29.21',
  issuingDistributionPoint: '2.5.29.28',
  crlDistributionPoints: '2.5.29.31',
  certificatePolicies: '2.5.29.32',
  authorityKeyId: '2.5.29.35',
  extKeyUsage: '2.5.29.37',
  authorityInfoAccess: '1.3.6.1.5.5.7.1.1',
  provisioner: '1.3.6.1.4.1.37476.9000.64.1',
} as const

/** PKCS #9 extensionRequest (RFC 2985 §5.4.2): the attribute of a certificate request that carries extensions. */
export const extensionRequestOid = '1.2.840.113549.1.9.14'

/** The attribute type of a common name (RFC 5280 §4.1.2.4). */
export const commonNameOid = '2.5.4.3'
/** Extended key usages of TLS (RFC 5280 §4.2.1.12). */
export const tlsUsageOids = { serverAuth: '1.3.6.1.5.5.7.3.1', clientAuth: '1.3.6.1.5.5.7.3.2' } as const

/** Of OCSP (RFC 6960 §4.2.1, §4.2.2.2.1, §4.4.1). */
export const ocspOids = {
  basic: '1.3.6.1.5.5.7.48.1.1',
  nonce: '1.3.6.1.5.5.7.48.1.2',
  noCheck: '1.3.6.1.5.5.7.48.1.5',
} as const

/** What an AccessDescription leads to (RFC 5280 §4.2.2.1). */
export const accessMethodOids = { ocsp: '1.3.6.1.5.5.7.48.1', issuer: '1.3.6.1.5.5.7.48.2' } as const

/** Those of every leaf. */
const leafOids = [...Object.values(extensionOids), commonNameOid, ...Object.values(tlsUsageOids)]
const encodedOids = new Map<string, Uint8Array>(leafOids.map((dotted) => [dotted, oid(dotted)]))

/** The encoding of an OID, made once for those that every certificate has; `malformed` if it is none. */
export function encodeKnownOid(dotted: string): Uint8Array {
  return encodedOids.get(dotted) ?? oid(dotted)
}
