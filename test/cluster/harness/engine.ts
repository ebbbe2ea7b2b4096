import { rm } from 'node:fs/promises'
import { createKindCluster, deleteKindCluster, dockerAnswers, kindClusterExists, loadIntoKind } from './kind.ts'
import { bootCluster, destroyCluster, hasImage, importImage, ownClusterState } from './local-cluster.ts'
import { withLock } from './lock.ts'
import { findNamespace } from './namespace.ts'
import { step } from './progress.ts'
import { run, tryRun } from './run.ts'
import { kubeconfigPath, stateDirectory } from './settings.ts'
import { ensureTool } from './tools.ts'

/** Where the cluster comes from: the caller, kind, or this harness, which builds and boots Kubernetes itself. */
export type EngineName = 'given' | 'kind' | 'own'

/** A cluster that runs. */
export type Cluster = { engine: EngineName; kubeconfig: string }

export type ClusterStatus = Cluster & { state: 'ready' | 'absent' | 'broken'; detail: string }

/** The kubeconfig that the caller gives, and the command that loads an image archive into that cluster. */
const given = {
  kubeconfig: process.env['SIGNET_TEST_KUBECONFIG'] ?? '',
  loadImage: process.env['SIGNET_TEST_LOAD_IMAGE'] ?? '',
}

/** Chooses where the cluster comes from. One of ours that already runs is kept, even if a Docker engine has come up since. */
export function chooseEngine(facts: { kubeconfig: string; ownRuns: boolean; dockerAnswers: boolean }): EngineName {
  if (facts.kubeconfig !== '') return 'given'
  return facts.dockerAnswers && !facts.ownRuns ? 'kind' : 'own'
}

async function currentEngine(): Promise<EngineName> {
  const ownRuns = process.platform === 'linux' && (await findNamespace()) !== undefined
  return chooseEngine({ kubeconfig: given.kubeconfig, ownRuns, dockerAnswers: await dockerAnswers() })
}

/** Says what there is, and changes nothing. */
export async function clusterStatus(): Promise<ClusterStatus> {
  const engine = await currentEngine()
  const cluster = { engine, kubeconfig: engine === 'given' ? given.kubeconfig : kubeconfigPath }
  const fault = await whyNotReady(engine)
  if (fault !== undefined) return { ...cluster, ...fault }
  const ready = ['--kubeconfig', cluster.kubeconfig, 'get', '--raw', '/readyz']
  const answer = await tryRun(await ensureTool('kubectl'), ready, { timeoutMs: 10_000 })
  if (answer.status !== 0) return { ...cluster, state: 'broken', detail: answer.stderr.trim() }
  return { ...cluster, state: 'ready', detail: 'the API server says ready' }
}

async function whyNotReady(engine: EngineName): Promise<Pick<ClusterStatus, 'state' | 'detail'> | undefined> {
  if (engine === 'given') return undefined
  const nothing = { state: 'absent', detail: 'start it with "npm run cluster:up"' } as const
  if (engine === 'kind') return (await kindClusterExists()) ? undefined : nothing
  const own = await ownClusterState()
  if (own.state === 'absent') return nothing
  return own.state === 'broken' ? { state: 'broken', detail: own.why } : undefined
}

/** Has a cluster that works: keeps the one that is there, starts one otherwise; returns how to reach it. */
export async function ensureCluster(): Promise<Cluster> {
  return withLock('cluster', async () => {
    const status = await clusterStatus()
    const cluster = { engine: status.engine, kubeconfig: status.kubeconfig }
    if (status.state === 'ready') return cluster
    if (status.engine === 'given') throw new Error(`SIGNET_TEST_KUBECONFIG leads to no cluster: ${status.detail}`)
    if (status.engine === 'own') await bootCluster()
    else {
      if (status.state === 'broken') await deleteKindCluster()
      await step('start kind', createKindCluster)
    }
    return cluster
  })
}

/** Removes whatever {@link ensureCluster} started, however far it came. A cluster that was given stays. */
export async function removeCluster(): Promise<void> {
  await withLock('cluster', async () => {
    if ((await dockerAnswers()) && (await kindClusterExists())) await step('remove the kind cluster', deleteKindCluster)
    // Needs root, as starting it did; on another system, or for another user, there can be none.
    if (process.platform === 'linux' && process.getuid?.() === 0) await step('remove our own cluster', destroyCluster)
    else await rm(stateDirectory, { recursive: true, force: true })
  })
}

/** Has an image in the cluster: loads it from its archive where it is not there. */
export async function loadImage(cluster: Cluster, name: string, archive: string): Promise<void> {
  if (cluster.engine === 'own') {
    if (!(await hasImage(name))) await step(`load ${name}`, () => importImage(archive))
    return
  }
  if (cluster.engine === 'kind') return loadIntoKind(archive)
  if (given.loadImage === '') {
    throw new Error(
      'SIGNET_TEST_LOAD_IMAGE is not set: give the command that loads an image archive into the cluster of ' +
        'SIGNET_TEST_KUBECONFIG, such as "kind load image-archive" or "minikube image load"',
    )
  }
  await run('sh', ['-c', `${given.loadImage} "$1"`, 'load', archive])
}
