import { sha256Hex, utf8Bytes } from '../../../core/bytes.ts'
import type { CertificateSpec } from '../../../core/resources/index.ts'
import { wantedCertificate, type WantedCertificate } from '../../../core/wanted-certificate.ts'
import type { PrivateKeyEncoding } from '../../../core/x509/private-key.ts'

/** What a Certificate asks for, and how its key is to be written. */
export type WantedIssue = WantedCertificate & {
  readonly encoding: PrivateKeyEncoding
  /** Equal for specs that ask for the same; 16 hex digits. */
  readonly hash: string
}

/** Reads a spec; `malformed` with all faults for what the schema let through and the authority would not take. */
export function wantedIssue(spec: CertificateSpec): WantedIssue {
  const wanted = wantedCertificate(spec)
  const encoding = encodingOf(wanted, spec.privateKey.encoding)
  return { ...wanted, encoding, hash: hashOf({ ...wanted, encoding }) }
}

/** cert-manager's PKCS1, which is the default, means the traditional form of each kind of key: for EC that is SEC 1. */
function encodingOf({ keyAlgorithm }: WantedCertificate, asked: 'PKCS1' | 'PKCS8' = 'PKCS1'): PrivateKeyEncoding {
  if (keyAlgorithm === 'Ed25519' || asked === 'PKCS8') return 'PKCS8'
  return keyAlgorithm.startsWith('EC-') ? 'SEC1' : 'PKCS1'
}

/** The order of names and usages asks for nothing, so it does not count. */
function hashOf(request: object): string {
  const sorted = (_: string, value: unknown): unknown =>
    Array.isArray(value) ? value.map(String).toSorted(byText) : value
  const canonical = JSON.stringify(request, sorted)
  return sha256Hex(utf8Bytes(canonical)).slice(0, 16)
}

const byText = (left: string, right: string): number => (left < right ? -1 : Number(left > right))
