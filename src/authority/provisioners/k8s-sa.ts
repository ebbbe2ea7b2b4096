import type { UnverifiedToken } from '../../core/tokens/unverified.ts'
import type { X509Grant, X509RevokeGrant } from '../grant.ts'
import { authorizeLegacy, legacyIssuer, legacyTokenId, revokeLegacy } from './k8s-sa-legacy.ts'
import { authorizeOffline, createTokenKeys } from './k8s-sa-offline.ts'
import { authorizeByReview } from './k8s-sa-review.ts'
import { readK8sSA, type K8sSASettings } from './k8s-sa-settings.ts'
import { podUse } from './k8s-sa-use.ts'
import type { AuthorizeWorld, Credential, Provisioner, ProvisionerKind } from './provisioner.ts'
import { refuseToken } from './step-token.ts'

/**
 * Tokens of Kubernetes service accounts: projected ones, reviewed by the API server or verified by the cluster's keys; and,
 * where a flag says so, the old unbound ones that step-ca's own K8sSA is for (step-ca's provisioner/k8sSA.go).
 */
export const k8sSAKind: ProvisionerKind = {
  type: 'K8sSA',
  typeNumber: 8,
  parse(node, common) {
    const settings = readK8sSA(node, common)
    const { tokenId, tokenReview, legacyKeys, publicKeys } = settings
    const projected = projectedTokens(settings)
    const servesNobody = projected === undefined && legacyKeys === undefined
    return {
      ...common,
      id: tokenId,
      tokenId,
      ...((legacyKeys !== undefined || servesNobody) && { otherTokenId: legacyTokenId }),
      credentialId: '',
      json: {
        type: common.type,
        name: common.name,
        ...(publicKeys !== undefined && { publicKeys: publicKeys.base64 }),
        ...common.lastMembers,
      },
      ...(servesNobody && { unserved }),
      needsKubernetes: tokenReview,
      ...(tokenReview && { podUse: (uid: string, id: string, now: number) => podUse(settings, uid, id, now) }),
      async authorizeX509Sign(credential, world) {
        const legacy = credential.token.claims.issuer === legacyIssuer
        if (legacy && legacyKeys !== undefined)
          return authorizeLegacy({ ...settings, legacyKeys }, credential, world.now)
        if (projected !== undefined) return projected(credential, world)
        throw refuseToken(
          `provisioner "${common.name}" does not take such tokens: ${legacy ? legacyHint : projectedHint}`,
        )
      },
      ...(legacyKeys !== undefined && {
        authorizeX509Revoke: async (token: UnverifiedToken, world: AuthorizeWorld): Promise<X509RevokeGrant> =>
          revokeLegacy({ ...settings, legacyKeys }, token, world.now),
      }),
    } satisfies Provisioner
  },
}

const legacyHint = 'signet.legacyTokens makes unbound tokens of service accounts count'
const projectedHint = 'signet.tokenReview or signet.offline makes projected tokens of service accounts count'
const unserved = `of type K8sSA takes no tokens: ${legacyHint}, as in step-ca; ${projectedHint}`

type Authorize = (credential: Credential, world: AuthorizeWorld) => Promise<X509Grant>

/** How projected tokens are verified; undefined: they are not. */
function projectedTokens(settings: K8sSASettings): Authorize | undefined {
  const { name, tokenReview, offline } = settings
  if (tokenReview) return (credential, world) => authorizeByReview(settings, credential, world)
  if (offline === undefined) return undefined
  const keys = createTokenKeys(name, offline.issuer, offline.keys)
  return (credential, world) => authorizeOffline(settings, offline, keys, credential, world)
}
