import { createPrivateKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A JWT by an EC P-256 key, whatever the claims. */
export function aToken(claims: object, key: KeyObject, header: object = {}): string {
  const text = `${encode({ alg: 'ES256', typ: 'JWT', ...header })}.${encode(claims)}`
  const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' })
  return `${text}.${signature.toString('base64url')}`
}

/** Private key and public JWK of a provisioner. */
export type ProvisionerKey = {
  readonly privateKey: KeyObject
  readonly jwk: Record<string, unknown>
  readonly kid: string
}

export function aProvisionerKey(kid = 'kid-1'): ProvisionerKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return { privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'ES256' }, kid }
}

/** Nobody's key: what a forger signs with. */
export const forgersKey: KeyObject = createPrivateKey(
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'pem', type: 'pkcs8' }),
)
