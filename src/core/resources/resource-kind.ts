import type { KubernetesObject } from './metadata.ts'

/**
 * Where the API server keeps objects of one kind. `T` is the type of the objects; it exists in types only, so that
 * `api.get(certificates, key)` gives a Certificate.
 */
export type ResourceKind<T extends KubernetesObject = KubernetesObject> = {
  /** `v1`, `apps/v1`, `signet.dev/v1`. */
  readonly apiVersion: string
  readonly kind: string
  readonly plural: string
  readonly namespaced: boolean
  readonly '~object'?: T
}
