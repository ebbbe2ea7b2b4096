import { resolveClaims, type Claims } from '../core/claims.ts'
import { SignetError } from '../core/errors.ts'
import type { StepPolicy } from '../core/policy/step/policy.ts'
import { createAudiences, fragmentOf, type Audiences } from '../core/tokens/audience.ts'
import type { UnverifiedToken } from '../core/tokens/unverified.ts'
import type { Certificate } from '../core/x509/certificate.ts'
import type { SubjectFields } from '../core/x509/name.ts'
import { issuerFactsOf, type IssuerFacts } from '../core/x509/build.ts'
import type { Extension } from '../core/x509/extensions.ts'
import { isMlDsa } from '../core/x509/key-algorithm.ts'
import { keyAlgorithmOf } from '../core/x509/public-key.ts'
import { urlExtensions, type PublishedUrls } from '../core/x509/published-urls.ts'
import type { OcspSettings } from './ocsp.ts'
import type { Issuer } from './ports.ts'
import { signsRevocationLists } from './prepare-x509.ts'
import type { Provisioner } from './provisioners/provisioner.ts'
import { tokenIdsOf } from './provisioners/token-ids.ts'
import type { CrlSettings } from './publish-crl.ts'

/** All that an authority is told: one value, replaced as a whole on reload. */
export type AuthorityConfig = {
  /** Names and IP addresses under which it is reached, which are also the audiences of its tokens; at least one. */
  readonly dnsNames: readonly string[]
  /** Of its own serving certificate. */
  readonly commonName: string
  /** Active roots. */
  readonly roots: readonly Certificate[]
  readonly federatedRoots: readonly Certificate[]
  readonly issuer: Issuer
  /** What provisioners inherit. */
  readonly claims: Claims
  /** Milliseconds that a certificate begins before it is issued. */
  readonly backdate: number
  /** True: the time at which a token was issued does not matter. */
  readonly disableIssuedAtCheck: boolean
  readonly provisioners: readonly Provisioner[]
  /** What subjects of new certificates get where they lack it. */
  readonly subjectDefaults?: SubjectFields
  /** Which names certificates may have, whichever provisioner lets them; undefined: any. */
  readonly policy: StepPolicy | undefined
  /** undefined: no revocation lists. */
  readonly crl: CrlSettings | undefined
  /** What certificates say of where to ask about them; undefined: nothing. */
  readonly urls: PublishedUrls | undefined
  /** undefined: no answers by OCSP. */
  readonly ocsp: OcspSettings | undefined
  /** True: ML-DSA keys are certified, and the issuer's may be one. */
  readonly mlDsa?: boolean
  /** undefined outside of a cluster. */
  readonly kubernetes: KubernetesSettings | undefined
}

/** What a cluster adds. */
export type KubernetesSettings = {
  readonly trustDomain: string
  readonly clusterDomain: string
  /** Name of the Authority that this is; undefined: Certificates of any are served. */
  readonly authority?: string
}

/** A configuration with what follows from it; never changed, so that requests in flight keep the one they began with. */
export type Snapshot = {
  readonly config: AuthorityConfig
  readonly audiences: Audiences
  readonly issuerFacts: IssuerFacts
  /** Those of `config.urls`. */
  readonly urlExtensions: readonly Extension[]
  claimsOf(provisioner: Provisioner): Claims
  /** By id, as records have it. */
  provisioner(id: string): Provisioner | undefined
  /** By token id. */
  provisionerOfToken(tokenId: string): Provisioner | undefined
}

/** Checks what the parts of a configuration mean together; `malformed` with the path in ca.json. */
export function createSnapshot(config: AuthorityConfig): Snapshot {
  if (config.dnsNames.length === 0) throw fault('dnsNames', 'must not be empty')
  if (config.roots.length === 0) throw fault('root', 'must not be empty')
  if (config.crl !== undefined && !signsRevocationLists(config.issuer.chain[0])) {
    throw fault('crl.enabled', 'needs the key usage crlSign in the certificate of crt')
  }
  const issuerKey = keyAlgorithmOf(config.issuer.chain[0].spki)
  if (config.mlDsa !== true && isMlDsa(issuerKey)) {
    throw fault('crt', `has an ${issuerKey} key, which few programs know yet: set signet.experimental.mlDsa to use it`)
  }
  const claims = new Map(
    config.provisioners.map((provisioner, index) => [
      provisioner.id,
      claimsAt(`authority.provisioners[${index}]`, config, provisioner),
    ]),
  )
  const byId = new Map(config.provisioners.map((provisioner) => [provisioner.id, provisioner]))
  const byTokenId = new Map(
    config.provisioners.flatMap((provisioner) =>
      tokenIdsOf(provisioner).map((tokenId) => [tokenId, provisioner] as const),
    ),
  )
  return {
    config,
    audiences: createAudiences(config.dnsNames),
    issuerFacts: issuerFactsOf(config.issuer.chain[0]),
    urlExtensions: config.urls === undefined ? [] : urlExtensions(config.urls),
    claimsOf: ({ id }) => claims.get(id) ?? config.claims,
    provisioner: (id) => byId.get(id),
    provisionerOfToken: (tokenId) => byTokenId.get(tokenId),
  }
}

function claimsAt(path: string, config: AuthorityConfig, provisioner: Provisioner): Claims {
  if (provisioner.needsKubernetes && config.kubernetes === undefined) {
    throw fault(path, `of type ${provisioner.type} needs signet.kubernetes`)
  }
  try {
    return resolveClaims(config.claims, provisioner.claims)
  } catch (error) {
    throw error instanceof SignetError ? fault(`${path}.claims`, error.message) : error
  }
}

function fault(path: string, message: string): SignetError {
  return new SignetError('malformed', `${path} ${message}`, { path })
}

/**
 * The provisioner that a token is for, by step-ca's rules (provisioner/collection.go): an audience of ours with a fragment
 * names it; one without means `<iss>:<kid>`; tokens of others are known by whichever of `azp`, `tid` and their first
 * audience comes first and is a provisioner's.
 */
export function findProvisioner(token: UnverifiedToken, snapshot: Snapshot): Provisioner | undefined {
  const { audience, issuer, all } = token.claims
  const fragment = fragmentOf(audience)
  if (snapshot.audiences.acceptsAny(audience, fragment)) {
    return snapshot.provisionerOfToken(fragment === '' ? `${issuer}:${token.keyId}` : fragment)
  }
  const [first] = audience
  if (issuer === 'kubernetes/serviceaccount') return snapshot.provisionerOfToken('k8ssa/k8sSA-default')
  if (first === undefined) return undefined
  const [azp, tid, email] = ['azp', 'tid', 'email'].map((name) => textOf(all[name]))
  const tokenIds = [azp, ...(tid === undefined ? [] : [email === undefined ? undefined : first, tid]), first]
  for (const tokenId of tokenIds) {
    const found = tokenId === undefined ? undefined : snapshot.provisionerOfToken(tokenId)
    if (found !== undefined) return found
  }
  return undefined
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
