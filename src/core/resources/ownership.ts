import type { ObjectMeta } from './metadata.ts'

/** Says of an object that it is kept in files elsewhere, and written from there. */
export const managedLabel = 'signet.dev/managed'
const elsewhere = 'gitops'

/**
 * Who else keeps this object, in words; undefined if it is `manager` alone. By the label `signet.dev/managed=gitops`, or by a
 * manager that wrote fields of its spec (Kubernetes, "Server-Side Apply": managedFields). Who wrote only its status or
 * metadata does not keep it.
 */
export function otherKeeper({ labels, managedFields = [] }: ObjectMeta, manager: string): string | undefined {
  if (labels?.[managedLabel] === elsewhere) return `label ${managedLabel}=${elsewhere}`
  const other = managedFields.find((entry) => entry.manager !== manager && 'f:spec' in Object(entry['fieldsV1']))
  return other && `field manager ${JSON.stringify(other.manager ?? '')}`
}
