/** The part of `metadata` that Signet reads or writes, as JSON carries it. */
export type ObjectMeta = {
  name: string
  namespace?: string
  uid?: string
  resourceVersion?: string
  /** Grows with each change of `spec`. */
  generation?: number
  /** RFC 3339. */
  creationTimestamp?: string
  /** RFC 3339; set while the object waits for its finalizers. */
  deletionTimestamp?: string
  labels?: Record<string, string>
  annotations?: Record<string, string>
  finalizers?: string[]
  ownerReferences?: OwnerReference[]
  /** Who wrote which fields, and how. */
  managedFields?: { manager?: string; operation?: 'Apply' | 'Update'; [field: string]: unknown }[]
}

export type OwnerReference = {
  apiVersion: string
  kind: string
  name: string
  uid: string
  controller?: boolean
  blockOwnerDeletion?: boolean
}

/** An object as far as every kind has it; also what a metadata-only read (PartialObjectMetadata) gives. */
export type KubernetesObject = { apiVersion?: string; kind?: string; metadata?: Partial<ObjectMeta> }

/** The metadata of an object that came from the API server, which always has a name. */
export type Named<T> = T & { metadata: ObjectMeta }

/** Name and, for namespaced kinds, namespace of an object. */
export type ObjectKey = { readonly name: string; readonly namespace?: string }
