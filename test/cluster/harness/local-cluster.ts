import { mkdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { applyAddons } from './addons.ts'
import { createCgroups, removeCgroups } from './cgroups.ts'
import { componentCommands, configurationFiles, containerdSocket } from './components.ts'
import type { ComponentName } from './components.ts'
import { ensureCoreDnsImage } from './coredns.ts'
import { ensureKubernetes } from './kubernetes-build.ts'
import { rememberHostSettings, restoreHostSettings } from './host-settings.ts'
import {
  createNamespace,
  destroyNamespace,
  findNamespace,
  isRunningInside,
  runInside,
  startInside,
} from './namespace.ts'
import { clusterNeeds, ensurePackages } from './packages.ts'
import { buildPause, pause } from './pause.ts'
import { createPki, kubeconfigOf, kubeconfigUsers } from './pki.ts'
import { step } from './progress.ts'
import { run, tryRun } from './run.ts'
import { kubeconfigPath, nodeName, stateDirectory } from './settings.ts'
import { until } from './wait.ts'

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

/** There once the boot has come to its end: without it a start was cut short, whatever runs. */
const bootedFile = join(stateDirectory, 'booted')

/** Builds what is missing and boots Kubernetes in namespaces of its own; returns when node and DNS are ready. */
export async function bootCluster(): Promise<void> {
  if (process.getuid?.() !== 0) throw new Error('booting Kubernetes needs root: run this as root, or start Docker')
  await ensurePackages(clusterNeeds)
  const binaries = await ensureKubernetes()
  if (!(await exists(pause.program))) await buildPause()
  const dns = await ensureCoreDnsImage()
  await destroyCluster()
  const first = await step('make namespaces, certificates and configuration', async () => {
    await prepareState()
    await rememberHostSettings()
    await createCgroups()
    return createNamespace()
  })
  const commands = componentCommands(binaries)
  const start = (name: ComponentName): Promise<void> => startInside(first, name, commands[name])
  await step('start etcd, containerd and kube-apiserver', async () => {
    for (const name of ['etcd', 'containerd', 'kube-apiserver'] as const) await start(name)
    await until('containerd', 30_000, async () => (await ctr(['version'])) || true)
    for (const archive of [pause.archive, dns.archive]) await importImage(archive)
    await untilApiReady(binaries)
  })
  await step('start controllers, scheduler, kubelet and kube-proxy', async () => {
    const rest = ['kube-controller-manager', 'kube-scheduler', 'kubelet', 'kube-proxy', 'volume-provisioner'] as const
    for (const name of rest) await start(name)
    await until(`node ${nodeName}`, 120_000, async () => ((await nodeIsReady(binaries)) ? true : undefined))
  })
  await step('start DNS and storage', () => applyAddons(join(binaries, 'kubectl'), dns.image))
  await writeFile(bootedFile, '')
}

async function prepareState(): Promise<void> {
  for (const directory of ['pki', 'cni', 'kubelet', 'volumes', 'log/pods']) {
    await mkdir(join(stateDirectory, directory), { recursive: true })
  }
  await createPki(join(stateDirectory, 'pki'))
  for (const user of kubeconfigUsers) {
    const text = await kubeconfigOf(user, join(stateDirectory, 'pki'))
    await writeFile(join(stateDirectory, `${user}.conf`), text, { mode: 0o600 })
  }
  for (const [name, text] of Object.entries(configurationFiles)) {
    await mkdir(dirname(join(stateDirectory, name)), { recursive: true })
    await writeFile(join(stateDirectory, name), text)
  }
  await symlink(pause.program, join(stateDirectory, 'pause'))
}

/** Asks the API server whether it is ready, until it says so or two minutes have gone. */
export async function untilApiReady(binaries: string): Promise<void> {
  await until('kube-apiserver to be ready', 120_000, () =>
    run(join(binaries, 'kubectl'), ['--kubeconfig', kubeconfigPath, 'get', '--raw', '/readyz'], { timeoutMs: 5000 }),
  )
}

async function nodeIsReady(binaries: string): Promise<boolean> {
  const path = '-o=jsonpath={.status.conditions[?(@.type=="Ready")].status}'
  const args = ['--kubeconfig', kubeconfigPath, 'get', 'node', nodeName, path]
  const result = await tryRun(join(binaries, 'kubectl'), args, { timeoutMs: 5000 })
  return result.status === 0 && result.stdout === 'True'
}

/** Runs containerd's client in the namespace of the kubelet's containers. */
export async function ctr(args: readonly string[]): Promise<string> {
  const first = await requireNamespace()
  return runInside(first, 'ctr', ['-a', containerdSocket, '-n', 'k8s.io', ...args])
}

/** Loads an OCI image archive into the cluster's runtime. */
export async function importImage(archive: string): Promise<void> {
  await ctr(['images', 'import', archive])
}

/** Says whether the cluster's runtime has an image of this name and tag. */
export async function hasImage(name: string): Promise<boolean> {
  return (await ctr(['images', 'ls', '--quiet'])).split('\n').includes(name)
}

/** Host process id of the namespaces' first process. Throws where no cluster of this harness runs. */
export async function requireNamespace(): Promise<number> {
  const first = await findNamespace()
  if (first === undefined)
    throw new Error(
      'this needs a cluster that "npm run cluster:up" boots itself, and none runs here: kind or a cluster that was given will not do',
    )
  return first
}

export type OwnState = { state: 'absent' | 'running' } | { state: 'broken'; why: string }

/** Says what is there of the cluster, without asking its API server. */
export async function ownClusterState(): Promise<OwnState> {
  const first = await findNamespace()
  if (first === undefined) return { state: 'absent' }
  if (!(await exists(bootedFile))) return { state: 'broken', why: 'its start was cut short' }
  const stopped: string[] = []
  for (const name of Object.keys(componentCommands(''))) if (!(await isRunningInside(first, name))) stopped.push(name)
  return stopped.length === 0 ? { state: 'running' } : { state: 'broken', why: `not running: ${stopped.join(', ')}` }
}

/** Ends whatever {@link bootCluster} started, however far it came, and removes its state. The cache stays. */
export async function destroyCluster(): Promise<void> {
  await destroyNamespace()
  await removeCgroups()
  await restoreHostSettings()
  if (!(await exists(stateDirectory))) return
  // Under another name first: a state directory that is half removed would look like a half-made cluster.
  const doomed = `${stateDirectory}.removed`
  await rm(doomed, { recursive: true, force: true })
  await rename(stateDirectory, doomed)
  await rm(doomed, { recursive: true, force: true })
}
