import type { Kubectl, KubeObject } from '../harness/kubectl.ts'
import { sleepingPod } from './pods.ts'

const directory = '/var/run/tokens'

/** A pod of this service account into which the kubelet projects a token for each audience. */
export function tokenPod(
  namespace: string,
  name: string,
  image: string,
  options: { readonly serviceAccountName: string; readonly audiences: readonly string[]; readonly env?: object[] },
): KubeObject {
  const { serviceAccountName, audiences, env = [] } = options
  const pod = sleepingPod(namespace, name, image) as KubeObject & { spec: { containers: object[] } }
  const sources = audiences.map((audience, index) => ({
    serviceAccountToken: { audience, expirationSeconds: 600, path: String(index) },
  }))
  return {
    ...pod,
    spec: {
      ...pod.spec,
      serviceAccountName,
      volumes: [{ name: 'tokens', projected: { sources } }],
      containers: pod.spec.containers.map((container) => ({
        ...container,
        env,
        volumeMounts: [{ name: 'tokens', mountPath: directory, readOnly: true }],
      })),
    },
  }
}

/** The token that such a pod finds for its audience of this index. */
export const projectedToken = (kubectl: Kubectl, namespace: string, pod: string, index: number): Promise<string> =>
  kubectl.exec(namespace, pod, 'app', ['cat', `${directory}/${index}`])
