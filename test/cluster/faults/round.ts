import { release } from '../harness/install.ts'
import type { Kubectl } from '../harness/kubectl.ts'
import { withLock } from '../harness/lock.ts'
import { authorityAccess } from '../support/authority.ts'
import { certificatesWithTimeLeft, expiredOf } from './certificates.ts'
import { isReady, podsOf, restartsOf, type PodState } from './pods.ts'
import type { Fault } from './table.ts'
import type { World } from './world.ts'

/** After the fault is over, everything has this long to be well again, without a hand. */
const recoveryMs = 60_000

/** How a round ended. */
export type Outcome = {
  /** Milliseconds from the end of the fault until everything was well. */
  readonly recoveredInMs: number
  /** Certificates that expired meanwhile although they had five minutes left or more. */
  readonly expired: readonly string[]
  /** Injected containers that were restarted more than twice. */
  readonly restarted: readonly string[]
}

export const unharmed: Omit<Outcome, 'recoveredInMs'> = { expired: [], restarted: [] }

/**
 * One round: work is under way, the fault strikes, and everything that there is becomes Ready by itself in time, or this
 * fails. Returns how long that took and what came to harm. No installation comes in between.
 */
export function suffer(fault: Fault, kubectl: Kubectl, image: string): Promise<Outcome> {
  return withLock('install', async () => {
    await using cleanup = new AsyncDisposableStack()
    await untilFresh(kubectl)
    const namespace = await kubectl.createNamespace('faults', { 'signet.dev/inject': 'enabled' })
    cleanup.defer(async () => void (await kubectl(['delete', 'namespace', namespace.name, '--wait'])))
    const authority = await authorityAccess(kubectl)
    const world: World = { kubectl, authority, namespace: namespace.name, image, cleanup }
    const load = await fault.load(world)
    const withTimeLeft = await certificatesWithTimeLeft(kubectl, Date.now())
    const strike = await fault.aim(world)
    await load.start()
    await kubectl.eventually(
      world.namespace,
      `${load.enough} of ${load.all} to be done`,
      recoveryMs,
      async () => ((await load.done()) >= load.enough ? true : undefined),
      20,
    )
    const aftermath = await strike()
    const over = performance.now()
    if ((await load.done()) >= load.all) throw new Error('everything was done before the fault: it hit nothing')
    await Promise.all([load.settled(recoveryMs), untilInstallationReady(kubectl)])
    const recoveredInMs = performance.now() - over
    if (aftermath !== undefined) await aftermath()
    const restarted = (await podsOf(world))
      .flatMap(restartsOf)
      .filter(({ name, count }) => name.includes('/signet-') && count > 2)
      .map(({ name }) => name)
    return { recoveredInMs, expired: await expiredOf(kubectl, withTimeLeft, Date.now()), restarted }
  })
}

export async function installationPods(kubectl: Kubectl): Promise<PodState[]> {
  return (await kubectl.get<{ items: PodState[] }>('pods', '-n', release.namespace)).items
}

/** Resolves when every pod of the installation is Ready and there is no other. */
export async function untilInstallationReady(kubectl: Kubectl): Promise<void> {
  await kubectl.eventually(release.namespace, 'the installation to be Ready', recoveryMs, async () => {
    const pods = await installationPods(kubectl)
    // One authority and two replicas each of operator and webhook; what ends still counts as a pod.
    return pods.length === 5 && pods.every(isReady) ? true : undefined
  })
}

/**
 * The kubelet waits the longer before it starts a container again the more often it was killed. Each round is about one
 * fault, so what an earlier one has killed is replaced by a new pod.
 */
async function untilFresh(kubectl: Kubectl): Promise<void> {
  await untilInstallationReady(kubectl)
  const worn = (await installationPods(kubectl)).filter((pod) => restartsOf(pod).length > 0)
  if (worn.length === 0) return
  const names = worn.map(({ metadata }) => metadata.name)
  await kubectl(['delete', 'pod', '-n', release.namespace, ...names, '--wait'])
  await untilInstallationReady(kubectl)
}
