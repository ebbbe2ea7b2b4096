import { once } from 'node:events'
import { Registry } from 'prom-client'
import { createKubeApi } from '../adapters/kubernetes/client.ts'
import { createEventRecorder } from '../adapters/kubernetes/event-recorder.ts'
import { loadKubeConfig } from '../adapters/kubernetes/kube-config.ts'
import { runLeaderElection } from '../adapters/kubernetes/leader-election.ts'
import { startHealthServer } from '../adapters/telemetry/health-server.ts'
import { createLogger } from '../adapters/telemetry/logger.ts'
import { createMetrics } from '../adapters/telemetry/metrics.ts'
import { createAuthorityClients } from '../operator/authority-clients.ts'
import { createDelegateTokens } from '../operator/delegate-tokens.ts'
import { fieldManager } from '../operator/names.ts'
import { createOperator, type Operator } from '../operator/operator.ts'
import { readEnvironment, type OperatorEnvironment } from './operator-process/environment.ts'
import { startInformers } from './operator-process/informers.ts'
import { countedQueues } from './operator-process/queues.ts'
import { probeReplica } from './operator-process/replica-probe.ts'
import type { ProcessMain } from './processes.ts'
import { systemClock, systemRandom } from './system.ts'

/** Process `operator`: waits to be the leader, reconciles until a signal comes; ends with a fault if the lease is lost. */
export const runOperator: ProcessMain = async () => {
  const environment = readEnvironment(process.env)
  const log = createLogger('operator', environment.logLevel)
  const registry = new Registry()
  const metrics = createMetrics(registry, 'operator')
  const api = createKubeApi({
    config: await loadKubeConfig(process.env),
    fieldManager,
    onRequest: ({ method, status }) =>
      metrics.add('signet_kubernetes_requests_total', { method, status: String(status) }),
  })
  const clients = createAuthorityClients()
  const { settings, pod } = environment
  const identity = { clock: systemClock, log, instance: pod.name }
  const events = createEventRecorder({ api, controller: 'signet.dev/operator', ...identity })
  const watching = startInformers(api, environment, log)
  const operator = createOperator({
    settings,
    kube: api,
    informers: watching.informers,
    createQueue: countedQueues(metrics, log),
    events,
    tokens: createDelegateTokens({ ...settings, kube: api, clock: systemClock, pod }),
    clients,
    probe: probeReplica,
    clock: systemClock,
    random: systemRandom,
    log,
    metrics,
  })
  const health = await startHealthServer({
    address: environment.healthAddress,
    registry,
    metrics,
    readiness: async () =>
      operator.synced ? { ready: true } : { ready: false, reason: 'not everything has been listed yet' },
  })
  const stopper = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopper.abort())
  metrics.set('signet_leader', {}, 0)
  try {
    // Who has not seen everything must not lead: an Authority without its Provisioners would lose them.
    await Promise.race([watching.listed, once(stopper.signal, 'abort')])
    await lead(operator, environment, stopper.signal, {
      api,
      clock: systemClock,
      log,
      onElected: () => metrics.set('signet_leader', {}, 1),
    })
    await events.flush()
    return 0
  } finally {
    // Also where the lease was lost: another replica may lead already, so calls in flight are cut off with the rest.
    void operator.stop()
    watching.stop()
    clients.close()
    api.close()
    await health.close()
  }
}

type ElectionDeps = Omit<Parameters<typeof runLeaderElection>[0], 'lease' | 'identity'>

/**
 * Reconciles while this replica holds the lease. The lease is given back only when the work in hand is done: two leaders
 * at once would both ask for certificates.
 */
async function lead(
  operator: Operator,
  { settings, pod }: OperatorEnvironment,
  signal: AbortSignal,
  deps: ElectionDeps,
): Promise<void> {
  if (signal.aborted) return
  const idle = new AbortController()
  signal.addEventListener('abort', () => void operator.stop().then(() => idle.abort()), { once: true })
  await runLeaderElection(
    {
      ...deps,
      lease: { namespace: settings.namespace, name: settings.lease },
      identity: pod.name,
      onElected() {
        deps.onElected()
        operator.start()
      },
    },
    idle.signal,
  )
}
