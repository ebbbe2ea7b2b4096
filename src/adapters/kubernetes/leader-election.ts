import { isSignetError, SignetError } from '../../core/errors.ts'
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'
import type { Named, ObjectKey } from '../../core/resources/metadata.ts'
import type { ResourceKind } from '../../core/resources/resource-kind.ts'
import { jittered, pause } from './backoff.ts'
import type { KubeApi } from './client.ts'
import { formatMicroTime } from './micro-time.ts'

export type Lease = {
  metadata: { name: string }
  spec?: {
    holderIdentity?: string
    leaseDurationSeconds?: number
    acquireTime?: string
    renewTime?: string
    leaseTransitions?: number
  }
}

export const leases: ResourceKind<Lease> = {
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  plural: 'leases',
  namespaced: true,
}

export type LeaderElectionOptions = {
  readonly api: Pick<KubeApi, 'get' | 'create' | 'replace'>
  readonly lease: ObjectKey & { readonly namespace: string }
  /** Unique to this process: the name of its Pod. */
  readonly identity: string
  readonly clock: Clock
  readonly log: Log
  readonly timing?: LeaseTiming
  /** Called once, when this process becomes the leader. */
  readonly onElected: () => void
}

/** Milliseconds; as client-go: a lease of 15 s, renewed every 2 s, given up when it could not be for 10 s. */
export type LeaseTiming = { readonly leaseMs: number; readonly renewDeadlineMs: number; readonly retryMs: number }

const defaultTiming: LeaseTiming = { leaseMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2000 }

/** What was seen of the lease, and when by this process's own monotonic clock: other clocks are not trusted. */
type Observation = { readonly record: string; readonly at: number }

/**
 * Waits to become the leader, then stays it until `signal`: resolves after the lease has been released, so that another
 * candidate takes over at once. Fails with `unavailable` when the lease is lost or could not be renewed in time: the
 * process must end then, because another may be the leader already.
 */
export async function runLeaderElection(options: LeaderElectionOptions, signal: AbortSignal): Promise<void> {
  const { log, identity, timing = defaultTiming } = options
  let observed: Observation = { record: '', at: performance.now() }
  let renewedAt: number | undefined
  while (!signal.aborted) {
    const patience = renewedAt === undefined ? timing.leaseMs : renewedAt + timing.renewDeadlineMs - performance.now()
    const outcome = await within(patience, tryLease(options, timing, observed)).catch((err: unknown) =>
      failedTry(log, err),
    )
    if (outcome.observation !== undefined) observed = outcome.observation
    if (outcome.held) {
      if (renewedAt === undefined) {
        log.info({ identity }, 'elected leader')
        options.onElected()
      }
      renewedAt = outcome.at
    } else if (renewedAt !== undefined && (outcome.taken || performance.now() - renewedAt >= timing.renewDeadlineMs)) {
      throw new SignetError('unavailable', `the lease ${options.lease.name} is lost`, { reason: 'LeaseLost' })
    }
    // Candidates wait up to a fifth longer, so that they do not all ask at once (client-go: jitter factor 1.2).
    await pause(renewedAt === undefined ? jittered(timing.retryMs * 1.2) : timing.retryMs, signal)
  }
  if (renewedAt !== undefined) await release(options).catch((err: unknown) => failedTry(log, err))
}

/** A call that hangs must not keep a leader in office beyond its lease. */
async function within<T>(milliseconds: number, call: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const late = () =>
    reject(new SignetError('unavailable', 'no answer about the lease in time', { reason: 'Unreachable' }))
  const timer = setTimeout(late, Math.max(milliseconds, 0))
  try {
    return await Promise.race([call, promise])
  } finally {
    clearTimeout(timer)
  }
}

type Outcome = {
  readonly held: boolean
  /** Someone else holds it. */
  readonly taken: boolean
  /** Before the request was sent: the lease counts from then at the earliest. */
  readonly at: number
  readonly observation?: Observation
}

function failedTry(log: Log, err: unknown): Outcome {
  // A conflict is a lost race: what there is now is seen at the next try.
  if (!isSignetError(err, 'conflict')) log.warn({ err }, 'asking for the lease failed, trying again')
  return { held: false, taken: false, at: performance.now() }
}

async function tryLease(options: LeaderElectionOptions, timing: LeaseTiming, before: Observation): Promise<Outcome> {
  const { api, lease, identity } = options
  const at = performance.now()
  const current = await api.get(leases, lease)
  if (current === undefined) {
    await api.create(leases, { metadata: { ...lease }, spec: specOf(options, timing, undefined) })
    return { held: true, taken: false, at }
  }
  const record = JSON.stringify(current.spec ?? {})
  const observation = record === before.record ? before : { record, at: performance.now() }
  const holder = current.spec?.holderIdentity ?? ''
  const expired = performance.now() - observation.at >= (current.spec?.leaseDurationSeconds ?? 0) * 1000
  if (holder !== '' && holder !== identity && !expired) return { held: false, taken: true, at, observation }
  await api.replace(leases, { ...current, spec: specOf(options, timing, current) })
  return { held: true, taken: false, at, observation }
}

function specOf({ clock, identity }: LeaderElectionOptions, timing: LeaseTiming, current: Named<Lease> | undefined) {
  const now = formatMicroTime(clock.now())
  const before = current?.spec ?? {}
  const mine = before.holderIdentity === identity
  return {
    ...before,
    holderIdentity: identity,
    leaseDurationSeconds: Math.ceil(timing.leaseMs / 1000),
    acquireTime: mine ? (before.acquireTime ?? now) : now,
    renewTime: now,
    leaseTransitions: (before.leaseTransitions ?? -1) + (mine ? 0 : 1),
  }
}

/** Leaves the lease to whoever asks next. */
async function release({ api, lease, identity, clock }: LeaderElectionOptions): Promise<Outcome> {
  const current = await api.get(leases, lease)
  if (current?.spec?.holderIdentity === identity) {
    const spec = {
      ...current.spec,
      holderIdentity: '',
      leaseDurationSeconds: 1,
      renewTime: formatMicroTime(clock.now()),
    }
    await api.replace(leases, { ...current, spec })
  }
  return { held: false, taken: false, at: performance.now() }
}
