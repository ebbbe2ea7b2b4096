import type { KeyObject } from 'node:crypto'
import type { KeyAlgorithm } from '../core/x509/key-algorithm.ts'
import { exportPrivateKey } from '../core/x509/private-key.ts'
import { incompatibleFlagValue, invalidFlag, requiredWithFlag } from './usage-errors.ts'

type Given = { readonly kty: string | undefined; readonly curve: string | undefined; readonly size: number | undefined }

const curves: Readonly<Record<string, Readonly<Record<string, KeyAlgorithm>>>> = {
  EC: { 'P-256': 'EC-P256', 'P-384': 'EC-P384', 'P-521': 'EC-P521' },
  OKP: { Ed25519: 'Ed25519' },
}
const usualCurve: Readonly<Record<string, string>> = { EC: 'P-256', OKP: 'Ed25519' }
const sizes: Readonly<Record<number, KeyAlgorithm>> = { 2048: 'RSA-2048', 3072: 'RSA-3072', 4096: 'RSA-4096' }

/** The kind of key that `--kty`, `--curve` and `--size` mean (`keyFlags`): EC P-256 unless given. */
export function keyAlgorithmOf({ kty, curve, size }: Given): KeyAlgorithm {
  if (kty === undefined) {
    const more = curve === undefined ? (size === undefined ? undefined : 'size') : 'curve'
    if (more !== undefined) throw requiredWithFlag(more, 'kty')
    return 'EC-P256'
  }
  if (kty === 'RSA') {
    if (curve !== undefined) throw incompatibleFlagValue('curve', 'kty', kty)
    return rsaOf(size ?? 2048)
  }
  const known = curves[kty]
  if (known === undefined) throw invalidFlag('kty', kty, 'options are RSA, EC, OKP')
  if (size !== undefined) throw incompatibleFlagValue('size', 'kty', kty)
  const name = curve ?? usualCurve[kty] ?? ''
  const algorithm = known[name]
  if (algorithm !== undefined) return algorithm
  throw invalidFlag('curve', name, `options for --kty ${kty} are ${Object.keys(known).join(', ')}`)
}

function rsaOf(size: number): KeyAlgorithm {
  const algorithm = sizes[size]
  if (algorithm !== undefined) return algorithm
  throw invalidFlag('size', String(size), `options are ${Object.keys(sizes).join(', ')}`)
}

/** PEM of a key in the form that `step` gives to its kind. */
export function keyToPem(key: KeyObject): string {
  const encoding = { ec: 'SEC1', rsa: 'PKCS1' } as const
  return exportPrivateKey(key, encoding[key.asymmetricKeyType as keyof typeof encoding] ?? 'PKCS8')
}
