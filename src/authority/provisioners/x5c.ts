import { SignetError } from '../../core/errors.ts'
import { readMembers } from '../../core/json-reader.ts'
import type { UnverifiedToken } from '../../core/tokens/unverified.ts'
import { tokenAlgorithmsOf, verifyToken } from '../../core/tokens/verify.ts'
import { parseCertificate, parseCertificates, type Certificate } from '../../core/x509/certificate.ts'
import { commonNameOf } from '../../core/x509/name.ts'
import { verifyChain } from '../../core/x509/verify.ts'
import type { X509Grant } from '../grant.ts'
import { readPemOctets } from './pem-octets.ts'
import type { AuthorizeWorld, CommonSettings, Credential, Provisioner, ProvisionerKind } from './provisioner.ts'
import { checkStepClaims, grantByToken, refuseToken, revokeByToken, type StepTokenUse } from './step-token.ts'

type X5cSettings = CommonSettings & {
  /** Also the fragment of its tokens' audience. */
  readonly id: string
  readonly roots: readonly Certificate[]
}

/** Tokens signed with the key of a certificate that chains to one of `roots` (step-ca's provisioner/x5c.go). */
export const x5cKind: ProvisionerKind = {
  type: 'X5C',
  typeNumber: 7,
  parse(node, common) {
    const member = readMembers(node, ['roots'], 'as Go').need('roots')
    const roots = readPemOctets(member, 'certificates', parseCertificates, [])
    const id = `x5c/${common.name}`
    const settings: X5cSettings = { ...common, id, roots: roots.content }
    return {
      ...common,
      id,
      tokenId: id,
      credentialId: '',
      json: { type: common.type, name: common.name, roots: roots.base64, ...common.lastMembers },
      needsKubernetes: false,
      authorizeX509Sign: (credential, world) => authorize(settings, credential, world),
      authorizeX509Revoke: async (token, world) =>
        revokeByToken(verifySigned(token, settings, world, 'revoke').token, settings),
    } satisfies Provisioner
  },
}

async function authorize(settings: X5cSettings, credential: Credential, world: AuthorizeWorld): Promise<X509Grant> {
  const { request } = credential
  const { token, leaf } = verifySigned(credential.token, settings, world, 'sign')
  const grant = grantByToken(token, settings, request)
  const { notBefore, notAfter } = leaf
  return {
    ...grant,
    csr: { ...grant.csr, commonNames: [token.claims.subject] },
    lifetime: { ...grant.lifetime, within: { notBefore, notAfter } },
    principal: { certificate: leaf, name: commonNameOf(leaf.subject) },
  }
}

/** The token, verified, and the certificate whose key signed it. */
function verifySigned(unverified: UnverifiedToken, settings: X5cSettings, world: AuthorizeWorld, use: StepTokenUse) {
  const leaf = verifiedSigner(unverified, settings, world.now)
  const key = leaf.publicKey()
  const token = verifyToken(unverified, key, tokenAlgorithmsOf(key), world.now)
  checkStepClaims(token, { name: settings.name, fragment: settings.id }, world, use)
  return { token, leaf }
}

/** The certificate whose key should have signed the token, its chain, usages and validity at `now` checked. */
function verifiedSigner(token: UnverifiedToken, { roots }: X5cSettings, now: number): Certificate {
  const [leaf, ...intermediates] = readChain(token)
  if (leaf === undefined) throw refuseToken('the token has no certificate chain (x5c)')
  verifyChain(leaf, intermediates, roots, { at: now, usage: 'clientAuth' })
  if (leaf.keyUsage.includes('digitalSignature')) return leaf
  throw refuseToken('the certificate of the token (x5c) is not for digital signatures')
}

/** A damaged certificate is a doubt about the token, not about the request. */
function readChain({ certificates }: UnverifiedToken): Certificate[] {
  try {
    return certificates.map((der) => parseCertificate(der))
  } catch (error) {
    if (!(error instanceof SignetError)) throw error
    throw refuseToken(`the certificate chain (x5c) of the token is damaged: ${error.message}`)
  }
}
