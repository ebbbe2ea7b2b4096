import type { Kubectl, KubeObject } from '../harness/kubectl.ts'

/** A pod that sleeps, with what a test changes about it. */
export type PodOptions = {
  readonly annotations?: Readonly<Record<string, string>>
  readonly labels?: Readonly<Record<string, string>>
  readonly spec?: Readonly<Record<string, unknown>>
}

const restricted = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
}

/** A pod that keeps every rule of Pod Security "restricted" and sleeps until it is told to end. */
export function sleepingPod(namespace: string, name: string, image: string, options: PodOptions = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, annotations: options.annotations ?? {}, labels: options.labels ?? {} },
    spec: {
      terminationGracePeriodSeconds: 2,
      securityContext: { runAsUser: 1000, runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'app',
          image,
          command: ['sh', '-c', 'trap "exit 0" TERM; sleep infinity & wait'],
          securityContext: restricted,
        },
      ],
      ...options.spec,
    },
  }
}

/** uid of an object that exists. */
export async function uidOf(kubectl: Kubectl, kind: string, namespace: string, name: string): Promise<string> {
  return (await kubectl.get(kind, '-n', namespace, name)).metadata.uid ?? ''
}

export type TokenOptions = {
  readonly namespace: string
  readonly serviceAccount?: string
  readonly audience: string
  /** Absent: the token is not bound to a pod. */
  readonly pod?: { readonly name: string; readonly uid: string }
}

/** A token of the real API server, as the kubelet would ask for it. */
export async function createToken(kubectl: Kubectl, options: TokenOptions): Promise<string> {
  const { namespace, serviceAccount = 'default', audience, pod } = options
  const bound =
    pod === undefined
      ? []
      : ['--bound-object-kind', 'Pod', '--bound-object-name', pod.name, '--bound-object-uid', pod.uid]
  const args = [
    'create',
    'token',
    serviceAccount,
    '-n',
    namespace,
    '--audience',
    audience,
    '--duration',
    '10m',
    ...bound,
  ]
  return (await kubectl(args)).trim()
}
