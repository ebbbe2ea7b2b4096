import type { KubernetesObject, Named, ObjectKey } from '../core/resources/index.ts'

/** What `keyText` was made of. */
export function parseKey(text: string): ObjectKey {
  const [first = '', second] = text.split('/')
  return second === undefined ? { name: first } : { namespace: first, name: second }
}

/** The order of names, for lists that must come out the same each time. */
export function byName(left: Named<KubernetesObject>, right: Named<KubernetesObject>): number {
  return left.metadata.name < right.metadata.name ? -1 : 1
}
