import { spawn } from 'node:child_process'
import { mkdir, open, readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { run, tryRun } from './run.ts'
import type { RunOptions } from './run.ts'
import { clusterMark, network, stateDirectory } from './settings.ts'
import { until } from './wait.ts'

/**
 * Run by the first process before it becomes `pause`. Directories that the runtime hard-codes get private copies, so
 * that nothing is left on the host; all mounts are shared again, because kubelet and runtime propagate volumes.
 */
const prepareMounts = `set -eu
state=$1
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/netns /run/lock "$state/log" "$state/var-lib/upper" "$state/var-lib/work" "$state/etcd"
mount -t overlay -o "lowerdir=/var/lib,upperdir=$state/var-lib/upper,workdir=$state/var-lib/work" overlay /var/lib
mount --bind "$state/log" /var/log
mount -t tmpfs -o mode=700 tmpfs "$state/etcd"
mount --make-rshared /
exec "$state/pause"
`

/** Host process ids of everything that carries the mark of the cluster. */
async function markedProcesses(): Promise<number[]> {
  const mark = new Set(Object.entries(clusterMark).map(([name, value]) => `${name}=${value}`))
  const found: number[] = []
  for (const entry of await readdir('/proc')) {
    const pid = Number(entry)
    if (!Number.isInteger(pid) || pid === process.pid) continue
    const environment = await readFile(`/proc/${entry}/environ`, 'utf8').catch(() => '')
    if (environment.split('\0').some((line) => mark.has(line))) found.push(pid)
  }
  return found
}

async function isFirstProcess(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return /^NSpid:\t\d+\t1$/m.test(status) && /^Name:\tpause$/m.test(status)
}

/** Host process id of the first process of the cluster's namespaces, or undefined where none runs. */
export async function findNamespace(): Promise<number | undefined> {
  for (const pid of await markedProcesses()) if (await isFirstProcess(pid)) return pid
  return undefined
}

/**
 * Makes the namespaces and the veth pair. Everything that boots runs in PID, mount and network namespaces of its own:
 * the end of their first process ends all others, and with them go mounts, links and firewall rules. So there is one
 * thing to end, however far a start had come. Returns the host process id of the first process.
 */
export async function createNamespace(): Promise<number> {
  await mkdir(join(stateDirectory, 'log'), { recursive: true })
  const log = await open(join(stateDirectory, 'log', 'namespace.log'), 'a')
  const flags = ['--mount', '--net', '--pid', '--ipc', '--fork', '--mount-proc', '--propagation', 'private']
  const child = spawn('unshare', [...flags, 'sh', '-c', prepareMounts, 'namespace', stateDirectory], {
    cwd: '/',
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    env: { ...process.env, ...clusterMark },
  })
  const failed = new Promise<never>((_resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code) => reject(new Error(`the namespaces ended with ${code}: see ${stateDirectory}/log`)))
  })
  child.unref()
  await log.close()
  const first = await Promise.race([failed, until('the namespaces of the cluster', 20_000, findNamespace, 20)])
  child.removeAllListeners('exit')
  failed.catch(() => undefined)
  await connectNetwork(first)
  return first
}

async function connectNetwork(first: number): Promise<void> {
  const { link, host, node, prefix, pods, services } = network
  await run('ip', ['link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(first)])
  await run('ip', ['address', 'add', `${host}/${prefix}`, 'dev', link])
  await run('ip', ['link', 'set', link, 'up'])
  for (const range of [pods, services]) await run('ip', ['route', 'add', range, 'via', node, 'dev', link])
  const inside = `set -eu
ip link set lo up
ip address add ${node}/${prefix} dev eth0
ip link set eth0 up
ip route add default via ${host}
echo 1 > /proc/sys/net/ipv4/ip_forward`
  await runInside(first, 'sh', ['-c', inside])
}

function enter(first: number, command: string, args: readonly string[]): string[] {
  return ['--target', String(first), '--mount', '--net', '--pid', '--ipc', '--', command, ...args]
}

/** Runs a command in the cluster's namespaces and returns its standard output. */
export function runInside(
  first: number,
  command: string,
  args: readonly string[],
  options?: RunOptions,
): Promise<string> {
  return run('nsenter', enter(first, command, args), options)
}

/**
 * Starts a command in the cluster's namespaces and leaves it running there. Its output goes to `log/NAME.log`, its
 * process id (as seen inside) to `NAME.pid`.
 */
export async function startInside(first: number, name: string, command: readonly string[]): Promise<void> {
  const start = `log=$1 pid=$2; shift 2; setsid "$@" >>"$log" 2>&1 </dev/null & echo $! >"$pid"`
  const files = [join(stateDirectory, 'log', `${name}.log`), join(stateDirectory, `${name}.pid`)]
  await runInside(first, 'sh', ['-c', start, name, ...files, ...command], { env: clusterMark })
}

/** An API server stays for a minute while clients hold HTTP/1.1 watches open: it is ended as the kubelet would do it. */
const graceMs = 10_000

/** Ends a command that {@link startInside} started and waits until it is gone; after 10 s of patience it is killed. */
export async function stopInside(first: number, name: string, signal: 'TERM' | 'KILL' = 'TERM'): Promise<void> {
  const pid = (await readFile(join(stateDirectory, `${name}.pid`), 'utf8')).trim()
  const send = (which: string): Promise<unknown> => tryRun('nsenter', enter(first, 'kill', [`-${which}`, pid]))
  const gone = (timeoutMs: number): Promise<boolean> =>
    until(`the end of ${name}`, timeoutMs, async () => ((await isRunningInside(first, name)) ? undefined : true), 50)
  await send(signal)
  await gone(graceMs).catch(async () => {
    await send('KILL')
    await gone(graceMs)
  })
}

/** Says whether a command that {@link startInside} started still runs. */
export async function isRunningInside(first: number, name: string): Promise<boolean> {
  const pid = await readFile(join(stateDirectory, `${name}.pid`), 'utf8').catch(() => '')
  if (pid === '') return false
  const { status, stdout } = await tryRun('nsenter', enter(first, 'cat', [`/proc/${pid.trim()}/stat`]))
  // A zombie still takes signals: its state tells. As long as it has other threads it holds its ports too (proc(5): state
  // is the third field, num_threads the twentieth).
  const [state, ...others] = stdout.slice(stdout.lastIndexOf(')') + 2).split(' ')
  return status === 0 && (state !== 'Z' || Number(others[16]) > 1)
}

/** Ends the namespaces and every process in them; returns when the last one is gone. */
export async function destroyNamespace(): Promise<void> {
  await until(
    'the end of the processes of the cluster',
    60_000,
    async () => {
      const left = await markedProcesses()
      for (const pid of left) killIfThere(pid)
      return left.length === 0 ? true : undefined
    },
    50,
  )
  // Gone with its peer; only a crash between two commands of ours can leave it.
  await tryRun('ip', ['link', 'delete', network.link])
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended by itself.
  }
}
