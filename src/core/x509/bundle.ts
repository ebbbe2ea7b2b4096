import { decodePem } from '../pem.ts'
import { parseCertificate, type Certificate } from './certificate.ts'
import { parseCertificateRequest, type CertificateRequest } from './csr.ts'

/** The certificates of a file in PEM, other blocks skipped, or the one in DER; undefined if it is no file of certificates. */
export function parseBundle(octets: Uint8Array): Certificate[] | undefined {
  const text = pemTextOf(octets)
  if (text === undefined) return octets.length === 0 ? undefined : attempt(() => [parseCertificate(octets)])
  const blocks = decodePem(text).filter(({ label, headers }) => label === 'CERTIFICATE' && isEmpty(headers))
  return blocks.length === 0 ? undefined : blocks.map(({ der }) => parseCertificate(der))
}

/** The first certificate request of a file in PEM, or the one in DER; undefined if there is none. */
export function parseRequestFile(octets: Uint8Array): CertificateRequest | undefined {
  const text = pemTextOf(octets)
  if (text === undefined) return attempt(() => parseCertificateRequest(octets))
  const block = decodePem(text).find(({ label }) => label.endsWith('CERTIFICATE REQUEST'))
  return block === undefined ? undefined : parseCertificateRequest(block.der)
}

/** The text if it has a PEM block. */
export function pemTextOf(octets: Uint8Array): string | undefined {
  const text = Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('utf8')
  return text.includes('-----BEGIN ') ? text : undefined
}

const isEmpty = (headers: Readonly<Record<string, string>>): boolean => Object.keys(headers).length === 0

/** Octets that are no text may be anything. */
function attempt<T>(parse: () => T): T | undefined {
  try {
    return parse()
  } catch {
    return undefined
  }
}
