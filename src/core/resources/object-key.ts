import type { ObjectKey } from './metadata.ts'

/** The key of an object as text, for queues and maps: `namespace/name`, or `name` outside namespaces. */
export function keyText({ namespace, name }: ObjectKey): string {
  return namespace === undefined ? name : `${namespace}/${name}`
}
