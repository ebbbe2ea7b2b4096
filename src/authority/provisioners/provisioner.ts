import type { ClaimSettings } from '../../core/claims.ts'
import type { JsonNode } from '../../core/json-reader.ts'
import type { Audiences } from '../../core/tokens/audience.ts'
import type { UnverifiedToken } from '../../core/tokens/unverified.ts'
import type { Certificate } from '../../core/x509/certificate.ts'
import type { RequestContext, SignX509Request, X509Grant, X509RevokeGrant } from '../grant.ts'
import type { CredentialUse, FetchedJson, KubernetesReader } from '../ports.ts'
import type { ProvisionerOptions } from './options.ts'

/** One way to prove who you are, as it was configured. What it cannot do is absent. */
export type Provisioner = {
  /** Unique; written into the records of what it lets through. */
  readonly id: string
  /** Under which its tokens are found (`findProvisioner`). */
  readonly tokenId: string
  /** A second one, for kinds whose tokens do not all name their provisioner. */
  readonly otherTokenId?: string
  readonly name: string
  /** In step's spelling. */
  readonly type: string
  /** step's number of the kind, for the provisioner extension. */
  readonly typeNumber: number
  /** For the provisioner extension; empty for kinds that have none. */
  readonly credentialId: string
  readonly claims: ClaimSettings
  readonly options: ProvisionerOptions
  /** As in ca.json and /provisioners: step's members and order. Of secrets only those that clients need (OIDC). */
  readonly json: Readonly<Record<string, unknown>>
  /** For a JWK provisioner whose private key may be fetched, encrypted. */
  readonly encryptedKey?: { readonly kid: string; readonly jwe: string }
  /** For kinds that are configured and listed, but serve nobody: says so, going on from the path in ca.json. */
  readonly unserved?: string
  /** True: it cannot work without the Kubernetes API. */
  readonly needsKubernetes: boolean
  /** For kinds that limit how often one pod is served: one more time, with the credential of this id, at `now` (milliseconds). */
  podUse?(uid: string, id: string, now: number): CredentialUse
  /** Verifies the credential and says what it permits; fails with `unauthorized` for every doubt about the token. */
  authorizeX509Sign(credential: Credential, world: AuthorizeWorld): Promise<X509Grant>
  /** For kinds whose tokens may revoke: verifies one, and says which certificate it is for; fails as `authorizeX509Sign`. */
  authorizeX509Revoke?(token: UnverifiedToken, world: AuthorizeWorld): Promise<X509RevokeGrant>
}

/** What a caller presents. */
export type Credential = {
  readonly token: UnverifiedToken
  readonly request: SignX509Request
  readonly context: RequestContext
}

/** What a provisioner may look at to verify it. */
export type AuthorizeWorld = {
  readonly audiences: Audiences
  /** Milliseconds since the epoch. */
  readonly now: number
  /** Tokens that were issued before this time are refused by kinds that make them themselves; milliseconds. */
  readonly tokensSince: number
  readonly kubernetes: KubernetesWorld | undefined
  /** A document that someone else publishes, as `JsonFetcher`, trusting the authority's own roots as well. */
  fetchJson(url: string): Promise<FetchedJson>
  /**
   * As `fetchJson`, of a host that is not the authority's: a certificate of the authority's own never stands in for it. Trusts
   * these roots beside the public ones.
   */
  fetchPublicJson(url: string, roots?: readonly Certificate[]): Promise<FetchedJson>
}

export type KubernetesWorld = {
  readonly reader: KubernetesReader
  readonly trustDomain: string
  /** Name of the Authority that Certificates must refer to; undefined: any. */
  readonly authority?: string
}

/** One kind of provisioner: a row of the table in `index.ts`. */
export type ProvisionerKind = {
  readonly type: string
  readonly typeNumber: number
  /** Reads its part of the JSON, and the files that it names; `common` is what all kinds have. */
  parse(node: JsonNode, common: CommonSettings, readFile: ReadFile): Provisioner
}

/** The text of a file that ca.json names by its path; `malformed`, saying why, if it cannot be read. */
export type ReadFile = (path: string) => string

export type CommonSettings = {
  readonly type: string
  readonly typeNumber: number
  readonly name: string
  readonly claims: ClaimSettings
  readonly options: ProvisionerOptions
  /** `claims` and `options`, those that there are, as they are listed: step has them last. */
  readonly lastMembers: Readonly<Record<string, unknown>>
}
