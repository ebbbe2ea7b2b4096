import { createPrivateKey, createPublicKey, createSecretKey, hash, type KeyObject } from 'node:crypto'
import { SignetError } from '../errors.ts'
import { isObject } from '../json-reader.ts'

/** A key with what a JWK (RFC 7517 §4) says about it; an empty text is a member that is not there. */
export type JoseKey = {
  readonly key: KeyObject
  readonly kid: string
  readonly use: string
  readonly alg: string
  /** `x5c`, `x5u`, `x5t`, `x5t#S256`: of the certificate of the key. */
  readonly certified?: Readonly<Record<string, unknown>>
}

export type Jwk = Readonly<Record<string, unknown>>

const certifiedMembers = ['x5c', 'x5u', 'x5t', 'x5t#S256'] as const

/** The order in which `step` writes members. */
const memberOrder = 'use kty kid crv alg k x y n e d p q dp dq qi'.split(' ').concat(certifiedMembers)

/** A KeyObject with nothing said about it. */
export const bareKey = (key: KeyObject): JoseKey => ({ key, kid: '', use: '', alg: '' })

/** Reads a JWK of kind EC, RSA, OKP or oct. `malformed` for everything else. */
export function readJwk(jwk: unknown): JoseKey {
  if (!isObject(jwk)) throw unsupported()
  const text = (name: string): string => (typeof jwk[name] === 'string' ? jwk[name] : '')
  const certified = Object.fromEntries(certifiedMembers.filter((name) => name in jwk).map((name) => [name, jwk[name]]))
  return { key: importJwk(jwk), kid: text('kid'), use: text('use'), alg: text('alg'), certified }
}

function importJwk(jwk: Jwk): KeyObject {
  try {
    if (jwk['kty'] === 'oct') return createSecretKey(Buffer.from(String(jwk['k']), 'base64url'))
    return 'd' in jwk ? createPrivateKey({ key: jwk, format: 'jwk' }) : createPublicKey({ key: jwk, format: 'jwk' })
  } catch {
    throw unsupported()
  }
}

const unsupported = (): SignetError =>
  new SignetError('malformed', 'JWK is damaged, or not of kind EC, RSA, OKP or oct')

/** The JWK of a key, with all that is private in it. */
export function toJwk({ key, kid, use, alg, certified = {} }: JoseKey): Jwk {
  const members: Jwk = { ...key.export({ format: 'jwk' }), kid, use, alg, ...certified }
  const present = memberOrder.filter((name) => members[name] !== undefined && members[name] !== '')
  return Object.fromEntries(present.map((name) => [name, members[name]]))
}

/** The public half; a symmetric key has none, and stays what it is. */
export function publicKeyOf(jose: JoseKey): JoseKey {
  return jose.key.type === 'private' ? { ...jose, key: createPublicKey(jose.key) } : jose
}

/** RFC 7638 §3.2, in its order of members. */
const thumbprintMembers = ['crv', 'e', 'kty', 'n', 'x', 'y'] as const

/** SHA-256 thumbprint of a key pair (RFC 7638), in base64url. `malformed` for a symmetric key. */
export function thumbprintOf(key: KeyObject): string {
  if (key.type === 'secret')
    throw new SignetError('malformed', 'a symmetric key has no thumbprint: it would tell of the secret')
  const jwk = key.export({ format: 'jwk' }) as Jwk
  const present = thumbprintMembers.filter((name) => typeof jwk[name] === 'string')
  return hash('sha256', JSON.stringify(Object.fromEntries(present.map((name) => [name, jwk[name]]))), 'base64url')
}
