import type { KeyObject } from 'node:crypto'
import type { Clock, Random } from '../core/clock.ts'
import { toBase64, toHex } from '../core/bytes.ts'
import { formatDuration } from '../core/duration.ts'
import { SignetError } from '../core/errors.ts'
import { signToken } from '../core/tokens/sign.ts'
import { commonNameOf } from '../core/x509/name.ts'
import type { Certificate } from '../core/x509/certificate.ts'

/** What a token says, by which a provisioner's key allows one request to the authority. */
export type TokenContent = {
  /** Name of the provisioner. */
  readonly issuer: string
  readonly keyId: string
  /** URL of the request that it allows. */
  readonly audience: string
  readonly subject: string
  /** Names of the certificate; none in a token that revokes. */
  readonly names?: readonly string[]
  /** SHA-256 of the authority's root, hexadecimal. */
  readonly root: string
  /** Milliseconds since the epoch. */
  readonly notBefore?: number | undefined
  readonly notAfter?: number | undefined
  /** SHA-256 of the CSR that alone may be signed, base64url. */
  readonly confirmation?: string | undefined
  /** What the template finds under `.Token.user`. */
  readonly user?: Readonly<Record<string, unknown>> | undefined
}

type World = { readonly clock: Clock; readonly random: Random }

/** step's bounds, in milliseconds. */
const usualLife = 300_000
const shortestLife = 10_000
const longestLife = 3_600_000
const longestDelay = 1_800_000

/** A one-time token of a JWK provisioner, five minutes long unless it says otherwise. `malformed` outside of step's bounds. */
export function createProvisioningToken(content: TokenContent, key: KeyObject, { clock, random }: World): string {
  const { issuer, keyId, audience, subject, names, root, confirmation, user } = content
  const now = clock.now()
  const { notBefore = now } = content
  const { notAfter = notBefore + usualLife } = content
  checkValidity(now, notBefore, notAfter)
  // By name, as Go writes them.
  const claims = {
    aud: audience,
    cnf: confirmation === undefined ? undefined : { 'x5rt#S256': confirmation },
    exp: secondsOf(notAfter),
    iat: secondsOf(now),
    iss: issuer,
    jti: toHex(random.bytes(32)),
    nbf: secondsOf(notBefore),
    sans: names,
    sha: root,
    sub: subject,
    user,
  }
  return signToken(claims, key, { kid: keyId })
}

/** As JWT counts time (RFC 7519 §2, NumericDate). */
const secondsOf = (milliseconds: number): number => Math.floor(milliseconds / 1000)

function checkValidity(now: number, notBefore: number, notAfter: number): void {
  const [delay, life] = [notBefore - now, notAfter - notBefore]
  const problem =
    life < 0
      ? 'nbf < exp: the token would end before it begins'
      : delay > longestDelay
        ? tooMuch('validity delay', 'too long', delay, 'max validity delay', longestDelay)
        : life < shortestLife
          ? tooMuch('token validity', 'too short', life, 'minimum token validity', shortestLife)
          : life > longestLife
            ? tooMuch('token validity', 'too long', life, 'maximum token validity', longestLife)
            : undefined
  if (problem !== undefined) throw new SignetError('malformed', problem)
}

function tooMuch(what: string, how: string, got: number, boundName: string, bound: number): string {
  const [asked, allowed] = [formatDuration(got), formatDuration(bound)]
  return `requested ${what} is ${how}: 'requested ${what}'=${asked}, '${boundName}'=${allowed}`
}

/** A token by which a certificate that may have expired is renewed: signed by its own key, with the chain in its header. */
export function createRenewToken(
  chain: readonly [Certificate, ...Certificate[]],
  key: KeyObject,
  { audience, clock }: { readonly audience: string; readonly clock: Clock },
): string {
  const now = clock.now()
  const claims = {
    aud: audience,
    exp: secondsOf(now + usualLife),
    iat: secondsOf(now),
    iss: 'step-ca-client/1.0',
    nbf: secondsOf(now),
    sub: commonNameOf(chain[0].subject),
  }
  return signToken(claims, key, { x5cInsecure: chain.map(({ der }) => toBase64(der)) })
}
