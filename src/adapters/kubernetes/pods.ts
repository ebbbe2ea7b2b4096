import type { ResourceKind } from '../../core/resources/resource-kind.ts'
import type { KubernetesObject } from '../../core/resources/metadata.ts'

export type Container = {
  readonly name: string
  readonly env?: readonly { readonly name: string; readonly value?: string }[]
}

/** The part of a Pod that the authority reads. */
export type Pod = KubernetesObject & {
  readonly spec?: {
    readonly serviceAccountName?: string
    readonly hostNetwork?: boolean
    readonly initContainers?: readonly Container[]
    readonly containers?: readonly Container[]
  }
  readonly status?: { readonly phase?: string; readonly podIPs?: readonly { readonly ip?: string }[] }
}

export const pods: ResourceKind<Pod> = { apiVersion: 'v1', kind: 'Pod', plural: 'pods', namespaced: true }
