import { setTimeout as delay } from 'node:timers/promises'
import { containerIdOf, hostProcessOf } from '../cluster/harness/faults.ts'
import type { Kubectl } from '../cluster/harness/kubectl.ts'
import { authorityAccess } from '../cluster/support/authority.ts'
import { injectLabel, wishFor, type Pod } from '../cluster/support/injected.ts'
import { sleepingPod } from '../cluster/support/pods.ts'
import { allowShortLives } from '../cluster/support/provisioner.ts'
import type { Bench, Figure } from './bench.ts'
import { prepareAutocertStyle } from './support/autocert-style.ts'
import { memoryCgroupOf, type MemoryCgroup } from './support/memory-cgroup.ts'
import { installed } from './support/installed.ts'

const limitMiB = 1
const life = '1m'
const samples = 10
const sampleEveryMs = 500
/** The shell and its `sleep`. */
const idleProcesses = 2

type Measured = { readonly beforeMiB: number; readonly peakMiB: number; readonly afterMiB: number }

/** What the renewing container of an injected pod costs: asleep, at a renewal, and asleep again. */
export const bench: Bench = {
  title: `memory charged to the control group of the renewing container, mean of ${samples} samples, a certificate of ${life}; peer: step 0.30.2 as a daemon`,
  async run() {
    const {
      cluster,
      images: { app },
      kubectl,
    } = await installed()
    await using _lives = await allowShortLives(kubectl, life)
    await using namespace = await kubectl.createNamespace('bench-renewer', injectLabel)
    const place = namespace.name
    const autocert = await prepareAutocertStyle(cluster, kubectl, await authorityAccess(kubectl), place)
    try {
      const annotations = { ...wishFor('ours', place), 'signet.dev/duration': life }
      const { containers, ...parts } = autocert.podParts(`peer.${place}.svc`)
      const peer = sleepingPod(place, 'peer', app.name)
      const spec = peer['spec'] as { containers: object[] }
      await kubectl.apply([
        sleepingPod(place, 'ours', app.name, { annotations }),
        { ...peer, spec: { ...spec, ...parts, containers: [...spec.containers, ...containers] } },
      ])
      const ours = await measure(kubectl, place, await cgroupOf(kubectl, place, 'ours', 'signet-renew'))
      return figures(ours, await meanMiB(await cgroupOf(kubectl, place, 'peer', 'autocert-renewer')))
    } finally {
      await autocert.remove()
    }
  },
}

function figures({ beforeMiB, peakMiB, afterMiB }: Measured, peer: number): Figure[] {
  const idle = (figure: string, ours: number): Figure => {
    return { figure, unit: 'MiB', ours, peer, target: { text: `≤ ${limitMiB}`, met: ours <= limitMiB } }
  }
  return [
    idle('idle before the first renewal', beforeMiB),
    idle('idle after a renewal', afterMiB),
    { figure: 'peak during the renewal', unit: 'MiB', ours: peakMiB, peer: undefined },
  ]
}

async function cgroupOf(kubectl: Kubectl, place: string, pod: string, container: string): Promise<MemoryCgroup> {
  await kubectl.waitFor(place, `pod/${pod}`, 'condition=Ready')
  const { status } = await kubectl.get<Pod>('pod', pod, '-n', place)
  const all = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]
  const id = containerIdOf(all.find(({ name }) => name === container)?.containerID ?? '')
  return memoryCgroupOf(await hostProcessOf(id))
}

/** From a sleep before any renewal through one to the sleep after it. */
async function measure(kubectl: Kubectl, place: string, cgroup: MemoryCgroup): Promise<Measured> {
  const beforeMiB = await meanMiB(cgroup)
  await kubectl.eventually(place, 'a renewal', 90_000, async () => {
    const log = await kubectl.logs(place, 'ours', 'signet-renew')
    return log.includes('"msg":"certificate renewed"') && cgroup.processes() === idleProcesses ? true : undefined
  })
  return { beforeMiB, peakMiB: cgroup.peakMiB(), afterMiB: await meanMiB(cgroup) }
}

async function meanMiB(cgroup: MemoryCgroup): Promise<number> {
  let sum = 0
  for (let taken = 0; taken < samples; taken += 1) {
    sum += cgroup.chargedMiB()
    await delay(sampleEveryMs)
  }
  return sum / samples
}
