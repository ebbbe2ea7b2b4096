import { setTimeout as delay } from 'node:timers/promises'
import type { KubeApi } from '../../src/adapters/kubernetes/client.ts'
import { startInformer } from '../../src/adapters/kubernetes/informer.ts'
import { pods } from '../../src/adapters/kubernetes/pods.ts'
import type { Kubectl, KubeObject } from '../cluster/harness/kubectl.ts'
import { authorityAccess } from '../cluster/support/authority.ts'
import { sleepingPod } from '../cluster/support/pods.ts'
import { recordedLog } from '../fakes/recorded-log.ts'
import type { Bench, Figure } from './bench.ts'
import { prepareAutocertStyle } from './support/autocert-style.ts'
import { installed } from './support/installed.ts'

const count = 20
/** The kubelet looks at its pods once a second: a start at a random moment of that second meets every phase of it. */
const relistMs = 1000

type Shape = { readonly name: string; readonly pod: (name: string) => KubeObject }

/** From the creation of a pod to its app container running, as a watch tells it, one pod at a time. */
export const bench: Bench = {
  title: `pod start, creation to app running, ${count} pods of each shape in turn, random phase; peer: autocert style with step 0.30.2`,
  async run() {
    const {
      cluster,
      images: { app },
      kubectl,
      openApi,
    } = await installed()
    await using namespace = await kubectl.createNamespace('bench-start', { 'signet.dev/inject': 'enabled' })
    const place = namespace.name
    const autocert = await prepareAutocertStyle(cluster, kubectl, await authorityAccess(kubectl), place)
    const api = await openApi()
    try {
      const shapes = shapesOf(place, app.name, autocert.podParts)
      return figures(await measureAll(kubectl, api, place, shapes))
    } finally {
      api.close()
      await autocert.remove()
    }
  },
}

function shapesOf(place: string, image: string, autocert: (name: string) => Record<string, object[]>): Shape[] {
  const plain = (name: string, more: { spec?: object; annotations?: Record<string, string> } = {}): KubeObject => {
    const pod = sleepingPod(place, name, image, { annotations: more.annotations ?? {} })
    return { ...pod, spec: { ...(pod['spec'] as object), ...more.spec } }
  }
  const container = (name: string, command: string[]) => ({ name, image, command })
  const sleeper = ['sh', '-c', 'trap "exit 0" TERM; sleep infinity & wait']
  const empty = [container('first', ['true']), { ...container('second', sleeper), restartPolicy: 'Always' }]
  return [
    { name: 'plain', pod: (name) => plain(name) },
    { name: 'two empty stages', pod: (name) => plain(name, { spec: { initContainers: empty } }) },
    {
      name: 'ours',
      pod: (name) => plain(name, { annotations: { 'signet.dev/name': `${name}.${place}.svc` } }),
    },
    {
      name: 'autocert style',
      pod: (name) => {
        const { containers = [], ...parts } = autocert(`${name}.${place}.svc`)
        const own = (plain(name)['spec'] as { containers: object[] }).containers
        return plain(name, { spec: { ...parts, containers: [...own, ...containers] } })
      },
    },
  ]
}

/** Milliseconds of each start, by the name of the shape. */
async function measureAll(kubectl: Kubectl, api: KubeApi, place: string, shapes: readonly Shape[]) {
  const measured = new Map<string, number[]>(shapes.map(({ name }) => [name, []]))
  for (let round = 1; round <= count; round += 1) {
    for (const [index, { name, pod }] of shapes.entries()) {
      await delay(Math.random() * relistMs)
      const podName = `start-${index}-${round}`
      measured.get(name)?.push(await measure(api, place, pod(podName)))
      await kubectl(['delete', 'pod', '-n', place, podName, '--now', '--wait'])
    }
  }
  return measured
}

type Status = { containerStatuses?: { name: string; state?: { running?: object } }[] }

async function measure(api: KubeApi, place: string, pod: KubeObject): Promise<number> {
  const { promise: running, resolve } = Promise.withResolvers<number>()
  const informer = startInformer({ api, kind: pods, log: recordedLog(), namespaces: [place] })
  informer.onChange(({ current }) => {
    const { status } = (current ?? {}) as { status?: Status }
    if (current?.metadata.name !== pod.metadata.name) return
    if (status?.containerStatuses?.some(({ name, state }) => name === 'app' && state?.running !== undefined)) {
      resolve(performance.now())
    }
  })
  await informer.whenSynced()
  const started = performance.now()
  await api.create(pods, pod)
  const ended = await running
  informer.stop()
  return ended - started
}

function figures(measured: ReadonlyMap<string, readonly number[]>): Figure[] {
  const median = (name: string): number => {
    const sorted = (measured.get(name) ?? []).toSorted((left, right) => left - right)
    return (sorted[Math.floor(sorted.length / 2)] ?? Number.NaN) / 1000
  }
  const [empty, ours, peer] = ['two empty stages', 'ours', 'autocert style'].map(median) as [number, number, number]
  const limit = empty + 0.5
  return [
    { figure: 'plain', unit: 's', ours: median('plain'), peer: undefined },
    { figure: 'two empty stages', unit: 's', ours: empty, peer: undefined },
    {
      figure: 'injected',
      unit: 's',
      ours,
      peer,
      target: { text: `≤ ${limit.toFixed(2)} (empty stages + 0.5)`, met: ours <= limit },
    },
  ]
}
