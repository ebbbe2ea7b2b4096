import { lookup } from 'node:dns/promises'
import type { KubeApi } from '../../adapters/kubernetes/client.ts'
import { startInformer } from '../../adapters/kubernetes/informer.ts'
import { namespaces, watchPolicies } from '../../adapters/kubernetes/policy-source.ts'
import type { Log } from '../../core/log.ts'
import { authorities, provisioners } from '../../core/resources/index.ts'
import type { AdmitDeps } from '../../webhook/admit.ts'
import { authorityFacts } from '../../webhook/facts.ts'

/** What the webhook learns from the cluster, kept up to date by watches. */
export type ClusterView = Pick<AdmitDeps, 'policy' | 'fetchNamespaceLabels' | 'ready' | 'authority'> & { stop(): void }

/** How often addresses of Authorities are looked up: they change only where a Service is made anew. */
const lookupMs = 15_000

/** Starts to watch. `preferredProvisioner` is the one to use where an Authority has several of type K8sSA. */
export function watchCluster(api: KubeApi, preferredProvisioner: string, log: Log): ClusterView {
  const policy = watchPolicies(api, log)
  const authority = startInformer({ api, log, kind: authorities })
  const provisioner = startInformer({ api, log, kind: provisioners })
  const addresses = watchAddresses(() => authority.list().flatMap(({ status }) => status?.endpoint ?? []))
  authority.onChange(() => void addresses.refresh())
  return {
    policy,
    ready: () => authority.synced && provisioner.synced,
    async fetchNamespaceLabels(name) {
      const found = await api.get(namespaces, { name })
      return found === undefined ? undefined : (found.metadata.labels ?? {})
    },
    authority: (name) =>
      authorityFacts(name, {
        authority: (wanted) => authority.get({ name: wanted }),
        provisioner: (wanted) => provisioner.get({ name: wanted }),
        addressOf: addresses.get,
        preferredProvisioner,
      }),
    stop() {
      addresses.stop()
      policy.stop()
      authority.stop()
      provisioner.stop()
    },
  }
}

/** The addresses of these URLs' hosts, looked up again and again; one that cannot be found keeps its last. */
function watchAddresses(urls: () => readonly string[]) {
  const known = new Map<string, string>()
  const refresh = async (): Promise<void> => {
    const hosts = new Set(urls().map((url) => new URL(url).hostname))
    await Promise.all(
      [...hosts].map(async (host) => {
        const found = await lookup(host).catch(() => undefined)
        if (found) known.set(host, found.address)
      }),
    )
  }
  const timer = setInterval(() => void refresh(), lookupMs)
  return { get: (host: string) => known.get(host), refresh, stop: () => clearInterval(timer) }
}
