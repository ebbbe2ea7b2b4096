import type { PodFacts } from '../kubernetes-facts.ts'
import type { KubernetesReader, ObjectReference } from '../ports.ts'
import { RefusedRequest } from '../refusal.ts'

/** A pod, and the service account that it runs as, as a token or a record names them. */
export type PodIdentity = {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly serviceAccount: string
}

/** The pod of exactly this identity, alive now; fails with `unauthorized` and the reason why it does not count. */
export async function livingPod(reader: KubernetesReader, identity: PodIdentity): Promise<PodFacts> {
  const { namespace, name, uid, serviceAccount } = identity
  const pod = await reader.getPod(namespace, name)
  const label = `pod ${namespace}/${name}`
  if (pod === undefined) throw refuse(`${label} does not exist`, 'PodNotFound', identity)
  if (pod.uid !== uid) throw refuse(`${label} has uid ${pod.uid}, not ${uid}: it was made anew`, 'PodUidMismatch', pod)
  if (pod.serviceAccount !== serviceAccount) {
    throw refuse(`${label} runs as ${pod.serviceAccount}, not as ${serviceAccount}`, 'ServiceAccountMismatch', pod)
  }
  if (pod.deleting) throw refuse(`${label} is being deleted`, 'PodDeleting', pod)
  if (pod.finished) throw refuse(`${label} has finished`, 'PodFinished', pod)
  return pod
}

export function podReference({ namespace, name, uid }: Omit<PodIdentity, 'serviceAccount'>): ObjectReference {
  return { kind: 'Pod', namespace, name, uid }
}

function refuse(message: string, reason: string, pod: Omit<PodIdentity, 'serviceAccount'>): RefusedRequest {
  return new RefusedRequest('unauthorized', message, { reason, regarding: podReference(pod) })
}
