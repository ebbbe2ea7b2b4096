import type { KeyObject } from 'node:crypto'
import { exportPrivateKey } from '../core/x509/private-key.ts'

export function publicPem(key: KeyObject): string {
  return key.export({ type: 'spki', format: 'pem' }) as string
}

/** The form in which `step` writes a private key of this kind that is not encrypted. */
export function plainPem(key: KeyObject): string {
  const encodings: Readonly<Record<string, 'SEC1' | 'PKCS1'>> = { ec: 'SEC1', rsa: 'PKCS1' }
  return exportPrivateKey(key, encodings[key.asymmetricKeyType ?? ''] ?? 'PKCS8')
}
