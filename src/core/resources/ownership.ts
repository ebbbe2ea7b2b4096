import type { ObjectMeta } from './metadata.ts'

/** Says of an object that it is kept in files elsewhere, and written from there. */
const managedLabel = 'signet.dev/managed'
const elsewhere = 'gitops'

/**
 * Who else keeps this object, in words; undefined if it is `manager` alone. By the label `signet.dev/managed=gitops`, or by the
 * managers that wrote fields of its spec (Kubernetes, "Server-Side Apply": managedFields). Who wrote only its status or
 * metadata does not keep it; where it is not known who wrote the spec, it is not ours.
 */
export function otherKeeper({ labels, managedFields = [] }: ObjectMeta, manager: string): string | undefined {
  if (labels?.[managedLabel] === elsewhere) return `label ${managedLabel}=${elsewhere}`
  const writers = managedFields.filter((entry) => 'f:spec' in Object(entry['fieldsV1']))
  if (writers.length === 0) return 'by somebody unknown'
  const other = writers.find((writer) => writer.manager !== manager)
  return other && `field manager ${JSON.stringify(other.manager ?? '')}`
}
