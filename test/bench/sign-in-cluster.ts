import { containerIdOf, hostProcessOf } from '../cluster/harness/faults.ts'
import { release } from '../cluster/harness/install.ts'
import type { Kubectl } from '../cluster/harness/kubectl.ts'
import { authorityAccess } from '../cluster/support/authority.ts'
import { injectLabel, wishFor, type Pod } from '../cluster/support/injected.ts'
import { sleepingPod } from '../cluster/support/pods.ts'
import type { Bench, Figure } from './bench.ts'
import type { PodLoadTask } from './support/pod-sign-load.ts'
import { installed } from './support/installed.ts'
import { measureLoad, nothingYet, type Measured as MeasuredLoad } from './support/measured-server.ts'
import { percentile } from './support/percentile.ts'
import { residentMiB } from './support/process-figures.ts'
import { runLoad } from './support/run-load.ts'

const connections = 32
const count = 20_000
/** Sent before the measured ones, as in the bench without a cluster. */
const warmUp = 2000
/** So many that each asks only 110 times: the record of a pod's uses stays short, as it is in use. */
const podCount = 200
const usesPerPodPerMinute = (count + warmUp) / podCount
const limitMiB = 120
const limitCpuMs = 2
const leastRate = 100
const provisioner = 'sign-bench'

type Measured = MeasuredLoad & { readonly idleMiB: number; readonly loadedMiB: number }

/**
 * /sign as pods use it. No figure of a peer stands beside: step-ca's K8sSA verifies the old unbound tokens by a public
 * key and asks no API server, which is another kind of work.
 */
export const bench: Bench = {
  title: `${count} × POST /sign in the cluster, each with a new token bound to one of ${podCount} pods, verified by TokenReview, EC P-256, ${connections} kept connections; no comparable peer`,
  async run() {
    const {
      cluster,
      images: { app },
      kubectl,
    } = await installed()
    await using namespace = await kubectl.createNamespace('bench-sign', injectLabel)
    try {
      const audience = await createProvisioner(kubectl)
      await kubectl.apply(
        Array.from({ length: podCount }, (_, index) => asker(namespace.name, `pod-${index}`, app.name)),
      )
      const pid = await freshAuthority(kubectl)
      const { address, name, roots } = await authorityAccess(kubectl)
      const target = { url: `https://${name}`, address, root: roots, connections }
      const task = { ...target, kubeconfig: cluster.kubeconfig, namespace: namespace.name, audience, count }
      return figures(await load(pid, task))
    } finally {
      await kubectl(['delete', 'provisioners.signet.dev', provisioner, '--ignore-not-found'])
    }
  },
}

function figures({ cpuSeconds, seconds, latencies, idleMiB, loadedMiB, failed }: Measured): Figure[] {
  const row = (figure: string, unit: string, ours: number): Figure => ({ figure, unit, ours, peer: undefined })
  const rate = count / seconds
  const cpuMs = (cpuSeconds * 1000) / count
  return [
    {
      ...row('CPU of the authority per certificate', 'ms', cpuMs),
      target: { text: `≤ ${limitCpuMs}`, met: cpuMs <= limitCpuMs },
    },
    { ...row('rate', '1/s', rate), target: { text: `≥ ${leastRate}`, met: rate >= leastRate } },
    row('p50', 'ms', percentile(latencies, 0.5)),
    row('p99', 'ms', percentile(latencies, 0.99)),
    row('resident after start', 'MiB', idleMiB),
    {
      ...row('resident after the load', 'MiB', loadedMiB),
      target: { text: `≤ ${limitMiB}`, met: loadedMiB <= limitMiB },
    },
    { ...row('failed', '', failed), target: { text: '0', met: failed === 0 } },
  ]
}

/** A Provisioner like the default one but for its limit; resolves to its audience when the authority serves it. */
async function createProvisioner(kubectl: Kubectl): Promise<string> {
  const spec = { type: 'K8sSA', k8sSA: { usesPerPodPerMinute } }
  await kubectl.apply([{ apiVersion: 'signet.dev/v1', kind: 'Provisioner', metadata: { name: provisioner }, spec }])
  const resource = `provisioners.signet.dev/${provisioner}`
  await kubectl.waitFor('default', resource, 'condition=Ready', 30_000)
  return (await kubectl.get<{ status: { audience: string } }>(resource)).status.audience
}

/** A pod that is admitted, injected and exists, but never runs: only its identity is needed, not the CPU of its start. */
function asker(namespace: string, name: string, image: string): object {
  const pod = sleepingPod(namespace, name, image, { annotations: wishFor(name, namespace) })
  return { ...pod, spec: { ...(pod['spec'] as object), schedulingGates: [{ name: 'signet.dev/never' }] } }
}

/** Replaces the authority's pod, so that nothing before the bench counts. Resolves to its process. */
async function freshAuthority(kubectl: Kubectl): Promise<number> {
  const pod = ['pod', 'signet-0', '-n', release.namespace] as const
  await kubectl(['delete', ...pod, '--wait'])
  await kubectl.waitFor(release.namespace, 'pod/signet-0', 'create')
  await kubectl.waitFor(release.namespace, 'pod/signet-0', 'condition=Ready')
  const { status } = await kubectl.get<Pod>(...pod)
  return hostProcessOf(containerIdOf(status.containerStatuses?.[0]?.containerID ?? ''))
}

async function load(pid: number, task: PodLoadTask): Promise<Measured> {
  const idleMiB = residentMiB(pid)
  await runLoad('pod-sign-load.ts', { ...task, count: warmUp }, () => undefined)
  const result = await measureLoad(pid, 'pod-sign-load.ts', task, nothingYet)
  return { ...result, idleMiB, loadedMiB: residentMiB(pid) }
}
