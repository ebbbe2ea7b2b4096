// The cluster itself: up twice, down, and starts that are killed half-way. Takes the shared cluster away and gives it back.
import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clusterStatus, ensureCluster } from './harness/engine.ts'
import { provideImages } from './harness/images.ts'
import { installSignet } from './harness/install.ts'
import { findNamespace } from './harness/namespace.ts'
import { run, tryRun } from './harness/run.ts'
import { clusterMark, stateDirectory } from './harness/settings.ts'
import { until } from './harness/wait.ts'

const program = join(import.meta.dirname, 'cluster.ts')
const cluster = (command: string): Promise<string> => run(process.execPath, [program, command])

/** What a cluster could leave behind on the machine, as text that must be the same before and after. */
async function traces(): Promise<Record<string, string>> {
  const output = async (command: string): Promise<string> => (await tryRun('sh', ['-c', command])).stdout
  const mark = Object.entries(clusterMark)
    .map(([name, value]) => `${name}=${value}`)
    .join('')
  return {
    links: await output('ip -o link | cut -d: -f2'),
    routes: await output('ip route'),
    namespaces: await output('ip netns; ls /run/netns 2>/dev/null'),
    mounts: await readFile('/proc/mounts', 'utf8'),
    rules: await output("iptables-save | grep -v '^#'"),
    groups: await output("find /sys/fs/cgroup -type d -name 'kubepods*' -o -type d -name 'signet*'"),
    state: await output(`ls -d ${stateDirectory}* 2>/dev/null`),
    processes: await output(`grep -lz '^${mark}$' /proc/[0-9]*/environ 2>/dev/null`),
    settings: await output('cat /proc/sys/vm/overcommit_memory /proc/sys/kernel/panic /proc/sys/kernel/panic_on_oops'),
  }
}

const isThere = (path: string) => async (): Promise<true | undefined> =>
  (await readFile(join(stateDirectory, path)).catch(() => undefined)) === undefined ? undefined : true

/** Moments of a start at which it is killed. */
const moments: Record<string, () => Promise<unknown>> = {
  'while certificates are made': isThere('pki/ca.key'),
  'when the namespaces are there': findNamespace,
  'when the runtime starts': isThere('containerd.pid'),
  'when the API server starts': isThere('kube-apiserver.pid'),
  'when the kubelet starts': isThere('kubelet.pid'),
  'when DNS starts': isThere('volume-provisioner.pid'),
}

async function killStart(moment: () => Promise<unknown>): Promise<void> {
  const child = spawn(process.execPath, [program, 'up'], { stdio: 'ignore', detached: true })
  const ended = new Promise((resolve) => child.on('exit', resolve))
  await until('the moment to kill the start', 60_000, moment, 5)
  child.kill('SIGKILL')
  await ended
}

// Only our own cluster is ours to kill: one that was given, or kind, is left alone.
describe('our own cluster', () => {
  let before: Record<string, string> = {}
  beforeAll(async () => {
    await cluster('down')
    before = await traces()
  })
  afterAll(async () => {
    const again = await ensureCluster()
    await installSignet(again, (await provideImages(again)).signet.name)
  })
  test('down leaves nothing of a whole cluster, and up keeps one that runs', async () => {
    expect(before).toMatchObject({ groups: '', state: '', processes: '' })
    await cluster('up')
    const first = await findNamespace()
    await cluster('up')
    expect(await findNamespace()).toBe(first)
    expect(await cluster('status')).toContain(`kubeconfig: ${stateDirectory}/admin.conf`)
    await cluster('down')
    expect(await traces()).toEqual(before)
  })
  test.each(Object.entries(moments))('down leaves nothing of a start killed %s', async (_what, moment) => {
    await killStart(moment)
    await cluster('down')
    expect(await traces()).toEqual(before)
  })
  test.each(Object.entries(moments))('up recovers from a start killed %s', async (_what, moment) => {
    await killStart(moment)
    expect(await clusterStatus()).not.toMatchObject({ state: 'ready' })
    await cluster('up')
    expect(await clusterStatus()).toMatchObject({ state: 'ready' })
    await cluster('down')
  })
})
