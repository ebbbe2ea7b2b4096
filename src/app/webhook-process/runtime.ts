import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Registry } from 'prom-client'
import { createKubeApi } from '../../adapters/kubernetes/client.ts'
import type { KubeConfig } from '../../adapters/kubernetes/kube-config.ts'
import { startHealthServer, type Readiness } from '../../adapters/telemetry/health-server.ts'
import { createMetrics } from '../../adapters/telemetry/metrics.ts'
import { createCaClient } from '../../client/ca-client.ts'
import { enrol } from '../../client/enrol.ts'
import type { Log } from '../../core/log.ts'
import { admit } from '../../webhook/admit.ts'
import { ownAuthority } from '../../webhook/own-authority.ts'
import { createWebhookApp, startWebhookServer, type ServingIdentity, type WebhookServer } from '../../webhook/server.ts'
import { createServingCertificate, type ServingCertificate } from '../../webhook/serving-certificate.ts'
import { systemClock } from '../system.ts'
import { watchCluster, type ClusterView } from './cluster.ts'
import type { WebhookSettings } from './settings.ts'

export type WebhookOptions = {
  readonly settings: WebhookSettings
  readonly kubeConfig: KubeConfig
  readonly log: Log
  /** `host:port` of reviews and of health; `:9443` and `:9090` unless given. */
  readonly addresses?: { readonly reviews: string; readonly health: string }
}

export type Webhook = {
  /** Rejects if the process cannot go on. */
  readonly failed: Promise<never>
  /** Of the health server. */
  readonly healthPort: number
  /** Of the server of reviews; undefined until there is a certificate. */
  port(): number | undefined
  /** Answers what is under way, then closes everything. */
  stop(): Promise<void>
}

const usualAddresses = { reviews: ':9443', health: ':9090' }

/** Starts everything that the webhook is made of. Listens for reviews as soon as it has a certificate. */
export async function startWebhook(options: WebhookOptions): Promise<Webhook> {
  const { settings, kubeConfig, log, addresses = usualAddresses } = options
  const registry = new Registry()
  const metrics = createMetrics(registry, 'webhook')
  const api = createKubeApi({ config: kubeConfig, fieldManager: 'signet-webhook' })
  const cluster = watchCluster(api, settings.provisioner, log)
  const deps = { ...cluster, defaultAuthority: settings.authority, settings: settings.injection, log, metrics }
  const app = createWebhookApp((body) => admit(body, { ...deps, ticks: () => performance.now() }), log)
  let server: WebhookServer | undefined
  const serving = createServingCertificate({
    enrol: () => enrolItself(settings, cluster),
    roots: () => cluster.authority(settings.authority)?.rootsPem ?? '',
    clock: systemClock,
    log,
    wait: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }).catch(() => undefined),
    id: settings.podUid,
    async use(identity, notAfter) {
      if (server === undefined) server = await startWebhookServer(addresses.reviews, identity, app)
      else server.replaceIdentity(identity)
      metrics.set('signet_certificate_expiry_timestamp_seconds', { certificate: 'serving' }, notAfter / 1000)
    },
  })
  const readiness = () => Promise.resolve(readinessOf(serving, cluster))
  const health = await startHealthServer({ address: addresses.health, registry, metrics, readiness })
  const stopper = new AbortController()
  const running = serving.run(stopper.signal)
  return {
    failed: running.then(() => new Promise<never>(() => undefined)),
    healthPort: health.port,
    port: () => server?.port,
    async stop() {
      stopper.abort()
      await running
      await server?.close()
      cluster.stop()
      api.close()
      await health.close()
    },
  }
}

/** As any workload: by the pod's own token, at the Authority that pods without a wish of their own get. */
async function enrolItself(settings: WebhookSettings, cluster: ClusterView): Promise<ServingIdentity> {
  const token = readFileSync(settings.tokenFile, 'utf8').trim()
  const client = createCaClient(ownAuthority(settings.authority, cluster.authority(settings.authority), token))
  try {
    return await enrol({ client, token, request: settings.request, podIPs: [] })
  } finally {
    client.close()
  }
}

function readinessOf(serving: ServingCertificate, { policy, ready }: ClusterView): Readiness {
  if (!policy.ready() || !ready()) return { ready: false, reason: 'policies and Authorities are not synced yet' }
  const problem = serving.problem()
  return problem === undefined ? { ready: true } : { ready: false, reason: problem }
}
