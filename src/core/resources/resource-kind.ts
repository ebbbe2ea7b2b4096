import type { KubernetesObject } from './metadata.ts'

/**
 * Where the API server keeps objects of one kind. `T` is the type of the objects; it exists in types only, so that
 * `api.get(certificates, key)` gives a Certificate.
 */
export type ResourceKind<T extends KubernetesObject = KubernetesObject> = {
  /** Empty for the core group. */
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly plural: string
  readonly namespaced: boolean
  readonly '~object'?: T
}

/** `apiVersion` of objects of a kind: `apps/v1`, or `v1` for the core group. */
export function apiVersionOf(kind: ResourceKind): string {
  return kind.group === '' ? kind.version : `${kind.group}/${kind.version}`
}
