import { noNames } from '../../core/names/names.ts'
import type { TokenKey } from '../../core/tokens/key-set.ts'
import type { UnverifiedToken } from '../../core/tokens/unverified.ts'
import { verifyTokenByAny, type VerifiedToken } from '../../core/tokens/verify.ts'
import { subjectFieldsOf } from '../../core/x509/name.ts'
import type { X509Grant, X509RevokeGrant } from '../grant.ts'
import { anyCsr, leafGrant } from './leaf-grant.ts'
import type { Credential } from './provisioner.ts'
import { refuseToken } from './step-token.ts'

/**
 * Unbound tokens of Secrets, as step-ca takes them: they have no audience, name no pod and mostly never end, so whoever has
 * one may have any certificate, as often as he likes.
 */

export const legacyIssuer = 'kubernetes/serviceaccount'
/** Under which step looks for all of them (`findProvisioner`): they say nothing of an authority. */
export const legacyTokenId = 'k8ssa/k8sSA-default'

type Legacy = { readonly name: string; readonly legacyKeys: readonly TokenKey[] }

/** As step: whatever the CSR says, its subject too; a template finds the service account for a subject. */
export function authorizeLegacy({ name, legacyKeys }: Legacy, { token, request }: Credential, now: number): X509Grant {
  const { claims } = verifyLegacy(token, legacyKeys, now)
  if (request.certificate !== undefined) throw refuseToken('an unbound token is no delegate’s', 'NotDelegate')
  const account = claims.all['kubernetes.io/serviceaccount/service-account.name']
  const { csr } = request
  return {
    ...leafGrant(request),
    issuedTo: { kind: 'token', subject: claims.subject },
    use: undefined,
    csr: anyCsr(name),
    subject: subjectFieldsOf(csr.subject),
    names: csr.names,
    proven: { subject: { commonName: typeof account === 'string' ? account : '' }, names: noNames },
  }
}

/** As step: for the serial number that is the subject, which tokens of an API server never have. */
export function revokeLegacy({ legacyKeys }: Legacy, token: UnverifiedToken, now: number): X509RevokeGrant {
  return { serial: verifyLegacy(token, legacyKeys, now).claims.subject, use: undefined }
}

function verifyLegacy(unverified: UnverifiedToken, keys: readonly TokenKey[], now: number): VerifiedToken {
  const token = verifyTokenByAny(unverified, keys, now)
  if (token.claims.issuer !== legacyIssuer) throw refuseToken(`the issuer (iss) of the token is not "${legacyIssuer}"`)
  if (token.claims.subject === '') throw refuseToken('the token has no subject (sub)')
  return token
}
