import { connect } from 'node:net'
import { expect } from 'vitest'
import { containerIdOf, killContainer, restartComponent } from '../harness/faults.ts'
import { release } from '../harness/install.ts'
import type { Kubectl, KubeObject } from '../harness/kubectl.ts'
import { until } from '../harness/wait.ts'
import { grow } from './pods.ts'
import type { World } from './world.ts'

/** What must hold, besides, once everything has recovered. */
export type Aftermath = () => Promise<void>

/** Does the damage; resolves when it is over. Nothing it does helps the recovery. */
export type Strike = () => Promise<Aftermath | void>

/** Finds the targets while there is time, so that the strike itself takes no longer than it must. */
export type Aim = (world: World) => Promise<Strike>

type Pod = KubeObject & { status: { containerStatuses: { containerID: string }[] } }
type Pods = { items: Pod[] }

const system = release.namespace

const idsOf = (pods: readonly Pod[]): string[] =>
  pods.flatMap(({ status }) => status.containerStatuses.map(({ containerID }) => containerIdOf(containerID)))

async function kill(ids: readonly string[]): Promise<void> {
  await Promise.all(ids.map((id) => killContainer(id)))
}

export const killAuthority: Aim = async ({ kubectl }) => {
  const ids = idsOf([await kubectl.get<Pod>('pod', 'signet-0', '-n', system)])
  return () => kill(ids)
}

/** The authority's pod is gone and finds no node; a kubelet's back-off is no part of it. */
export const takeAuthorityAwayFor =
  (milliseconds: number): Aim =>
  async ({ kubectl, cleanup }) => {
    const node = (await kubectl(['get', 'pod', 'signet-0', '-n', system, '-o', 'jsonpath={.spec.nodeName}'])).trim()
    const uncordon = async (): Promise<void> => void (await kubectl(['uncordon', node]))
    return async () => {
      cleanup.defer(uncordon)
      await kubectl(['cordon', node])
      await kubectl(['delete', 'pod', 'signet-0', '-n', system, '--grace-period=1', '--wait'])
      const end = performance.now() + milliseconds
      const isOver = (): true | undefined => (performance.now() >= end ? true : undefined)
      await until('the end of the outage', milliseconds + 10_000, isOver, 500)
      const phase = await kubectl(['get', 'pod', 'signet-0', '-n', system, '-o', 'jsonpath={.status.phase}'])
      expect(phase).toBe('Pending')
      await uncordon()
    }
  }

/** The longest seen is 70 s: kube-proxy has to notice first that the endpoint of the API server is back. */
const serviceBackMs = 120_000

/** It is over when pods reach the API server again, under its Service. */
export const restartApiServer =
  (signal: 'TERM' | 'KILL'): Aim =>
  async ({ kubectl }) => {
    const path = 'jsonpath={.spec.clusterIP}'
    const host = (await kubectl(['get', 'service', 'kubernetes', '-n', 'default', '-o', path])).trim()
    return async () => {
      await restartComponent('kube-apiserver', signal)
      await until('the API server to be back under its Service', serviceBackMs, () => accepts(host, 443), 100)
    }
  }

/** true once a connection is accepted there. */
function accepts(host: string, port: number): Promise<true | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1000 })
    const end = (found: true | undefined) => () => {
      socket.destroy()
      resolve(found)
    }
    socket.once('connect', end(true)).once('error', end(undefined)).once('timeout', end(undefined))
  })
}

async function leaderOf(kubectl: Kubectl): Promise<string> {
  const path = 'jsonpath={.spec.holderIdentity}'
  return (await kubectl(['get', 'lease', 'signet-operator', '-n', system, '-o', path])).trim()
}

/** The process dies; the kubelet starts it again in the same pod. */
export const killLeader: Aim = async ({ kubectl }) => {
  const ids = idsOf([await kubectl.get<Pod>('pod', await leaderOf(kubectl), '-n', system)])
  return () => kill(ids)
}

/** The process dies and its pod is gone, as with a node: another replica has to take over. */
export const loseLeader: Aim = async ({ kubectl }) => {
  const leader = await leaderOf(kubectl)
  const ids = idsOf([await kubectl.get<Pod>('pod', leader, '-n', system)])
  return async () => {
    await kill(ids)
    await kubectl(['delete', 'pod', leader, '-n', system, '--force', '--grace-period=0', '--wait=false'])
    return async () => expect(await leaderOf(kubectl)).not.toBe(leader)
  }
}

type Configuration = { webhooks: { clientConfig: { caBundle: string } }[] }

const caBundlesOf = async (kubectl: Kubectl): Promise<string[]> =>
  (await kubectl.get<Configuration>('mutatingwebhookconfiguration', release.name)).webhooks.map(
    ({ clientConfig }) => clientConfig.caBundle,
  )

/**
 * The API server is told to trust garbage, and every webhook process dies with the serving certificate that it holds in
 * memory. Then somebody wants more pods.
 */
export const breakWebhook =
  (replicas: number): Aim =>
  async (world) => {
    const { kubectl } = world
    const before = await caBundlesOf(kubectl)
    const value = Buffer.from('no certificate at all').toString('base64')
    const patch = before.map((_, index) => ({ op: 'replace', path: `/webhooks/${index}/clientConfig/caBundle`, value }))
    const command = ['patch', 'mutatingwebhookconfiguration', release.name, '--type=json', '-p', JSON.stringify(patch)]
    const selector = ['-l', 'app.kubernetes.io/component=webhook']
    const ids = idsOf((await kubectl.get<Pods>('pods', '-n', system, ...selector)).items)
    return async () => {
      await kubectl(command)
      await kill(ids)
      await grow(world, replicas)
      return async () => expect(await caBundlesOf(kubectl)).toEqual(before)
    }
  }
