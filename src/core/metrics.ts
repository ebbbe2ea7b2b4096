/**
 * Every metric that Signet serves: one row each, read by `adapters/telemetry` (which registers them), by the table in its
 * README (a test compares the two) and by the types below, so that a misspelt name or label does not compile. Label values
 * come from closed sets; names of pods, tokens or certificates are never labels. The exception are the gauges of the
 * operator that show the state of each Certificate object, as cert-manager's do: they end with the object.
 */

export type MetricProcess = 'authority' | 'operator' | 'webhook'

export type MetricDefinition = {
  readonly kind: 'counter' | 'gauge' | 'histogram'
  /** What it counts or measures, with its unit. */
  readonly help: string
  readonly labels: readonly string[]
  /** Upper bounds of a histogram's buckets, in the unit of the metric. */
  readonly buckets?: readonly number[]
  readonly processes: readonly MetricProcess[]
}

/** Seconds, from one group commit (0.5 ms) to a request that waited for an unhappy API server. */
const latencyBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10] as const

export const metricTable = {
  signet_http_requests_total: {
    kind: 'counter',
    help: 'Requests to the certificate API by route and status code.',
    labels: ['route', 'method', 'status'],
    processes: ['authority'],
  },
  signet_http_request_duration_seconds: {
    kind: 'histogram',
    help: 'Time from the head of a request to the end of its answer, in seconds.',
    labels: ['route'],
    buckets: latencyBuckets,
    processes: ['authority'],
  },
  signet_certificates_issued_total: {
    kind: 'counter',
    help: 'Certificates issued; operation is sign, renew, rekey or serve (the authority’s own).',
    labels: ['operation', 'provisioner'],
    processes: ['authority'],
  },
  signet_certificates_revoked_total: {
    kind: 'counter',
    help: 'Certificates revoked by the token of a provisioner; of no provisioner: by their holders.',
    labels: ['provisioner'],
    processes: ['authority'],
  },
  signet_requests_refused_total: {
    kind: 'counter',
    help: 'Requests for a certificate or a revocation, and tokens of the admin API, that were refused, by the reason that the log and the Event give.',
    labels: ['operation', 'reason'],
    processes: ['authority'],
  },
  signet_provisioner_webhook_calls_total: {
    kind: 'counter',
    help: 'Calls of the webhooks of provisioners, each by name; outcome is allowed, denied or failed (no clear answer).',
    labels: ['provisioner', 'webhook', 'outcome'],
    processes: ['authority'],
  },
  signet_provisioner_webhook_duration_seconds: {
    kind: 'histogram',
    help: 'Time of one call of a webhook of a provisioner with its retry, in seconds.',
    labels: ['provisioner', 'webhook'],
    buckets: latencyBuckets,
    processes: ['authority'],
  },
  signet_store_batch_seconds: {
    kind: 'histogram',
    help: 'Time of one durable group commit, in seconds.',
    labels: [],
    buckets: latencyBuckets,
    processes: ['authority'],
  },
  signet_store_writes_total: {
    kind: 'counter',
    help: 'Writes made durable; divided by the number of group commits it is the mean batch.',
    labels: [],
    processes: ['authority'],
  },
  signet_certificate_expiry_timestamp_seconds: {
    kind: 'gauge',
    help: 'notAfter, as seconds since the epoch, of a certificate that this process works with: root (the first to end), intermediate or serving.',
    labels: ['certificate'],
    processes: ['authority', 'webhook'],
  },
  signet_config_reloads_total: {
    kind: 'counter',
    help: 'Configurations offered after start; result is applied or refused.',
    labels: ['result'],
    processes: ['authority'],
  },
  signet_certificate_ready_status: {
    kind: 'gauge',
    help: '1 if the Certificate is Ready, else 0. Ends with the object.',
    labels: ['namespace', 'name'],
    processes: ['operator'],
  },
  signet_certificate_not_after_timestamp_seconds: {
    kind: 'gauge',
    help: 'notAfter of the certificate in the Secret of a Certificate, as seconds since the epoch.',
    labels: ['namespace', 'name'],
    processes: ['operator'],
  },
  signet_certificate_renewal_timestamp_seconds: {
    kind: 'gauge',
    help: 'When the certificate in the Secret of a Certificate will be renewed, as seconds since the epoch.',
    labels: ['namespace', 'name'],
    processes: ['operator'],
  },
  signet_certificate_issuances_total: {
    kind: 'counter',
    help: 'Attempts to get a certificate for a Certificate; result is issued, refused or unavailable.',
    labels: ['result'],
    processes: ['operator'],
  },
  signet_authority_ready_status: {
    kind: 'gauge',
    help: '1 if the Authority is Ready, else 0. Ends with the object.',
    labels: ['name'],
    processes: ['operator'],
  },
  signet_reconcile_total: {
    kind: 'counter',
    help: 'Objects that a controller looked at; result is success or error.',
    labels: ['controller', 'result'],
    processes: ['operator'],
  },
  signet_reconcile_duration_seconds: {
    kind: 'histogram',
    help: 'Time that a controller worked on one object, in seconds.',
    labels: ['controller'],
    buckets: latencyBuckets,
    processes: ['operator'],
  },
  signet_workqueue_wait_seconds: {
    kind: 'histogram',
    help: 'Time that an object waited for its controller, in seconds.',
    labels: ['controller'],
    buckets: latencyBuckets,
    processes: ['operator'],
  },
  signet_kubernetes_requests_total: {
    kind: 'counter',
    help: 'Calls to the Kubernetes API by method and status code; 0 where there was no answer.',
    labels: ['method', 'status'],
    processes: ['operator'],
  },
  signet_leader: {
    kind: 'gauge',
    help: '1 if this replica holds the lease and reconciles, else 0.',
    labels: [],
    processes: ['operator'],
  },
  signet_webhook_reviews_total: {
    kind: 'counter',
    help: 'Reviews of pods by outcome: injected, left (nothing to do) or refused.',
    labels: ['outcome'],
    processes: ['webhook'],
  },
  signet_webhook_review_duration_seconds: {
    kind: 'histogram',
    help: 'Time to answer one review, in seconds.',
    labels: [],
    buckets: latencyBuckets,
    processes: ['webhook'],
  },
  signet_ready: {
    kind: 'gauge',
    help: '1 if the last readiness check passed, else 0.',
    labels: [],
    processes: ['authority', 'operator', 'webhook'],
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>

type Table = typeof metricTable
export type MetricName = keyof Table
type OfKind<Kind extends MetricDefinition['kind']> = {
  [Name in MetricName]: Table[Name]['kind'] extends Kind ? Name : never
}[MetricName]

/** Exactly the labels of that metric, all of them. */
export type LabelsOf<Name extends MetricName> = Readonly<Record<Table[Name]['labels'][number], string>>

/** What code that counts things gets: it never fails and never waits. */
export type Metrics = {
  /** Adds `by` (1 unless given) to a counter. */
  add<Name extends OfKind<'counter'>>(name: Name, labels: LabelsOf<Name>, by?: number): void
  /** Sets a gauge. */
  set<Name extends OfKind<'gauge'>>(name: Name, labels: LabelsOf<Name>, value: number): void
  /** Ends a series of a gauge, because what it showed is gone. */
  remove<Name extends OfKind<'gauge'>>(name: Name, labels: LabelsOf<Name>): void
  /** Records one value in a histogram. */
  observe<Name extends OfKind<'histogram'>>(name: Name, labels: LabelsOf<Name>, value: number): void
}
