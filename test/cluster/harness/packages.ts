import { glob } from 'node:fs/promises'
import { step } from './progress.ts'
import { isInstalled, run, tryRun } from './run.ts'

export type Need = {
  /** A command on the PATH, or a file with its whole path, in which a `*` stands for what differs from one release to the next. */
  what: string
  /** The Debian package that brings it. */
  package: string
}

/** What booting Kubernetes here takes. */
export const clusterNeeds: readonly Need[] = [
  { what: 'etcd', package: 'etcd-server' },
  { what: 'containerd', package: 'containerd' },
  { what: 'ctr', package: 'containerd' },
  { what: 'runc', package: 'runc' },
  { what: '/usr/lib/cni/bridge', package: 'containernetworking-plugins' },
  { what: 'iptables', package: 'iptables' },
  { what: 'conntrack', package: 'conntrack' },
  { what: 'ip', package: 'iproute2' },
  { what: 'unshare', package: 'util-linux' },
  { what: 'nsenter', package: 'util-linux' },
  { what: 'openssl', package: 'openssl' },
  { what: 'gcc', package: 'gcc' },
  { what: '/usr/include/stdio.h', package: 'libc6-dev' },
  { what: 'tar', package: 'tar' },
]

/** What building images without a Docker engine takes. */
export const imageNeeds: readonly Need[] = [
  { what: 'buildah', package: 'buildah' },
  { what: 'mmdebstrap', package: 'mmdebstrap' },
]

async function isThere(need: Need): Promise<boolean> {
  if (!need.what.startsWith('/')) return isInstalled(need.what)
  for await (const _ of glob(need.what)) return true
  return false
}

async function missingOf(needs: readonly Need[]): Promise<Need[]> {
  const missing: Need[] = []
  for (const need of needs) if (!(await isThere(need))) missing.push(need)
  return missing
}

/** Installs what is missing of `needs`. Throws with every thing that is still missing and the package that brings it. */
export async function ensurePackages(needs: readonly Need[]): Promise<void> {
  const missing = await missingOf(needs)
  if (missing.length === 0) return
  const packages = [...new Set(missing.map((need) => need.package))]
  const canInstall = process.getuid?.() === 0 && (await isInstalled('apt-get'))
  const said = canInstall ? await step(`install ${packages.join(' ')}`, () => install(packages)) : ''
  const left = await missingOf(needs)
  if (left.length === 0) return
  const names = left.map((need) => `${need.what} (Debian package ${need.package})`)
  throw new Error(`missing on this machine: ${names.join(', ')}. Install them and run this again\n${said}`.trim())
}

/** Runs apt-get; returns what it said where it failed. */
async function install(packages: readonly string[]): Promise<string> {
  const quiet = { env: { DEBIAN_FRONTEND: 'noninteractive' } }
  const args = ['install', '-y', '--no-install-recommends', ...packages]
  // The lists of a fresh machine are empty or old; those of any other serve.
  if ((await tryRun('apt-get', args, quiet)).status === 0) return ''
  await tryRun('apt-get', ['update'], quiet)
  const { status, stderr } = await tryRun('apt-get', args, quiet)
  return status === 0 ? '' : stderr.trim()
}

/** The oldest Go that builds Kubernetes 1.35. */
const oldestGo = [1, 25] as const

/** Throws where no Go is on the PATH that can build Kubernetes, kubectl, helm and step. */
export async function requireGo(): Promise<void> {
  const wanted = oldestGo.join('.')
  const remedy = `install Go ${wanted} or newer (go.dev/dl) and put it on the PATH`
  if (!(await isInstalled('go'))) throw new Error(`missing on this machine: go. To build Kubernetes, ${remedy}`)
  const text = await run('go', ['env', 'GOVERSION'])
  const [major = 0, minor = 0] = text
    .trim()
    .replace(/^go/, '')
    .split('.')
    .map((part) => Number.parseInt(part, 10))
  if (major < oldestGo[0] || (major === oldestGo[0] && minor < oldestGo[1])) {
    throw new Error(`go is ${text.trim()}, which cannot build Kubernetes: ${remedy}`)
  }
}
