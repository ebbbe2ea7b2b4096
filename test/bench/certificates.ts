import type { KubeApi } from '../../src/adapters/kubernetes/client.ts'
import { startInformer } from '../../src/adapters/kubernetes/informer.ts'
import { certificates, type Certificate, type Named } from '../../src/core/resources/index.ts'
import { containerIdOf, hostProcessOf } from '../cluster/harness/faults.ts'
import { release } from '../cluster/harness/install.ts'
import type { Kubectl } from '../cluster/harness/kubectl.ts'
import { metric } from '../cluster/support/authority.ts'
import { recordedLog } from '../fakes/recorded-log.ts'
import type { Bench, Figure } from './bench.ts'
import { cpuSeconds, residentMiB } from './support/process-figures.ts'
import { installed } from './support/installed.ts'

const count = 300
const rounds = 3
/** Creations at a time: as many as a user's tool with several connections. */
const creators = 8
const system = release.namespace

/** cert-manager 1.18.2 with its client limits lifted, as measured on the machine that the targets were set on. */
const peer = { rate: 10, cpuMs: 30, residentMiB: 110 }

type Round = { readonly seconds: number; readonly cpuMs: number; readonly residentMiB: number }

/** Certificates from the first creation to the last Ready, on the real cluster, with the CPU of the leading operator. */
export const bench: Bench = {
  title: `${count} Certificates, EC P-256, from the first creation to the last Ready, median of ${rounds}; peer: cert-manager 1.18.2 (recorded)`,
  async run() {
    const { kubectl, openApi } = await installed()
    const api = await openApi()
    try {
      const measured: Round[] = []
      for (let round = 1; round <= rounds; round += 1) {
        await using namespace = await kubectl.createNamespace(`bench-${round}`)
        measured.push(await measure(kubectl, api, namespace.name))
        if (round === rounds) return figures(measured, await writesOfNextLeader(kubectl))
        // What is being deleted is written to, and would count in the next round.
        await kubectl(['delete', 'namespace', namespace.name])
      }
      return []
    } finally {
      api.close()
    }
  },
}

function figures(measured: readonly Round[], writes: number): Figure[] {
  const median = (pick: (round: Round) => number): number =>
    measured.map(pick).toSorted((left, right) => left - right)[Math.floor(measured.length / 2)] ?? Number.NaN
  const rate = median(({ seconds }) => count / seconds)
  const cpuMs = median((round) => round.cpuMs)
  return [
    { figure: 'rate', unit: '1/s', ours: rate, peer: peer.rate, target: { text: '≥ 30', met: rate >= 30 } },
    {
      figure: 'CPU of the leader, each',
      unit: 'ms',
      ours: cpuMs,
      peer: peer.cpuMs,
      target: { text: '≤ 12', met: cpuMs <= 12 },
    },
    { figure: 'resident after', unit: 'MiB', ours: median((round) => round.residentMiB), peer: peer.residentMiB },
    {
      figure: 'writes of the next leader',
      unit: '',
      ours: writes,
      peer: undefined,
      target: { text: '0', met: writes === 0 },
    },
  ]
}

async function measure(kubectl: Kubectl, api: KubeApi, namespace: string): Promise<Round> {
  const { pid } = await findLeader(kubectl)
  const started = performance.now()
  const cpuBefore = cpuSeconds(pid)
  await issueAll(api, namespace)
  const seconds = (performance.now() - started) / 1000
  return { seconds, cpuMs: ((cpuSeconds(pid) - cpuBefore) * 1000) / count, residentMiB: residentMiB(pid) }
}

/** The load: all Certificates, from the first creation to the last Ready. */
export async function issueAll(api: KubeApi, namespace: string): Promise<void> {
  const allReady = untilReady(api, namespace)
  await createAll(api, namespace)
  await allReady
}

/** Several creators, each taking the next Certificate when its last one is there. */
async function createAll(api: KubeApi, namespace: string): Promise<void> {
  const names = Array.from({ length: count }, (_, index) => `bench-${index}`)
  const create = async (): Promise<void> => {
    for (let name = names.pop(); name !== undefined; name = names.pop()) {
      const spec = { secretName: name, dnsNames: [`${name}.${namespace}.svc`] }
      await api.create<object>(certificates, { metadata: { name, namespace }, spec } as Named<object>)
    }
  }
  await Promise.all(Array.from({ length: creators }, create))
}

/** Resolves when all are Ready, as a watch tells it. */
function untilReady(api: KubeApi, namespace: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const ready = new Set<string>()
  const informer = startInformer<Certificate>({ api, kind: certificates, log: recordedLog(), namespaces: [namespace] })
  informer.onChange(({ current }) => {
    const isReady = current?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True')
    if (current === undefined || isReady !== true) return
    ready.add(current.metadata.name)
    if (ready.size < count) return
    informer.stop()
    resolve()
  })
  return promise
}

type Lease = { spec: { holderIdentity?: string } }
type Pod = { status: { containerStatuses: { containerID: string }[] } }

async function findLeader(kubectl: Kubectl, before?: string): Promise<{ name: string; pid: number }> {
  const name = await kubectl.eventually(system, 'a leader', 60_000, async () => {
    const { spec } = await kubectl.get<Lease>('lease', 'signet-operator', '-n', system)
    return spec.holderIdentity === '' || spec.holderIdentity === before ? undefined : spec.holderIdentity
  })
  const { status } = await kubectl.get<Pod>('pod', name, '-n', system)
  return { name, pid: await hostProcessOf(containerIdOf(status.containerStatuses[0]?.containerID ?? '')) }
}

/** Ends the leader: the next one looks at everything anew. Resolves to how much it then wrote by apply. */
async function writesOfNextLeader(kubectl: Kubectl): Promise<number> {
  const { name: before } = await findLeader(kubectl)
  await kubectl(['delete', 'pod', before, '-n', system])
  const { name } = await findLeader(kubectl, before)
  await kubectl.eventually(system, 'every Certificate looked at', 60_000, async () => {
    const labels = ['controller="certificate"', 'result="success"']
    return (await metric(kubectl, name, 'signet_reconcile_total', labels)) >= count ? true : undefined
  })
  return metric(kubectl, name, 'signet_kubernetes_requests_total', ['method="PATCH"'])
}
