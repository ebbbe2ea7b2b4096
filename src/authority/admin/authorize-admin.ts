import { SignetError } from '../../core/errors.ts'
import { acceptsPath } from '../../core/tokens/audience.ts'
import { readUnverified } from '../../core/tokens/unverified.ts'
import { timeProblem, tokenAlgorithmsOf, verifySignature, type VerifiedToken } from '../../core/tokens/verify.ts'
import { subjectFieldsOf } from '../../core/x509/name.ts'
import type { Authority } from '../authority.ts'
import type { ClientCertificate } from '../client-certificate.ts'
import type { CertificateStore } from '../ports.ts'
import { useOfToken } from '../provisioners/token-use.ts'
import type { Admin, AdminState } from './state.ts'

/** What a token has to be for. */
export type AdminRequest = {
  readonly method: string
  /** Without the query, decoded. */
  readonly path: string
}

export type AuthorizeAdminPorts = {
  readonly authority: Pick<Authority, 'checkClientCertificate' | 'config'>
  readonly store: Pick<CertificateStore, 'spend'>
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** What step's client writes as the issuer; older ones write the name of the provisioner. */
const clientIssuer = 'step-admin-client/1.0'
/** Only super admins change what is below. */
const adminsPath = '/admin/admins'

/**
 * The admin whose certificate signed this token, for this one request: a certificate of this authority that counts now, by
 * its record and unrevoked, whose provisioner and one of whose names make an admin. The token is spent when all else is
 * right, and by nothing else. `unauthorized` in step-ca's words for every doubt.
 */
export async function authorizeAdmin(
  text: string | undefined,
  request: AdminRequest,
  currentState: () => Promise<AdminState>,
  { authority, store, now }: AuthorizeAdminPorts,
): Promise<Admin> {
  if (text === undefined || text === '') throw refuse('missing authorization header token', 'TokenMissing')
  const { token, signer } = await verifyAdminToken(text, authority)
  const { provisioner } = signer.record
  checkClaims(token, request, provisioner.name, authority.config().dnsNames, now)
  // Looked up for those alone who have a certificate and the key of it.
  const admin = adminOf(signer, await currentState())
  checkType(admin, request)
  const use = useOfToken('admin', token, token.claims.id)
  if ((await store.spend(use, now)) !== 'spent') {
    throw refuse('adminHandler.authorizeToken; error with reuse token: token already used', 'TokenReused')
  }
  return admin
}

/**
 * Is this still an admin who may do so? Between his token and his change, for which others are waited for, one of them may
 * have changed that. `unauthorized` if not.
 */
export function checkStillAdmin({ id, subject }: Admin, request: AdminRequest, { admins }: AdminState): void {
  const now = admins.find((each) => each.id === id)
  if (now === undefined) throw refuse(`admin '${subject}' was removed before this request was done`, 'NotAdmin')
  checkType(now, request)
}

function checkType({ type }: Admin, { path, method }: AdminRequest): void {
  if (!path.startsWith(adminsPath) || method === 'GET' || type === 'SUPER_ADMIN') return
  throw refuse('must have super admin access to make this request', 'NotSuperAdmin')
}

/** The token, signed by the certificate that it brings, which is one of ours. */
async function verifyAdminToken(
  text: string,
  authority: AuthorizeAdminPorts['authority'],
): Promise<{ readonly token: VerifiedToken; readonly signer: ClientCertificate }> {
  const unverified = await refusing('error parsing x5c token', () => readUnverified(text))
  const [leaf, ...others] = unverified.certificates
  const signer = await refusing('error verifying x5c certificate chain in token', () => {
    if (leaf === undefined) throw refuse('the token has no certificate chain (x5c)')
    return authority.checkClientCertificate([leaf, ...others])
  })
  const { certificate } = signer
  if (!certificate.keyUsage.includes('digitalSignature')) {
    throw refuse('adminHandler.authorizeToken; certificate used to sign x5c token cannot be used for digital signature')
  }
  const key = certificate.publicKey()
  const token = await refusing('error parsing x5c claims', () =>
    verifySignature(unverified, key, tokenAlgorithmsOf(key)),
  )
  return { token, signer }
}

function checkClaims(
  { claims }: VerifiedToken,
  { path }: AdminRequest,
  provisionerName: string,
  dnsNames: readonly string[],
  now: number,
): void {
  const { audience, issuer, subject, expiresAt = Infinity } = claims
  const time = expiresAt * 1000 > now + maximumLife ? 'unending' : timeProblem(claims, now)
  if (time !== undefined) {
    throw refuse('x5c.authorizeToken; invalid x5c claims', time === 'expired' ? 'TokenExpired' : undefined)
  }
  if (!acceptsPath(dnsNames, path, audience)) {
    throw refuse('x5c.authorizeToken; x5c token has invalid audience claim (aud)', 'WrongAudience')
  }
  if (issuer !== clientIssuer && issuer !== provisionerName) {
    throw refuse('x5c.authorizeToken; x5c token has invalid issuer claim (iss)')
  }
  if (subject === '') throw refuse('x5c.authorizeToken; x5c token subject cannot be empty')
}

/** step's tokens live for 5 minutes; who can make one that lives on has stolen something that does not. Milliseconds. */
const maximumLife = 3_600_000

/** By common name, DNS names and e-mail addresses, in this order, and the provisioner of its record. */
function adminOf({ certificate, record }: ClientCertificate, { admins, provisioners }: AdminState): Admin {
  const provisioner = provisioners.find(({ recordId }) => recordId === record.provisioner.id)
  const { commonName = '' } = subjectFieldsOf(certificate.subject)
  const subjects = [commonName, ...certificate.names.dns, ...certificate.names.emails].filter((name) => name !== '')
  for (const subject of subjects) {
    const admin = admins.find((each) => each.subject === subject && each.provisionerId === provisioner?.id)
    if (admin !== undefined) return admin
  }
  throw refuse(
    `adminHandler.authorizeToken; unable to load admin with subject(s) [${subjects.join(' ')}] and provisioner '${provisioner?.linked.name ?? record.provisioner.name}'`,
    'NotAdmin',
  )
}

/** Refusals of `work` become one in step-ca's words; why exactly stands in the log. */
async function refusing<Result>(problem: string, work: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof SignetError) || error.code === 'unavailable' || error.code === 'internal') throw error
    const { reason = 'TokenInvalid' } = error
    throw new SignetError('unauthorized', `adminHandler.authorizeToken; ${problem}`, { reason, cause: error })
  }
}

function refuse(message: string, reason = 'TokenInvalid'): SignetError {
  return new SignetError('unauthorized', message, { reason })
}
