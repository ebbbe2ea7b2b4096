import { createHmac, type KeyObject } from 'node:crypto'
import { equalSecrets, utf8Bytes } from '../bytes.ts'
import * as der from '../der/writer.ts'
import { SignetError } from '../errors.ts'
import { verifyData } from '../x509/signature.ts'
import type { TokenClaims, UnverifiedToken } from './unverified.ts'

/** Claims of a token whose signature holds, and its times unless `verifySignature` made it. Only this file makes one. */
export type VerifiedToken = { readonly text: string; readonly claims: TokenClaims }

/** step-ca's tolerance between clocks, in seconds. */
const leeway = 60

type Algorithm = {
  /** The same algorithm as it is called in certificates. */
  readonly name: string
  /** ECDSA: octets of each of the two numbers, which a JWS writes one after the other (RFC 7518 §3.4). */
  readonly octets?: number
}

/**
 * JWS algorithms (RFC 7518 §3.1, RFC 8037). jose would verify them through Web Crypto, whose detour through other threads
 * costs as much CPU as the signature itself.
 */
const algorithmRows: ReadonlyMap<string, Algorithm> = new Map<string, Algorithm>([
  ['ES256', { name: 'ECDSA-SHA256', octets: 32 }],
  ['ES384', { name: 'ECDSA-SHA384', octets: 48 }],
  ['ES512', { name: 'ECDSA-SHA512', octets: 66 }],
  ...['256', '384', '512'].flatMap((size): [string, Algorithm][] => [
    [`RS${size}`, { name: `SHA${size}-RSA` }],
    [`PS${size}`, { name: `SHA${size}-RSAPSS` }],
  ]),
  ['EdDSA', { name: 'PureEd25519' }],
  ['Ed25519', { name: 'PureEd25519' }],
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
  const verified = verifySignature(token, key, algorithms)
  checkTimes(token.claims, now)
  return verified
}

/** The first half of `verifyToken`, for who looks at the times himself (`timeProblem`). */
export function verifySignature(token: UnverifiedToken, key: KeyObject, algorithms: readonly string[]): VerifiedToken {
  if (!algorithms.includes(token.algorithm)) throw refuse('algorithm (alg) is not one of the key')
  if (!isSigned(token, key)) throw refuse('signature verification failed')
  return { text: token.text, claims: token.claims }
}

/**
 * As `verifyToken`, for a token that is authenticated by HS256 (RFC 7518 §3.2) with a secret. Whoever verifies it could have
 * made it: it proves nothing that the secret itself does not.
 */
export function verifySharedToken(token: UnverifiedToken, secret: Uint8Array, now: number): VerifiedToken {
  if (token.algorithm !== 'HS256') throw refuse('algorithm (alg) is not HS256')
  const { text } = token
  const end = text.lastIndexOf('.')
  const code = createHmac('sha256', secret).update(text.slice(0, end)).digest()
  const sent = Buffer.from(text.slice(end + 1), 'base64url')
  if (!equalSecrets(sent, code)) throw refuse('signature verification failed')
  checkTimes(token.claims, now)
  return { text, claims: token.claims }
}

/** As `verifyToken`, by whichever of these keys signed it; with none, nobody did. */
export function verifyTokenByAny(
  token: UnverifiedToken,
  keys: readonly { readonly key: KeyObject; readonly algorithms: readonly string[] }[],
  now: number,
): VerifiedToken {
  const fitting = keys.filter(({ algorithms }) => algorithms.includes(token.algorithm))
  if (!fitting.some(({ key }) => isSigned(token, key))) throw refuse('signature verification failed')
  checkTimes(token.claims, now)
  return { text: token.text, claims: token.claims }
}

function isSigned({ algorithm, text }: UnverifiedToken, key: KeyObject): boolean {
  const row = algorithmRows.get(algorithm)
  if (row === undefined) return false
  const end = text.lastIndexOf('.')
  const signature = Buffer.from(text.slice(end + 1), 'base64url')
  const encoded = row.octets === undefined ? signature : encodeEcdsa(signature, row.octets)
  return encoded !== undefined && verifyData(row.name, key, utf8Bytes(text.slice(0, end)), encoded)
}

/** The two numbers of an ECDSA signature in DER, which node:crypto verifies at half the price. */
function encodeEcdsa(signature: Uint8Array, octets: number): Uint8Array | undefined {
  if (signature.length !== 2 * octets) return undefined
  const [r, s] = [signature.subarray(0, octets), signature.subarray(octets)]
  return der.sequence(der.integerFromOctets(r), der.integerFromOctets(s))
}

function refuse(problem: string): SignetError {
  return new SignetError('unauthorized', `the token is not valid: ${problem}`, { reason: 'TokenInvalid' })
}

/** What is wrong with the times of a token at `now` (milliseconds), with a minute of tolerance; undefined: nothing. */
export function timeProblem(
  { notBefore, expiresAt, issuedAt }: TokenClaims,
  now: number,
): 'expired' | 'early' | 'future' | undefined {
  const seconds = now / 1000
  if (expiresAt !== undefined && seconds - leeway > expiresAt) return 'expired'
  if (notBefore !== undefined && seconds + leeway < notBefore) return 'early'
  if (issuedAt !== undefined && seconds + leeway < issuedAt) return 'future'
  return undefined
}

const timeMessages = {
  expired: 'the token is expired (exp)',
  early: 'the token is not valid yet (nbf)',
  future: 'the token was issued in the future (iat)',
} as const

function checkTimes(claims: TokenClaims, now: number): void {
  const problem = timeProblem(claims, now)
  if (problem === undefined) return
  const reason = problem === 'expired' ? 'TokenExpired' : 'TokenInvalid'
  throw new SignetError('unauthorized', timeMessages[problem], { reason })
}
