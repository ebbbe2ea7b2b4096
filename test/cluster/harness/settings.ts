import { createHash } from 'node:crypto'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Version of Kubernetes that is built and booted, and of the node image that kind is asked for. */
export const kubernetesVersion = 'v1.35.4'

/** Outside the tree, kept between clones: binaries, tools and images, each keyed by version or content. */
export const cacheDirectory = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'signet')

/** State of the one cluster of this machine. Fixed, because its addresses are: two could not run side by side. */
export const stateDirectory = '/var/tmp/signet-cluster'

/**
 * In the environment of every process that the start of the cluster leaves running, or may leave if it is killed:
 * `down` finds them by it, not by a file that a crash might not have written.
 */
export const clusterMark: Readonly<Record<string, string>> = { SIGNET_CLUSTER_STATE: stateDirectory }

/** The admin's kubeconfig, whichever way the cluster came to be. */
export const kubeconfigPath = join(stateDirectory, 'admin.conf')

/** The repository. */
export const projectDirectory = join(import.meta.dirname, '..', '..', '..')

/** Addresses of the cluster. The veth pair takes a /30; pods and Services are reached from the host through it. */
export const network = {
  link: 'signet0',
  host: '10.203.0.1',
  node: '10.203.0.2',
  prefix: 30,
  pods: '10.204.0.0/16',
  services: '10.96.0.0/16',
  apiService: '10.96.0.1',
  dnsService: '10.96.0.10',
  apiPort: 6443,
} as const

export const nodeName = 'node1'

/** SHA-256 of the parts, shortened to 16 hex digits: long enough to key a cache, short enough to read. */
export function contentKey(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${part.length}:`).update(part)
  return hash.digest('hex').slice(0, 16)
}
