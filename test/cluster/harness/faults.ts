import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { componentCommands } from './components.ts'
import type { ComponentName } from './components.ts'
import { ensureKubernetes } from './kubernetes-build.ts'
import { ctr, requireNamespace, untilApiReady } from './local-cluster.ts'
import { startInside, stopInside } from './namespace.ts'

// Faults of the machine below the pods. They need the cluster that this harness boots itself: in kind or a cluster that
// was given, requireNamespace() throws.

/** Ends a part of Kubernetes and waits until it is gone. `KILL` is a crash, `TERM` an orderly stop. */
export async function stopComponent(name: ComponentName, signal: 'TERM' | 'KILL' = 'TERM'): Promise<void> {
  await stopInside(await requireNamespace(), name, signal)
}

/** Starts a part of Kubernetes that was stopped; for the API server, returns when it is ready. */
export async function startComponent(name: ComponentName): Promise<void> {
  const binaries = await ensureKubernetes()
  await startInside(await requireNamespace(), name, componentCommands(binaries)[name])
  if (name === 'kube-apiserver') await untilApiReady(binaries)
}

/** Restarts a part of Kubernetes. */
export async function restartComponent(name: ComponentName, signal: 'TERM' | 'KILL' = 'TERM'): Promise<void> {
  await stopComponent(name, signal)
  await startComponent(name)
}

/** The runtime's id of a container, from a pod's `containerStatuses[].containerID`. */
export function containerIdOf(statusId: string): string {
  const match = /^containerd:\/\/([0-9a-f]{64})$/.exec(statusId)
  if (match?.[1] === undefined) throw new Error(`not a container id of containerd: ${JSON.stringify(statusId)}`)
  return match[1]
}

/** Ends the first process of a container from outside: no handler of its own runs with KILL. */
export async function killContainer(containerId: string, signal: 'TERM' | 'KILL' = 'KILL'): Promise<void> {
  await ctr(['tasks', 'kill', '--signal', `SIG${signal}`, containerId])
}

/** Freezes all processes of a container, as a suspended machine would; `resumeContainer` lets them go on. */
export async function pauseContainer(containerId: string): Promise<void> {
  await ctr(['tasks', 'pause', containerId])
}

export async function resumeContainer(containerId: string): Promise<void> {
  await ctr(['tasks', 'resume', containerId])
}

/**
 * Process id, on the host, of a container's first process: for /proc and strace. The runtime knows it only as it is
 * seen in the cluster's own PID namespace.
 */
export async function hostProcessOf(containerId: string): Promise<number> {
  const line = (await ctr(['tasks', 'ls'])).split('\n').find((text) => text.startsWith(containerId))
  const inside = line?.split(/\s+/)[1]
  if (inside === undefined) throw new Error(`no process runs in container ${containerId}`)
  const found = await findProcess(await requireNamespace(), inside)
  if (found === undefined) throw new Error(`the process ${inside} of container ${containerId} has ended`)
  return found
}

async function findProcess(first: number, inside: string): Promise<number | undefined> {
  const namespace = await pidNamespaces(first)
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    const ids = await pidNamespaces(Number(entry))
    // Of the container's ids the second is the one in the cluster's namespace, the first the host's.
    if (ids.length >= 2 && ids[1] === inside && namespace.length === 2) return Number(entry)
  }
  return undefined
}

/** A process's ids in the PID namespaces from this one down to its own. */
async function pidNamespaces(pid: number): Promise<string[]> {
  const status = await readFile(join('/proc', String(pid), 'status'), 'utf8').catch(() => '')
  return /^NSpid:\t(.*)$/m.exec(status)?.[1]?.split('\t') ?? []
}
