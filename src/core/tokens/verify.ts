import { constants, verify, type KeyObject, type VerifyKeyObjectInput } from 'node:crypto'
import { utf8Bytes } from '../bytes.ts'
import { SignetError } from '../errors.ts'
import type { TokenClaims, UnverifiedToken } from './unverified.ts'

/** Claims of a token whose signature and times hold. Only `verifyToken` makes one. */
export type VerifiedToken = { readonly text: string; readonly claims: TokenClaims }

/** step-ca's tolerance between clocks, in seconds. */
const leeway = 60

type Algorithm = {
  readonly digest: 'sha256' | 'sha384' | 'sha512' | null
  readonly options?: Omit<VerifyKeyObjectInput, 'key'>
}

const { RSA_PKCS1_PSS_PADDING, RSA_PSS_SALTLEN_DIGEST } = constants
const ecdsa = { dsaEncoding: 'ieee-p1363' } as const
const pss = { padding: RSA_PKCS1_PSS_PADDING, saltLength: RSA_PSS_SALTLEN_DIGEST }

/**
 * JWS algorithms (RFC 7518 §3.1, RFC 8037) by the arguments of node:crypto. jose would do the same through Web Crypto, whose
 * detour through other threads costs as much CPU as the signature itself.
 */
const algorithmRows: ReadonlyMap<string, Algorithm> = new Map<string, Algorithm>([
  ...(['256', '384', '512'] as const).flatMap((size): [string, Algorithm][] => [
    [`ES${size}`, { digest: `sha${size}`, options: ecdsa }],
    [`RS${size}`, { digest: `sha${size}` }],
    [`PS${size}`, { digest: `sha${size}`, options: pss }],
  ]),
  ['EdDSA', { digest: null }],
  ['Ed25519', { digest: null }],
])

/** Any algorithm that fits the kind of key, as step-ca accepts. */
const rsaAlgorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']
const algorithmsOfCurve: Readonly<Record<string, readonly string[]>> = {
  prime256v1: ['ES256'],
  secp384r1: ['ES384'],
  secp521r1: ['ES512'],
}

/** The algorithms that a signature by this key may have; none for a key of another kind. */
export function tokenAlgorithmsOf(key: KeyObject): readonly string[] {
  if (key.asymmetricKeyType === 'rsa') return rsaAlgorithms
  if (key.asymmetricKeyType === 'ed25519') return ['EdDSA', 'Ed25519']
  return algorithmsOfCurve[key.asymmetricKeyDetails?.namedCurve ?? ''] ?? []
}

/**
 * Requires that the token is signed by `key` with one of `algorithms`, and that its times fit `now` (milliseconds), with a
 * minute of tolerance. `unauthorized` with reason `TokenExpired` or `TokenInvalid` otherwise.
 */
export function verifyToken(
  token: UnverifiedToken,
  key: KeyObject,
  algorithms: readonly string[],
  now: number,
): VerifiedToken {
  if (!algorithms.includes(token.algorithm)) throw refuse('algorithm (alg) is not one of the key')
  if (!isSigned(token, key)) throw refuse('signature verification failed')
  checkTimes(token.claims, now / 1000)
  return { text: token.text, claims: token.claims }
}

function isSigned({ algorithm, text }: UnverifiedToken, key: KeyObject): boolean {
  const row = algorithmRows.get(algorithm)
  if (row === undefined) return false
  const end = text.lastIndexOf('.')
  const signature = Buffer.from(text.slice(end + 1), 'base64url')
  return verify(row.digest, utf8Bytes(text.slice(0, end)), { key, ...row.options }, signature)
}

function refuse(problem: string): SignetError {
  return new SignetError('unauthorized', `the token is not valid: ${problem}`, { reason: 'TokenInvalid' })
}

function checkTimes({ notBefore, expiresAt, issuedAt }: TokenClaims, now: number): void {
  if (expiresAt !== undefined && now - leeway > expiresAt) {
    throw new SignetError('unauthorized', 'the token is expired (exp)', { reason: 'TokenExpired' })
  }
  if (notBefore !== undefined && now + leeway < notBefore) {
    throw new SignetError('unauthorized', 'the token is not valid yet (nbf)', { reason: 'TokenInvalid' })
  }
  if (issuedAt !== undefined && now + leeway < issuedAt) {
    throw new SignetError('unauthorized', 'the token was issued in the future (iat)', { reason: 'TokenInvalid' })
  }
}
