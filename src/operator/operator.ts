import type { Clock, Random } from '../core/clock.ts'
import type { Log } from '../core/log.ts'
import type { Metrics } from '../core/metrics.ts'
import type { ObjectKey } from '../core/resources/index.ts'
import { createAuthorityReconciler } from './controllers/authority/reconcile.ts'
import type { AuthorityPod } from './controllers/authority/render/context.ts'
import { createSecretMemory } from './controllers/certificate/gather.ts'
import { createCertificateMetrics } from './controllers/certificate/metrics.ts'
import { createCertificateReconciler } from './controllers/certificate/reconcile.ts'
import { createProvisionerReconciler } from './controllers/provisioner/reconcile.ts'
import { createPolicyReconciler } from './controllers/policy/reconcile.ts'
import { createDefaults, type Defaults } from './defaults.ts'
import type { DelegateTokens } from './delegate-tokens.ts'
import { listInformers, type Informers } from './informers.ts'
import { parseKey } from './keys.ts'
import {
  controllerNames,
  type AuthorityClients,
  type ControllerName,
  type CreateQueue,
  type EventRecorder,
  type KubeApi,
  type ReplicaProbe,
  type RunnableQueue,
} from './ports.ts'
import { createReporter } from './reporter.ts'
import { connectTriggers } from './triggers.ts'
import { createWebhookCaReconciler } from './webhook-ca.ts'

export type OperatorSettings = {
  /** Where the operator and all authorities live. */
  readonly namespace: string
  /** The operator's own ServiceAccount. */
  readonly serviceAccount: string
  readonly lease: string
  /** Names that an Authority may have. */
  readonly authorities: readonly string[]
  readonly defaults: Defaults
  /** Name of the Authority that the webhook gets its serving certificate from. */
  readonly webhookAuthority: string
  readonly pod: AuthorityPod
}

export type OperatorDeps = {
  readonly settings: OperatorSettings
  readonly kube: KubeApi
  readonly informers: Informers
  readonly createQueue: CreateQueue
  readonly events: EventRecorder
  readonly tokens: DelegateTokens
  readonly clients: AuthorityClients
  readonly probe: ReplicaProbe
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly metrics: Metrics
}

export type Operator = {
  /** True once everything that it watches has been listed. */
  readonly synced: boolean
  /** Begins to reconcile: for the leader only. Keys gather before. */
  start(): void
  /** Resolves when the work in hand is done. */
  stop(): Promise<void>
}

type Reconcile = (key: ObjectKey) => Promise<number | undefined>

/**
 * Certificates are mostly waiting for others: this many at once keep one CPU busy. Authorities, of which there are few,
 * have no need for more than two.
 */
const workers: Readonly<Record<ControllerName, number>> = {
  authority: 2,
  provisioner: 2,
  policy: 1,
  certificate: 16,
  webhook: 1,
  defaults: 1,
}

/** So long after the start of this process an authority may not know its pod yet. */
const settlingMs = 300_000

/** Puts the controllers together; nothing is written before `start`. */
export function createOperator(deps: OperatorDeps): Operator {
  const { informers, settings, createQueue, clock } = deps
  const settledAt = clock.now() + settlingMs
  let stopping = false
  const { reconcilers, insist } = createReconcilers(deps, () => !stopping && clock.now() >= settledAt)
  const queues = Object.fromEntries(
    controllerNames.map((controller) => {
      const queue: RunnableQueue = createQueue({
        controller,
        workers: workers[controller],
        async work(key) {
          const again = await reconcilers[controller](parseKey(key))
          if (again !== undefined) queue.addAfter(key, again)
        },
      })
      return [controller, queue]
    }),
  ) as Record<ControllerName, RunnableQueue>
  connectTriggers({ informers, queues, insist })
  queues.defaults.add(settings.lease)
  return {
    get synced() {
      return listInformers(informers).every(({ synced }) => synced)
    },
    start: () => {
      for (const queue of Object.values(queues)) queue.start()
    },
    stop: async () => {
      stopping = true
      await Promise.all(Object.values(queues).map((queue) => queue.stop()))
    },
  }
}

function createReconcilers(deps: OperatorDeps, settled: () => boolean) {
  const { settings, informers, kube, clock, log } = deps
  const { namespace, serviceAccount } = settings
  const reporter = createReporter(kube, deps.events)
  const { authorities, provisioners, policies, namespaces } = informers
  const certificate = createCertificateReconciler({
    ...deps,
    ...informers,
    secrets: createSecretMemory(kube, informers.certificateSecrets),
    active: { authorities, provisioners, delegate: { namespace, serviceAccount } },
    metrics: createCertificateMetrics(deps.metrics),
    settled,
    reporter,
  })
  const authority = createAuthorityReconciler({
    ...deps,
    ...informers,
    permitted: new Set(settings.authorities),
    pod: settings.pod,
    reporter,
    namespace,
  })
  const reconcilers: Readonly<Record<ControllerName, Reconcile>> = {
    authority,
    provisioner: createProvisionerReconciler({ authorities, provisioners, reporter, clock, namespace }),
    policy: createPolicyReconciler({ policies, namespaces, reporter, clock }),
    certificate: (key) => certificate.reconcile(key),
    webhook: createWebhookCaReconciler({
      kube,
      authorities,
      configurations: informers.webhookConfigurations,
      authority: settings.webhookAuthority,
    }),
    defaults: async ({ name }) => {
      await createDefaults(settings.defaults, { kube, log, lease: { namespace, name } })
      return undefined
    },
  }
  return { reconcilers, insist: certificate.insist }
}
