/**
 * Where the API server is and how to show it who we are: from the files that the kubelet mounts, or from a kubeconfig.
 *
 * Of @kubernetes/client-node only the two modules that read kubeconfig entries and run credential plugins are imported:
 * the whole package costs 125 MiB and 0.6 s, and opens a connection for every call.
 */
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import {
  newClusters,
  newContexts,
  newUsers,
  type Cluster,
  type User,
} from '@kubernetes/client-node/dist/config_types.js'
import { ExecAuth } from '@kubernetes/client-node/dist/exec_auth.js'
import { SignetError } from '../../core/errors.ts'

/** What every request needs besides itself. `tls` and `authorization` may change from one request to the next. */
export type Credentials = {
  readonly tls: { readonly ca?: string | Buffer; readonly cert?: string | Buffer; readonly key?: string | Buffer }
  readonly authorization?: string
}

export type KubeConfig = {
  /** Base URL of the API server, without a final slash. */
  readonly server: string
  /** Name that its certificate must carry, where that is not the host of the URL. */
  readonly serverName?: string
  /** False only where a kubeconfig says `insecure-skip-tls-verify`. */
  readonly verify: boolean
  /** Namespace of this Pod, or of the current context. */
  readonly namespace: string
  /** Files are read again when they may have changed: the kubelet replaces tokens long before they expire. */
  credentials(): Promise<Credentials>
}

const serviceAccountFolder = '/var/run/secrets/kubernetes.io/serviceaccount'

/** How long a file is trusted, as client-go does; a projected token lives 10 minutes or more and is replaced at 80 %. */
const fileLifeMs = 60_000

/** The configuration of a process in a Pod, from its service account and `KUBERNETES_SERVICE_HOST` and `_PORT`. */
export async function loadInClusterConfig(
  environment: Readonly<Record<string, string | undefined>>,
  folder: string = serviceAccountFolder,
): Promise<KubeConfig> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = environment
  if (host === undefined || port === undefined) {
    throw new SignetError(
      'malformed',
      'KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set: run in a Pod or set KUBECONFIG',
    )
  }
  const token = cachedFile(`${folder}/token`)
  const ca = cachedFile(`${folder}/ca.crt`)
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    verify: true,
    namespace: (await readFile(`${folder}/namespace`, 'utf8')).trim(),
    credentials: async () => ({
      tls: { ca: await ca() },
      authorization: `Bearer ${(await token()).toString('utf8').trim()}`,
    }),
  }
}

/** The current context of a kubeconfig file: client certificate, token, token file or exec plugin. */
export async function loadKubeConfigFile(path: string): Promise<KubeConfig> {
  // Loaded here only: in a Pod there is no kubeconfig to parse.
  const { parse: parseYaml } = await import('yaml')
  const parsed: unknown = parseYaml(await readFile(path, 'utf8'))
  const file = (typeof parsed === 'object' && parsed !== null ? parsed : {}) as Record<string, unknown>
  const context = newContexts(file.contexts).find(({ name }) => name === file['current-context'])
  const cluster = newClusters(file.clusters).find(({ name }) => name === context?.cluster)
  const user = newUsers(file.users).find(({ name }) => name === context?.user)
  if (context === undefined || cluster === undefined || user === undefined) {
    throw new SignetError('malformed', `${path}: current-context does not name a context with a cluster and a user`)
  }
  if (cluster.proxyUrl !== undefined) {
    throw new SignetError('not-implemented', `${path}: proxy-url is not supported, use a direct connection`)
  }
  const folder = dirname(path)
  return {
    server: cluster.server,
    ...(cluster.tlsServerName === undefined ? {} : { serverName: cluster.tlsServerName }),
    verify: !cluster.skipTLSVerify,
    namespace: context.namespace ?? 'default',
    credentials: userCredentials(cluster, user, folder),
  }
}

/** From `KUBECONFIG` if it is set, else from the Pod's service account. */
export function loadKubeConfig(environment: Readonly<Record<string, string | undefined>>): Promise<KubeConfig> {
  const path = environment.KUBECONFIG?.split(':')[0]
  return path === undefined || path === '' ? loadInClusterConfig(environment) : loadKubeConfigFile(path)
}

function userCredentials(cluster: Cluster, user: User, folder: string): () => Promise<Credentials> {
  const ca = fileOrData(folder, cluster.caFile, cluster.caData)
  const cert = fileOrData(folder, user.certFile, user.certData)
  const key = fileOrData(folder, user.keyFile, user.keyData)
  const plugin = new ExecAuth()
  return async () => {
    const fromPlugin: { cert?: string; key?: string; headers?: { Authorization?: string } } = {}
    if (plugin.isAuthProvider(user)) await plugin.applyAuthentication(user, fromPlugin)
    const authorization =
      fromPlugin.headers?.Authorization ?? (user.token === undefined ? undefined : `Bearer ${user.token}`)
    return {
      tls: definedOnly({
        ca: await ca(),
        cert: fromPlugin.cert ?? (await cert()),
        key: fromPlugin.key ?? (await key()),
      }),
      ...(authorization === undefined ? {} : { authorization }),
    }
  }
}

function fileOrData(folder: string, file?: string, data?: string): () => Promise<Buffer | undefined> {
  if (file !== undefined) return cachedFile(resolve(folder, file))
  const bytes = data === undefined ? undefined : Buffer.from(data, 'base64')
  return () => Promise.resolve(bytes)
}

function definedOnly<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never
}

function cachedFile(path: string): () => Promise<Buffer> {
  let bytes: Buffer | undefined
  let readAt = Number.NEGATIVE_INFINITY
  return async () => {
    if (bytes === undefined || performance.now() - readAt > fileLifeMs) {
      bytes = await readFile(path)
      readAt = performance.now()
    }
    return bytes
  }
}
