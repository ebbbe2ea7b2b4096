import type { Claims } from '../core/claims.ts'

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
