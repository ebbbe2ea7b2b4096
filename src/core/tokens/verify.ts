import type { KeyObject } from 'node:crypto'
import { compactVerify, errors } from 'jose'
import { SignetError } from '../errors.ts'
import type { TokenClaims, UnverifiedToken } from './unverified.ts'

/** Claims of a token whose signature and times hold. Only `verifyToken` makes one. */
export type VerifiedToken = { readonly text: string; readonly claims: TokenClaims }

/** step-ca's tolerance between clocks, in seconds. */
const leeway = 60

/** JWS algorithms by kind of key (RFC 7518 §3.1, RFC 8037): any that fits, as step-ca accepts. */
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
export async function verifyToken(
  token: UnverifiedToken,
  key: KeyObject,
  algorithms: readonly string[],
  now: number,
): Promise<VerifiedToken> {
  try {
    await compactVerify(token.text, key, { algorithms: [...algorithms] })
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error
    throw new SignetError('unauthorized', `the token is not valid: ${error.message}`, { reason: 'TokenInvalid' })
  }
  checkTimes(token.claims, now / 1000)
  return { text: token.text, claims: token.claims }
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
