import { SignetError } from '../../core/errors.ts'
import { hasNames, noNames, type Names } from '../../core/names/names.ts'
import { listNames } from '../../core/names/parse.ts'
import { spiffeId } from '../../core/names/spiffe.ts'
import type { TokenKey } from '../../core/tokens/key-set.ts'
import { discoveryUrl, readOpenIdConfiguration } from '../../core/tokens/openid.ts'
import { verifyTokenByAny, type VerifiedToken } from '../../core/tokens/verify.ts'
import { commonNameOf } from '../../core/x509/name.ts'
import type { CsrRule, X509Grant } from '../grant.ts'
import type { CredentialUse } from '../ports.ts'
import { accountOf, type AccountClaims } from './k8s-sa-claims.ts'
import type { KeySource, OfflineSettings } from './k8s-sa-offline-settings.ts'
import type { K8sSASettings } from './k8s-sa-settings.ts'
import { podUse } from './k8s-sa-use.ts'
import { leafGrant } from './leaf-grant.ts'
import type { AuthorizeWorld, Credential } from './provisioner.ts'
import { createRemoteKeys, readDocument } from './remote-keys.ts'
import { refuseToken } from './step-token.ts'
import { useOfToken } from './token-use.ts'

/** The keys that may have signed a token with this key id. */
export type TokenKeys = (keyId: string, world: AuthorizeWorld) => Promise<readonly TokenKey[]>

/** Nobody is asked anything before the first token (`createRemoteKeys`); `name` is the provisioner's, for messages. */
export function createTokenKeys(name: string, issuer: string, source: KeySource): TokenKeys {
  if (source.kind === 'fixed') return () => Promise.resolve(source.keys)
  const remote = createRemoteKeys(name, async (fetchJson) => ({
    facts: undefined,
    keysUrl: source.kind === 'jwks' ? source.url : await discoverKeys(issuer, fetchJson),
  }))
  return async (keyId, world) => {
    // Never the authority's own roots: who has a certificate of it is not for that reason an API server.
    const fetchJson = (url: string) => world.fetchPublicJson(url, source.roots)
    return (await remote.find(keyId, { fetchJson, now: world.now })).keys
  }
}

/** OpenID Connect Discovery §4.3: a document of another issuer is none. */
async function discoverKeys(issuer: string, fetchJson: AuthorizeWorld['fetchJson']): Promise<string> {
  const url = discoveryUrl(issuer) ?? issuer
  const { value } = await fetchJson(url)
  const found = readDocument(url, value, (json) => readOpenIdConfiguration(json, url, ''))
  if (found.issuer !== issuer) throw new SignetError('unavailable', `cannot use ${url}: it is of another issuer`)
  return found.jwksUri
}

/** Projected tokens that are verified by the cluster's keys alone: nothing is known but what they say. */
export async function authorizeOffline(
  settings: K8sSASettings,
  offline: OfflineSettings,
  keys: TokenKeys,
  credential: Credential,
  world: AuthorizeWorld,
): Promise<X509Grant> {
  const { token: unverified, request } = credential
  const token = verifyTokenByAny(unverified, await keys(unverified.keyId, world), world.now)
  const account = checkClaims(token, offline, world.audiences.canonical(settings.tokenId))
  const { namespace, serviceAccount, serviceAccountUid, pod } = account
  const identity = { ...noNames, uris: [spiffeId(offline.trustDomain, namespace, serviceAccount)] }
  // CertificatePolicies speak of the namespaces of this cluster, which has its trust domain to itself.
  const governed = world.kubernetes?.trustDomain === offline.trustDomain
  const templated = settings.options.x509.template !== undefined
  const names = governed && !templated ? { ...identity, dns: request.csr.names.dns } : identity
  return {
    ...leafGrant(request),
    issuedTo: { kind: 'serviceAccount', namespace, name: serviceAccount, ...(pod && { pod }) },
    use: useOf(settings, token, pod?.uid ?? `${namespace}/${serviceAccount} ${serviceAccountUid}`, world.now),
    csr: csrRule(account, names, { governed, templated }),
    subject: { commonName: templated ? serviceAccount : commonNameOf(request.csr.subject) },
    names: !templated && hasNames(request.csr.names) ? request.csr.names : identity,
    // As for pods: from now on, and no longer than usual.
    lifetime: { request: { notAfter: request.notAfter }, wished: undefined, bound: true },
    policy: governed
      ? { subject: { kind: 'Pod', namespace, serviceAccount }, names, wantsPodIPs: false, isCA: false }
      : undefined,
  }
}

/** Without a policy to ask, the identity alone; with one, DNS names and the common name as it says. A template decides for itself. */
function csrRule(
  { namespace, serviceAccount }: AccountClaims,
  names: Names,
  { governed, templated }: { readonly governed: boolean; readonly templated: boolean },
): CsrRule {
  return {
    match: templated ? 'any' : 'within',
    commonNames: governed || templated ? undefined : listNames(names).map(({ value }) => value),
    names,
    subject: {},
    isCA: false,
    keyAlgorithm: undefined,
    owner: `the token of service account ${namespace}/${serviceAccount}`,
  }
}

function checkClaims({ claims }: VerifiedToken, offline: OfflineSettings, audience: string): AccountClaims {
  const { issuer, allowUnbound } = offline
  if (claims.issuer !== issuer) throw refuseToken(`the issuer (iss) of the token is not "${issuer}"`)
  if (!claims.audience.includes(audience)) throw refuseToken(`the token is not for ${audience}`, 'WrongAudience')
  if (claims.expiresAt === undefined) throw refuseToken('the token has no end (exp)')
  const account = accountOf(claims)
  if (account === undefined) throw refuseToken('the token does not say of which service account it is (kubernetes.io)')
  const { namespace, serviceAccount, pod } = account
  if (claims.subject !== `system:serviceaccount:${namespace}:${serviceAccount}`) {
    throw refuseToken(`the subject (sub) of the token is not service account ${namespace}/${serviceAccount}`)
  }
  if (pod !== undefined || allowUnbound) return account
  const message = `the token of service account ${namespace}/${serviceAccount} is not bound to a pod`
  throw refuseToken(message, 'TokenUnbound')
}

/** Counted by provisioner: ids and uids of one cluster say nothing of another's. */
function useOf(settings: K8sSASettings, token: VerifiedToken, holder: string, now: number): CredentialUse {
  const { id } = useOfToken(settings.tokenId, token, token.claims.id)
  return podUse(settings, `${settings.tokenId} ${holder}`, id, now)
}
