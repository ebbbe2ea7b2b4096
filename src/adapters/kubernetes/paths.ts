import { SignetError } from '../../core/errors.ts'
import type { ObjectKey } from '../../core/resources/metadata.ts'
import type { ResourceKind } from '../../core/resources/resource-kind.ts'

export type Query = Readonly<Record<string, string | number | boolean | undefined>>

/** Path of all objects of a kind, in one namespace if one is given. */
export function collectionPath({ apiVersion, plural }: ResourceKind, namespace?: string): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  return namespace === undefined ? `${root}/${plural}` : `${root}/namespaces/${encodeURIComponent(namespace)}/${plural}`
}

/** Path of one object. Fails with `malformed` where a namespaced kind comes without its namespace or a name is empty. */
export function objectPath(kind: ResourceKind, { name, namespace }: ObjectKey, subresource?: string): string {
  if (name === '' || kind.namespaced !== (namespace !== undefined)) {
    throw new SignetError('malformed', `a ${kind.kind} needs a name ${kind.namespaced ? 'and' : 'without'} a namespace`)
  }
  const path = `${collectionPath(kind, namespace)}/${encodeURIComponent(name)}`
  return subresource === undefined ? path : `${path}/${subresource}`
}

/** Appends the members of a query that are defined. */
export function withQuery(path: string, query: Query = {}): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value))
  return search.size === 0 ? path : `${path}?${search.toString()}`
}
