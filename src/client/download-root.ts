import { SignetError } from '../core/errors.ts'
import { isObject } from '../core/json-reader.ts'
import { certificatesToPem, parseCertificate } from '../core/x509/certificate.ts'
import { createTransport, unverified } from './http-exchange.ts'

/**
 * The root of the authority at `url` with this SHA-256 fingerprint (hexadecimal, dashes allowed), as PEM. The server is not
 * verified: the fingerprint is. `forbidden` if what came has another one.
 */
export async function downloadRoot(url: string, fingerprint: string): Promise<string> {
  const wanted = fingerprint.replaceAll('-', '').toLowerCase()
  const transport = createTransport({ url, roots: unverified, keepAlive: false })
  try {
    const answer = await transport.exchange({ method: 'GET', path: `/root/${encodeURIComponent(wanted)}` })
    const certificate = parseCertificate(pemOf(answer.text))
    if (certificate.fingerprint === wanted) return certificatesToPem(certificate)
  } finally {
    transport.close()
  }
  throw new SignetError('forbidden', 'root certificate fingerprint does not match')
}

function pemOf(text: string): string {
  try {
    const value = JSON.parse(text) as unknown
    if (isObject(value) && typeof value['ca'] === 'string') return value['ca']
  } catch {
    // Said below: whatever it is, it is not an answer of a CA.
  }
  throw new SignetError('unavailable', 'the authority’s answer to /root has not the form of step-ca’s API')
}
