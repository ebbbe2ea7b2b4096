import { randomUUID } from 'node:crypto'
import type { RequestListener } from 'node:http'
import type { Worker } from 'node:worker_threads'
import { Registry } from 'prom-client'
import { openSqliteStore, type SqliteStore } from '../../adapters/storage/sqlite-store.ts'
import { startHealthServer } from '../../adapters/telemetry/health-server.ts'
import { createMetrics } from '../../adapters/telemetry/metrics.ts'
import { createJsonFetcher } from '../../adapters/web/json-fetcher.ts'
import { createWebhookCaller } from '../../adapters/web/webhook-caller.ts'
import type { ProvisionerObjects } from '../../authority/admin/object-store.ts'
import { createAuthority, type Authority } from '../../authority/authority.ts'
import { createSnapshot } from '../../authority/config.ts'
import type { CertificateStore, KubernetesReader, PolicySource } from '../../authority/ports.ts'
import type { Clock } from '../../core/clock.ts'
import { isSignetError, SignetError } from '../../core/errors.ts'
import type { Log } from '../../core/log.ts'
import type { Metrics } from '../../core/metrics.ts'
import { createApp } from '../../http/app.ts'
import type { Surface } from '../../http/routes/route.ts'
import { startPlainServer, type Listener } from '../../http/listener.ts'
import { startTlsServer, type ServingIdentity } from '../../http/tls-server.ts'
import { systemRandom } from '../system.ts'
import type { ConfigSource } from './config-source.ts'
import { keepCrl } from './crl.ts'
import { createEvents, type EventTeller } from './events.ts'
import { generationOf, loadConfig, type LoadedConfig } from './load.ts'
import { openAdmin, refuseInCluster } from './admin.ts'
import { createReadiness } from './readiness.ts'
import { createSerial, type Serially } from './serially.ts'
import { issueServing, keepServing } from './serving.ts'

/** What an authority has in a cluster and nowhere else. */
export type ClusterPorts = {
  readonly reader: KubernetesReader
  readonly policy: PolicySource
  readonly tell: EventTeller
  /** Where the admin API is on: what it writes. */
  readonly provisionerObjects?: ProvisionerObjects | undefined
  close(): void
}

export type RuntimeOptions = {
  readonly source: ConfigSource
  /** Of the issuing key. */
  readonly password: string | undefined
  readonly clock: Clock
  readonly log: Log
  readonly cluster: ClusterPorts | undefined
  /** A thread that was booted for the store; see bootSqliteThread. */
  readonly storeThread?: Worker
  /** Called when the process cannot go on, such as when the store's worker died. */
  readonly onFailure: (error: Error) => void
}

export type Runtime = {
  readonly port: number
  /** undefined without `insecureAddress`. */
  readonly plainPort: number | undefined
  /** undefined without `metricsAddress`. */
  readonly metricsPort: number | undefined
  /** Puts the configuration as it is now into force; the old one stays, and the promise fails, if it cannot be. */
  reload(): Promise<void>
  /** Issues and serves a new serving certificate. */
  renewServing(): Promise<void>
  /** Answers what is under way, then closes everything. */
  stop(): Promise<void>
}

/** Requests that are under way at a stop have this long; the pod has 30 s. */
const stopGraceMs = 10_000

const ticks = (): number => performance.now()

/** Starts everything an authority is made of; fails with what is wrong, having closed again what it had started. */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { source, password, clock, log, cluster } = options
  const registry = new Registry()
  const metrics = createMetrics(registry, 'authority')
  let loaded = await loadConfig(await source.load(), password)
  if (cluster !== undefined) refuseInCluster(loaded)
  tellWarnings(log, loaded)
  // What a failure of a later step closes again, and in the end `stop`: the last first.
  await using parts = new AsyncDisposableStack()
  if (cluster !== undefined) parts.defer(() => cluster.close())
  const store = await openStore(loaded, metrics, options)
  parts.defer(() => store.close())
  let shownIdentity: ServingIdentity | undefined
  const ports = {
    store,
    clock,
    random: systemRandom,
    events: createEvents(log, metrics, cluster?.tell),
    fetcher: createJsonFetcher(),
    webhooks: createWebhookCaller({ identity: () => shownIdentity }),
  }
  const admin = await openAdmin(loaded, store, options, () => loaded)
  loaded = admin.administer(loaded)
  const kubernetes = { kubernetes: cluster?.reader, policy: cluster?.policy }
  const authority = createAuthority({ ...ports, ...kubernetes }, loaded.authority)
  let surface = surfaceOf(authority, loaded)
  const wire = { current: () => surface, log, metrics, newRequestId: randomUUID, ticks }
  const serially = createSerial()
  const prepare = (next: LoadedConfig) => {
    createSnapshot(next.authority)
    return () => {
      authority.reconfigure(next.authority)
      loaded = next
      surface = surfaceOf(authority, next)
    }
  }
  const adminRoutes = admin.routes({
    ...ports,
    authority,
    serially,
    prepare: (administer) => prepare(administer(loaded)),
  })
  const app = createApp({ ...wire, adminRoutes })
  // As step-ca: the one before may be about to end.
  await authority.publishCrl()
  const first = await issueServing(authority, loaded)
  shownIdentity = first.identity
  const server = await startTlsServer(loaded.ca.address, first.identity, app)
  parts.defer(() => server.close(stopGraceMs))
  const plainApp = createApp({ ...wire, endpoints: 'signed' })
  let plain = await startPlain(loaded, plainApp)
  parts.defer(async () => plain?.close(stopGraceMs))
  const use = (identity: ServingIdentity, notAfter: number): void => {
    server.replaceIdentity(identity)
    shownIdentity = identity
    showExpiry(metrics, loaded, notAfter)
  }
  showExpiry(metrics, loaded, first.notAfter)
  const config = (): LoadedConfig => loaded
  const serving = keepServing({ authority, clock, log, use, config }, first.notAfter)
  parts.defer(() => serving.stop())
  const crl = keepCrl({ authority, clock, log })
  parts.defer(() => crl.stop())
  const reloads = createReloads(log, metrics, serially)
  const health = await startHealth(options, { registry, metrics, store, config, refused: reloads.refused })
  if (health !== undefined) parts.defer(() => health.close())

  const apply = async (text: string): Promise<void> => {
    const next = await loadConfig(text, password)
    refuseRestartOnly(loaded, next)
    const putIntoForce = prepare(admin.administer(next))
    // Lists or OCSP may be new. Where they are gone, it stays and says so.
    plain ??= await startPlain(next, plainApp)
    putIntoForce()
    tellWarnings(log, next)
    await authority.publishCrl().catch((error: unknown) => log.error({ err: error }, 'cannot make a revocation list'))
    // What is in force stays in force: only the listener still has the old certificate.
    await serving.renew().catch((error: unknown) => log.error({ err: error }, 'cannot renew the serving certificate'))
  }
  const reload = () => reloads.run(() => source.load(), apply)
  source.onChange(() => void reload().catch(() => undefined))
  parts.defer(() => source.close())
  const running = parts.move()
  log.info({ address: loaded.ca.address, port: server.port, ...describe(loaded) }, 'serving HTTPS')
  return {
    port: server.port,
    get plainPort() {
      return plain?.port
    },
    metricsPort: health?.port,
    reload,
    renewServing: () => serving.renew(),
    stop: () => running.disposeAsync(),
  }
}

/** As in step-ca, where there is something to serve without TLS. */
async function startPlain({ ca }: LoadedConfig, app: RequestListener): Promise<Listener | undefined> {
  const { insecureAddress, crl, signet } = ca
  if (insecureAddress === undefined || (crl ?? signet.ocsp) === undefined) return undefined
  return startPlainServer(insecureAddress, app)
}

function openStore(
  { ca }: LoadedConfig,
  metrics: Metrics,
  { clock, onFailure, storeThread }: RuntimeOptions,
): Promise<SqliteStore> {
  return openSqliteStore({
    file: ca.database.file,
    synchronous: ca.signet.storage.synchronous,
    clock,
    onFailure,
    ...(storeThread === undefined ? {} : { thread: storeThread }),
    onBatch(operations, seconds) {
      metrics.add('signet_store_writes_total', {}, operations)
      metrics.observe('signet_store_batch_seconds', {}, seconds)
    },
  })
}

/** The configuration that was offered last and is not the one in force, if its text says which it is, and why not. */
type Refusal = { readonly generation: string | undefined; readonly message: string }

type HealthParts = {
  readonly registry: Registry
  readonly metrics: Metrics
  readonly store: CertificateStore
  readonly config: () => LoadedConfig
  readonly refused: () => Refusal | undefined
}

async function startHealth({ cluster }: RuntimeOptions, parts: HealthParts) {
  const { registry, metrics, store, config, refused } = parts
  const address = config().ca.metricsAddress
  if (address === undefined) return undefined
  const missing = (): string | undefined =>
    cluster === undefined || cluster.policy.ready() ? undefined : 'policies and namespaces are not known yet'
  const readiness = createReadiness({ store, probeIssuer: () => config().issuer.probe(), missing, ticks })
  const status = () => ({ ...describe(config()), refused: refused() })
  return startHealthServer({ address, registry, metrics, readiness, status })
}

function describe({ ca, authority }: LoadedConfig) {
  return { generation: ca.signet.generation, roots: authority.roots.map(({ fingerprint }) => fingerprint) }
}

/** One line each, at the start and at each reload. */
function tellWarnings(log: Log, { ca }: LoadedConfig): void {
  for (const { path, message } of ca.warnings) log.warn({ path, warning: message }, 'ca.json holds otherwise here')
}

function surfaceOf(authority: Authority, { answers, ca }: LoadedConfig): Surface {
  return { authority, answers, tls: ca.tls }
}

/** One reload at a time, in the order in which they were asked for, each logged and counted. */
function createReloads(log: Log, metrics: Metrics, serially: Serially) {
  let refused: Refusal | undefined
  const attempt = async (load: () => Promise<string>, apply: (text: string) => Promise<void>): Promise<void> => {
    let text = ''
    try {
      text = await load()
      await apply(text)
      refused = undefined
    } catch (error) {
      const message = isSignetError(error) ? error.message : 'it failed: see the log of the authority'
      refused = { generation: generationOf(text), message }
      metrics.add('signet_config_reloads_total', { result: 'refused' })
      log.error({ err: error }, 'the configuration was not applied, the old one stays in force')
      throw error
    }
    metrics.add('signet_config_reloads_total', { result: 'applied' })
    log.info({}, 'configuration applied')
  }
  return {
    refused: () => refused,
    run: (...parts: Parameters<typeof attempt>): Promise<void> => serially(() => attempt(...parts)),
  }
}

/** By path in ca.json. */
const restartOnly: Readonly<Record<string, (ca: LoadedConfig['ca']) => unknown>> = {
  db: ({ database }) => database.section,
  address: ({ address }) => address,
  insecureAddress: ({ insecureAddress }) => insecureAddress,
  metricsAddress: ({ metricsAddress }) => metricsAddress,
  'authority.enableAdmin': ({ administration }) => administration !== undefined,
  'signet.storage.synchronous': ({ signet }) => signet.storage.synchronous,
}

function refuseRestartOnly(before: LoadedConfig, after: LoadedConfig): void {
  for (const [path, pick] of Object.entries(restartOnly)) {
    if (pick(before.ca) === pick(after.ca)) continue
    throw new SignetError('malformed', `${path} cannot be changed by a reload: restart the authority`, { path })
  }
}

function showExpiry(metrics: Metrics, { authority }: LoadedConfig, servingNotAfter: number): void {
  const expiries = {
    root: Math.min(...authority.roots.map(({ notAfter }) => notAfter)),
    intermediate: authority.issuer.chain[0].notAfter,
    serving: servingNotAfter,
  }
  for (const [certificate, notAfter] of Object.entries(expiries)) {
    metrics.set('signet_certificate_expiry_timestamp_seconds', { certificate }, notAfter / 1000)
  }
}
