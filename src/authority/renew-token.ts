import { SignetError } from '../core/errors.ts'
import type { UnverifiedToken } from '../core/tokens/unverified.ts'
import { timeProblem, tokenAlgorithmsOf, verifySignature } from '../core/tokens/verify.ts'
import { subjectFieldsOf } from '../core/x509/name.ts'
import type { ClientCertificate } from './client-certificate.ts'
import type { Snapshot } from './config.ts'
import type { CredentialUse } from './ports.ts'
import { useOfToken } from './provisioners/token-use.ts'

/** What step's clients write as the issuer; older ones write the name of the provisioner. */
const clientIssuer = 'step-ca-client/1.0'

/** Claims that do not hold are told to the caller, who has the key, in step-ca's words (authority/authorize.go). */
const timeTexts = {
  early: 'token not valid yet (nbf)',
  expired: 'token is expired (exp)',
  future: 'token issued in the future (iat)',
} as const

/**
 * Requires that a renew token, whose certificate has been checked, is signed by that certificate's key and is for its renewal
 * here and now; gives the one use of it. `unauthorized` where the key is in doubt, else `refused`.
 */
export function checkRenewToken(
  token: UnverifiedToken,
  { certificate, record }: ClientCertificate,
  { audiences }: Snapshot,
  now: number,
): CredentialUse {
  if (!certificate.keyUsage.includes('digitalSignature')) {
    const message = 'the certificate of the renew token is not for digital signatures'
    throw new SignetError('unauthorized', message, { reason: 'TokenInvalid' })
  }
  const key = certificate.publicKey()
  const verified = verifySignature(token, key, tokenAlgorithmsOf(key))
  const { claims } = verified
  const { provisioner } = record
  const { commonName = '' } = subjectFieldsOf(certificate.subject)
  if (commonName !== '' && claims.subject !== commonName) throw refuse('invalid subject claim (sub)')
  const time = timeProblem(claims, now)
  if (time !== undefined) throw refuse(timeTexts[time], time === 'expired' ? 'TokenExpired' : undefined)
  if (!audiences.accepts('renew', claims.audience, '')) throw refuse('invalid audience claim (aud)', 'WrongAudience')
  if (![clientIssuer, provisioner.name].includes(claims.issuer)) throw refuse('invalid issuer claim (iss)')
  return useOfToken(provisioner.id, verified, claims.id)
}

function refuse(problem: string, reason = 'TokenInvalid'): SignetError {
  return new SignetError('refused', `error validating renew token: ${problem}`, { reason })
}
