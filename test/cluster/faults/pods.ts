import type { KubeObject } from '../harness/kubectl.ts'
import { sleepingPod } from '../support/pods.ts'
import { applyUntilAccepted, type Load, type World } from './world.ts'

type ContainerStatus = { name: string; restartCount: number; state: { terminated?: { exitCode: number } } }
export type PodState = KubeObject & {
  status: {
    conditions?: { type: string; status: string }[]
    initContainerStatuses?: ContainerStatus[]
    containerStatuses?: ContainerStatus[]
  }
}

export async function podsOf({ kubectl, namespace }: World): Promise<PodState[]> {
  return (await kubectl.get<{ items: PodState[] }>('pods', '-n', namespace)).items
}

export const isReady = ({ status }: PodState): boolean =>
  status.conditions?.some(({ type, status: state }) => type === 'Ready' && state === 'True') ?? false

/** Containers of the pod that were restarted, as `pod/container` with the number. */
export function restartsOf({ metadata, status }: PodState): { name: string; count: number }[] {
  return [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]
    .filter(({ restartCount }) => restartCount > 0)
    .map(({ name, restartCount }) => ({ name: `${metadata.name}/${name}`, count: restartCount }))
}

const annotationFor = (name: string, namespace: string) => ({ 'signet.dev/name': `${name}.${namespace}.svc` })

/** Pods that all start at once, each with a certificate. */
export function startingPods(world: World, count: number): Load {
  const { namespace, image } = world
  const names = Array.from({ length: count }, (_, index) => `start-${index}`)
  const pods = names.map((name) => sleepingPod(namespace, name, image, { annotations: annotationFor(name, namespace) }))
  let applied: Promise<unknown> = Promise.resolve()
  return {
    start() {
      applied = applyUntilAccepted(world, pods)
      return Promise.resolve()
    },
    done: async () => (await podsOf(world)).filter(hasCertificate).length,
    enough: Math.ceil(count / 8),
    all: count,
    async settled(withinMs) {
      await applied
      await untilReady(world, count, withinMs)
    },
  }
}

function hasCertificate({ status }: PodState): boolean {
  const bootstrap = status.initContainerStatuses?.find(({ name }) => name === 'signet-bootstrap')
  return bootstrap?.state.terminated?.exitCode === 0
}

async function untilReady(world: World, count: number, withinMs: number): Promise<void> {
  await world.kubectl.eventually(world.namespace, `${count} pods to be Ready`, withinMs, async () =>
    (await podsOf(world)).filter(isReady).length === count ? true : undefined,
  )
}

const deployment = 'grown'

/** A Deployment of pods with certificates that is made larger when the fault has struck, by {@link grow}. */
export function growingDeployment(world: World, from: number, to: number): Load {
  const { kubectl, namespace, image } = world
  const labels = { app: deployment }
  const annotations = annotationFor(deployment, namespace)
  const { metadata, spec } = sleepingPod(namespace, deployment, image, { annotations, labels })
  const template = { metadata: { annotations, labels: metadata['labels'] }, spec }
  const object = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: deployment, namespace },
    spec: { replicas: from, selector: { matchLabels: labels }, template },
  }
  return {
    start: () => kubectl.apply([object]),
    done: async () => (await podsOf(world)).filter(isReady).length,
    enough: from,
    all: to,
    settled: (withinMs) => untilReady(world, to, withinMs),
  }
}

export async function grow({ kubectl, namespace }: World, to: number): Promise<void> {
  await kubectl(['scale', 'deployment', deployment, '-n', namespace, `--replicas=${to}`])
}
