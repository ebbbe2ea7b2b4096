import { sha256Hex } from '../../core/bytes.ts'
import { SignetError } from '../../core/errors.ts'
import { isObject } from '../../core/json-reader.ts'
import { typeNames } from '../../core/names/parse.ts'
import type { VerifiedToken } from '../../core/tokens/verify.ts'
import type { SignX509Request, X509Grant, X509RevokeGrant } from '../grant.ts'
import type { AuthorizeWorld } from './provisioner.ts'
import { leafGrant } from './leaf-grant.ts'
import { useOfToken } from './token-use.ts'

/** What the tokens that `step ca token` makes have in common, whoever signs them: JWK and X5C. */

const uses = { sign: 'signing', revoke: 'revoking' } as const
export type StepTokenUse = keyof typeof uses

/** Requires issuer, audience with exactly this fragment, subject, and that the token is not older than the authority. */
export function checkStepClaims(
  { claims }: VerifiedToken,
  { name, fragment }: { readonly name: string; readonly fragment: string },
  world: AuthorizeWorld,
  use: StepTokenUse = 'sign',
): void {
  if (claims.issuer !== name) throw refuseToken(`the issuer (iss) of the token is not "${name}"`)
  if (!world.audiences.accepts(use, claims.audience, fragment)) {
    throw refuseToken(`the audience (aud) of the token is not for ${uses[use]} here`, 'WrongAudience')
  }
  if (claims.subject === '') throw refuseToken('the token has no subject (sub)')
  checkIssuedAt(claims.issuedAt, world)
}

/** step's rule against reuse, with the creation of the authority in place of the start of the process. */
export function checkIssuedAt(issuedAt: number | undefined, { tokensSince }: AuthorizeWorld): void {
  if (issuedAt !== undefined && issuedAt < Math.floor(tokensSince / 1000)) {
    throw refuseToken('the token was issued (iat) before this authority was made')
  }
}

/** Exactly the names of the token, and no others in the CSR: `sans`, or the subject alone. */
export function grantByToken(
  token: VerifiedToken,
  provisioner: { readonly id: string; readonly name: string },
  request: SignX509Request,
): X509Grant {
  const { subject } = token.claims
  const sans = tokenNames(token)
  const names = typeNames(sans)
  checkConfirmation(token, request.csr.der)
  return {
    ...leafGrant(request),
    issuedTo: { kind: 'token', subject },
    use: useOfToken(provisioner.id, token, token.claims.id),
    csr: {
      match: 'equal',
      commonNames: [subject, ...sans],
      names,
      subject: undefined,
      isCA: true,
      keyAlgorithm: undefined,
      owner: `token of provisioner "${provisioner.name}"`,
    },
    subject: { commonName: subject },
    names,
  }
}

/** Its subject is the serial number of the one certificate that it may revoke. */
export function revokeByToken(token: VerifiedToken, provisioner: { readonly id: string }): X509RevokeGrant {
  return { serial: token.claims.subject, use: useOfToken(provisioner.id, token, token.claims.id) }
}

function tokenNames({ claims }: VerifiedToken): readonly string[] {
  return claims.names.length > 0 ? claims.names : [claims.subject]
}

/** RFC 7800, with step's member: the token is for one CSR only. */
function checkConfirmation({ claims }: VerifiedToken, csr: Uint8Array): void {
  const confirmation = claims.all['cnf'] ?? undefined
  if (confirmation === undefined) return
  const wanted = isObject(confirmation) ? (confirmation['x5rt#S256'] ?? '') : undefined
  if (typeof wanted !== 'string') throw refuseToken('the confirmation (cnf) of the token is not an object with a text')
  if (wanted === '' || wanted === Buffer.from(sha256Hex(csr), 'hex').toString('base64url')) return
  throw new SignetError('forbidden', `certificate request fingerprint does not match ${JSON.stringify(wanted)}`, {
    reason: 'BadRequest',
  })
}

/** The caller sees a fixed text; the log has `message` and `reason`. */
export function refuseToken(message: string, reason = 'TokenInvalid'): SignetError {
  return new SignetError('unauthorized', message, { reason })
}
