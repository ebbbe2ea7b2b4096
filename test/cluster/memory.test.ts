// What each process keeps resident, read from /proc of the machine: so only in the cluster that the harness boots itself.
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { residentMiB } from '../bench/support/process-figures.ts'
import { installationPods, untilInstallationReady } from './faults/round.ts'
import { containerIdOf, hostProcessOf } from './harness/faults.ts'
import { release } from './harness/install.ts'
import { createKubectl, type TestNamespace } from './harness/kubectl.ts'
import { withLock } from './harness/lock.ts'
import { until } from './harness/wait.ts'
import { injectLabel, wishFor } from './support/injected.ts'
import { watchPeaks, type PeakWatch } from './support/peak-memory.ts'
import { sleepingPod } from './support/pods.ts'
import { allowShortLives } from './support/provisioner.ts'

const { kubectl: binary, kubeconfig, images } = inject('cluster')
const kubectl = createKubectl(binary, kubeconfig)

/** MiB. */
const limits = { authority: 90, operator: 110, webhook: 90, bootstrap: 60, renew: 60 }
/** The processes are watched for as long as this once all are Ready; the highest counts. */
const idleMs = 10_000

describe('resident after start', () => {
  /** The highest of each process, by component. */
  let resident: Record<string, number[]>

  beforeAll(async () => {
    // Nobody installs meanwhile, and what earlier tests had these processes do does not count.
    resident = await withLock('install', async () => {
      // An installation just before has left pods that are about to go.
      await untilInstallationReady(kubectl)
      const before = (await installationPods(kubectl)).map(({ metadata }) => metadata.name)
      await kubectl(['delete', 'pod', '-n', release.namespace, ...before, '--wait'])
      await untilInstallationReady(kubectl)
      return highestWhileIdle(await processes())
    })
  })

  it.for([
    { component: 'authority', replicas: 1 },
    { component: 'operator', replicas: 2 },
    { component: 'webhook', replicas: 2 },
  ] as const)('$component: within its limit', async ({ component, replicas }, { annotate }) => {
    const seen = resident[component] ?? []
    await annotate(inMiB(seen))
    expect(seen).toHaveLength(replicas)
    expect(Math.max(...seen)).toBeLessThanOrEqual(limits[component])
  })
})

type Process = { readonly component: string; readonly pid: number }
type SystemPod = {
  metadata: { labels: Record<string, string> }
  status: { containerStatuses: { containerID: string }[] }
}

async function processes(): Promise<Process[]> {
  const { items } = await kubectl.get<{ items: SystemPod[] }>('pods', '-n', release.namespace)
  return Promise.all(
    items.map(async ({ metadata, status }) => ({
      component: metadata.labels['app.kubernetes.io/component'] ?? '',
      pid: await hostProcessOf(containerIdOf(status.containerStatuses[0]?.containerID ?? '')),
    })),
  )
}

async function highestWhileIdle(all: readonly Process[]): Promise<Record<string, number[]>> {
  const highest = new Map<Process, number>()
  const end = performance.now() + idleMs
  await until('the end of the idle time', idleMs + 5000, () => {
    for (const one of all) highest.set(one, Math.max(highest.get(one) ?? 0, residentMiB(one.pid)))
    return performance.now() > end ? true : undefined
  })
  const grouped = Object.groupBy(highest, ([{ component }]) => component)
  return Object.fromEntries(
    Object.entries(grouped).map(([component, list = []]) => [component, list.map(([, mib]) => mib)]),
  )
}

describe('peak of an injected process', () => {
  let watch: PeakWatch
  let namespace: TestNamespace
  let shortLives: AsyncDisposable

  beforeAll(async () => {
    watch = watchPeaks('/usr/local/bin/node', '/app/dist/workload.cjs')
    shortLives = await allowShortLives(kubectl, '15s')
    namespace = await kubectl.createNamespace('memory', injectLabel)
    const annotations = { ...wishFor('app', namespace.name), 'signet.dev/duration': '15s' }
    await kubectl.apply([sleepingPod(namespace.name, 'app', images.app, { annotations })])
    await kubectl.eventually(namespace.name, 'a renewal', 40_000, async () => {
      const log = await kubectl.logs(namespace.name, 'app', 'signet-renew')
      return log.includes('"msg":"certificate renewed"') ? true : undefined
    })
  })
  afterAll(async () => {
    watch.stop()
    await namespace[Symbol.asyncDispose]()
    await shortLives[Symbol.asyncDispose]()
  })

  it.for(['bootstrap', 'renew'] as const)('%s: within its limit', async (name, { annotate }) => {
    const peaks = watch.peaksOf(name)
    await annotate(inMiB(peaks))
    expect(peaks).not.toEqual([])
    expect(Math.max(...peaks)).toBeLessThanOrEqual(limits[name])
  })
})

const inMiB = (values: readonly number[]): string => `${values.map((value) => value.toFixed(1)).join(', ')} MiB`
