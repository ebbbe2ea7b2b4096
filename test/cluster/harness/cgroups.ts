import { mkdir, readFile, readdir, rmdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { until } from './wait.ts'

const mountPoint = '/sys/fs/cgroup'

/** The group below which the kubelet keeps all pods (its `cgroupRoot`): so that the end of the cluster can remove it. */
export const cgroupName = 'signet-cluster'

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

/** Roots of the hierarchies of this machine: one with cgroup v2, one for each controller with v1. */
async function hierarchies(): Promise<string[]> {
  if (await exists(join(mountPoint, 'cgroup.controllers'))) return [mountPoint]
  const found: string[] = []
  for (const name of await readdir(mountPoint)) {
    if (await exists(join(mountPoint, name, 'cgroup.procs'))) found.push(join(mountPoint, name))
  }
  return found
}

/** Makes the cluster's group in every hierarchy. */
export async function createCgroups(): Promise<void> {
  for (const root of await hierarchies()) {
    const group = join(root, cgroupName)
    await mkdir(group, { recursive: true })
    if (await exists(join(group, 'cpuset.cpus'))) await inheritCpuset(root, group)
    if (root === mountPoint) await passControllers(root, group)
  }
}

/** In cgroup v1 a new cpuset is empty, and nothing can run in it. */
async function inheritCpuset(root: string, group: string): Promise<void> {
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    if (await exists(join(group, file))) await writeFile(join(group, file), await readFile(join(root, file)))
  }
}

/** In cgroup v2 a group has the controllers that its parent passes on. */
async function passControllers(root: string, group: string): Promise<void> {
  const available = await readFile(join(root, 'cgroup.controllers'), 'utf8')
  for (const controller of available.trim().split(' ').filter(Boolean)) {
    for (const directory of [root, group]) await writeFile(join(directory, 'cgroup.subtree_control'), `+${controller}`)
  }
}

/** Removes the cluster's group from every hierarchy. Its processes must have ended. */
export async function removeCgroups(): Promise<void> {
  for (const root of await hierarchies()) {
    const group = join(root, cgroupName)
    // The kernel lets go of a group a moment after its last process has ended.
    await until(`the end of ${group}`, 20_000, async () => {
      await removeTree(group)
      return true
    })
  }
}

async function removeTree(group: string): Promise<void> {
  if (!(await exists(group))) return
  for (const entry of await readdir(group, { withFileTypes: true })) {
    if (entry.isDirectory()) await removeTree(join(group, entry.name))
  }
  await rmdir(group)
}
