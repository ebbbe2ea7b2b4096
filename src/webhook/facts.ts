import { builtInClaims, readClaimSettings, resolveClaims, type Claims } from '../core/claims.ts'
import { readJson } from '../core/json-reader.ts'
import type { Authority, Provisioner, ResourceClaims } from '../core/resources/index.ts'

/** What the webhook knows of an Authority, from its status and from its K8sSA Provisioners. */
export type AuthorityFacts = {
  readonly name: string
  readonly trustDomain: string
  readonly clusterDomain: string
  /** `https://signet.signet-system.svc`; undefined until the operator has made the Service. */
  readonly endpoint?: string
  /** IP address of the endpoint, for pods that do not ask the cluster's DNS; undefined while it has none. */
  readonly address?: string
  /** PEM of the active roots; empty until there is one. */
  readonly rootsPem: string
  /** The Provisioner by which pods prove who they are; undefined until there is one. */
  readonly provisioner?: { readonly name: string; readonly audience: string; readonly claims: Claims }
}

export type FactSources = {
  readonly authority: (name: string) => Authority | undefined
  readonly provisioner: (name: string) => Provisioner | undefined
  /** IP address of a host; undefined if it is not known. */
  readonly addressOf: (host: string) => string | undefined
  /** Name of the Provisioner to prefer where an Authority has several of type K8sSA. */
  readonly preferredProvisioner: string
}

/** The facts of the Authority of this name; undefined if there is none. */
export function authorityFacts(name: string, sources: FactSources): AuthorityFacts | undefined {
  const authority = sources.authority(name)
  if (authority === undefined) return undefined
  const { spec, status } = authority
  const endpoint = status?.endpoint
  const address = endpoint === undefined ? undefined : sources.addressOf(new URL(endpoint).hostname)
  const provisioner = provisionerOf(authority, sources)
  return {
    name,
    trustDomain: spec.trustDomain,
    clusterDomain: spec.clusterDomain,
    ...(endpoint !== undefined && { endpoint }),
    ...(address !== undefined && { address }),
    rootsPem: (status?.roots ?? []).map(({ certificate }) => `${certificate.trim()}\n`).join(''),
    ...(provisioner && { provisioner }),
  }
}

/** The one for pods of this cluster that the configuration contains; by name if there are several. */
function provisionerOf({ spec, status }: Authority, sources: FactSources): AuthorityFacts['provisioner'] {
  const { preferredProvisioner: preferred, provisioner } = sources
  const candidates = (status?.provisioners ?? []).filter(
    ({ type, name }) => type === 'K8sSA' && provisioner(name)?.spec.k8sSA?.offline === undefined,
  )
  const byName = candidates.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const chosen = byName.find(({ name }) => name === preferred) ?? byName[0]
  if (chosen === undefined) return undefined
  const claims = inherit(inherit(builtInClaims, spec.claims), provisioner(chosen.name)?.spec.claims)
  return { name: chosen.name, audience: chosen.audience, claims }
}

function inherit(inherited: Claims, own: ResourceClaims | undefined): Claims {
  return own === undefined ? inherited : resolveClaims(inherited, readJson(own, 'spec.claims', readClaimSettings))
}
