import type { Kubectl, KubeObject } from '../harness/kubectl.ts'

/** Pods that read their injected files, in the shapes that users run. */

export const directory = '/var/run/signet.dev'

/** Label of a namespace whose pods are injected. */
export const injectLabel = { 'signet.dev/inject': 'enabled' }

/**
 * Run by a container with its own user: key and certificate must be readable and belong together, the chain must lead to
 * the root, the bundle must be both in one file, and nothing may be writable. Ends with one line of what it saw.
 */
const verify = `set -e
d=${directory}
test "$(openssl x509 -in $d/site.crt -noout -pubkey)" = "$(openssl pkey -in $d/site.key -pubout)"
openssl verify -CAfile $d/root.crt -untrusted $d/site.crt $d/site.crt >&2
test "$(cat $d/bundle.pem)" = "$(cat $d/site.key $d/site.crt)"
if touch $d/more 2>/dev/null; then echo "$d can be written to" >&2; exit 1; fi
echo "verified by $(id -u) with mode $(stat -L -c %a $d/site.key)"
`

/** Verifies and ends, as a Job does. */
export const verifyAndEnd = ['sh', '-c', verify]
/** Verifies and stays until it is told to end. */
export const verifyAndStay = ['sh', '-c', `${verify}trap 'exit 0' TERM\nsleep infinity & wait`]

export type Container = Record<string, unknown>
export type PodSpec = Record<string, unknown> & { containers: Container[] }

/** Spec of a pod whose one container verifies and stays. */
export function verifyingPod(image: string, changes: Record<string, unknown> = {}): PodSpec {
  return {
    terminationGracePeriodSeconds: 5,
    containers: [{ name: 'app', image, command: verifyAndStay }],
    ...changes,
  }
}

export type Metadata = { name: string; namespace: string; annotations?: Record<string, string> }

/** The annotation that asks for `<name>.<namespace>.svc`. */
export const wishFor = (name: string, namespace: string) => ({ 'signet.dev/name': `${name}.${namespace}.svc` })

/** Kinds of object that make pods, each from a pod's spec; the pods carry the label `app=<name>`. */
export const workloads: Readonly<Record<string, (metadata: Metadata, spec: PodSpec) => KubeObject>> = {
  Deployment: (metadata, spec) => controller('apps/v1', 'Deployment', metadata, spec),
  StatefulSet: (metadata, spec) => controller('apps/v1', 'StatefulSet', metadata, spec, { serviceName: metadata.name }),
  DaemonSet: (metadata, spec) => controller('apps/v1', 'DaemonSet', metadata, spec),
  Job: ({ name, namespace, annotations }, spec) => ({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace },
    spec: {
      backoffLimit: 0,
      template: {
        metadata: { labels: { app: name }, annotations },
        spec: {
          ...spec,
          restartPolicy: 'Never',
          containers: spec.containers.map((container) => ({ ...container, command: verifyAndEnd })),
        },
      },
    },
  }),
  Pod: ({ name, namespace, annotations }, spec) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { app: name }, annotations },
    spec,
  }),
}

function controller(
  apiVersion: string,
  kind: string,
  { name, namespace, annotations }: Metadata,
  spec: PodSpec,
  more: object = {},
): KubeObject {
  const labels = { app: name }
  const template = { metadata: { labels, annotations }, spec }
  return {
    apiVersion,
    kind,
    metadata: { name, namespace },
    spec: { ...more, selector: { matchLabels: labels }, template },
  }
}

/** What is read of a pod. */
export type Pod = {
  metadata: { name: string; uid: string; annotations?: Record<string, string> }
  spec: {
    initContainers?: { name: string; restartPolicy?: string; volumeMounts?: { name: string }[] }[]
    containers: { name: string }[]
    volumes?: { name: string }[]
  }
  status: {
    phase: string
    qosClass: string
    podIP: string
    initContainerStatuses?: ContainerStatus[]
    containerStatuses?: ContainerStatus[]
  }
}

export type ContainerStatus = { name: string; containerID: string; restartCount: number }

/** The pod of a workload once all these containers have verified their files, and what they said. */
export function verified(
  kubectl: Kubectl,
  name: string,
  namespace: string,
  containers: readonly string[] = ['app'],
): Promise<{ pod: Pod; said: (string | undefined)[] }> {
  return kubectl.eventually(namespace, `the files of ${name} to be verified`, 55_000, async () => {
    const { items } = await kubectl.get<{ items: Pod[] }>('pods', '-n', namespace, '-l', `app=${name}`)
    const pod = items[0]
    if (pod?.status.phase !== 'Running' && pod?.status.phase !== 'Succeeded') return undefined
    const logs = await Promise.all(containers.map((container) => kubectl.logs(namespace, pod.metadata.name, container)))
    const said = logs.map((log) => /^verified by .*$/m.exec(log)?.[0])
    return said.every((line) => line !== undefined) ? { pod, said } : undefined
  })
}
