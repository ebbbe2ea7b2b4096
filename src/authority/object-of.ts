import type { IssuedTo, ObjectReference } from './ports.ts'

/** The Kubernetes object that a certificate was issued to; undefined where it is none. */
export function objectOf(issuedTo: IssuedTo): ObjectReference | undefined {
  if (issuedTo.kind !== 'pod' && issuedTo.kind !== 'certificate') return undefined
  const { namespace, name, uid } = issuedTo
  return { kind: issuedTo.kind === 'pod' ? 'Pod' : 'Certificate', namespace, name, uid }
}
