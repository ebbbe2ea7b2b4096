import { randomBytes } from 'node:crypto'
import { sha256Hex, utf8Bytes } from '../../core/bytes.ts'
import { isSignetError } from '../../core/errors.ts'
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'
import type { KubernetesObject } from '../../core/resources/metadata.ts'
import type { ResourceKind } from '../../core/resources/resource-kind.ts'
import type { KubeApi } from './client.ts'
import { formatMicroTime } from './micro-time.ts'

/** Something that happened to an object, for `kubectl describe`. */
export type RecordedEvent = {
  readonly regarding: {
    readonly apiVersion: string
    readonly kind: string
    readonly metadata: { readonly name: string; readonly namespace?: string; readonly uid?: string }
  }
  readonly type: 'Normal' | 'Warning'
  /** Why, in CamelCase, from a closed set. */
  readonly reason: string
  /** What was being done, in CamelCase, such as `Issue`. */
  readonly action: string
  /** A sentence for people; cut at 1,024 characters. */
  readonly note: string
}

/** Writes Events (`events.k8s.io/v1`), equal ones as one with a count. Never fails and never waits. */
export type EventRecorder = {
  record(event: RecordedEvent): void
  /** Resolves when all that was recorded so far has been written or given up. */
  flush(): Promise<void>
}

export type EventRecorderOptions = {
  readonly api: Pick<KubeApi, 'create' | 'mergePatch'>
  /** Qualified name of the writer, such as `signet.dev/operator`. */
  readonly controller: string
  /** Which of its processes: the name of the Pod. */
  readonly instance: string
  readonly clock: Clock
  readonly log: Log
}

type Series = {
  readonly name: string
  readonly namespace: string
  readonly event: RecordedEvent
  count: number
  /** How many the API server knows of: 0 before the Event exists. */
  written: number
  lastAt: number
}

type EventObject = KubernetesObject & { series?: { count: number; lastObservedTime: string } }

const events: ResourceKind<EventObject> = {
  apiVersion: 'events.k8s.io/v1',
  kind: 'Event',
  plural: 'events',
  namespaced: true,
}

/** Series that are remembered; beyond, the oldest starts over as a new Event. */
const maxSeries = 2000
/** Writes that wait; beyond, new Events are dropped and only their first loss is logged. */
const maxPending = 500
/** A series that was silent for this long starts over, as in client-go: its Event may be gone soon (they live an hour). */
const seriesLifeMs = 6 * 60_000
const maxNote = 1024
const maxInstance = 128
/** An Event of an object outside namespaces goes here (API convention). */
const clusterNamespace = 'default'

export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { clock, log } = options
  const known = new Map<string, Series>()
  /** Series with something to write, in order; one is written at a time, so that a storm of Events stays a trickle. */
  const pending = new Set<Series>()
  let writer: Promise<void> | undefined
  let dropped = false

  const seriesOf = (event: RecordedEvent): Series => {
    const key = keyOf(event)
    const found = known.get(key)
    known.delete(key)
    const fresh = found !== undefined && clock.now() - found.lastAt < seriesLifeMs
    const series = fresh ? found : newSeries(event)
    known.set(key, series)
    for (const oldest of known.keys()) {
      if (known.size <= maxSeries) break
      known.delete(oldest)
    }
    return series
  }

  const writeAll = async (): Promise<void> => {
    for (const series of pending) {
      pending.delete(series)
      await write(options, series).catch((err: unknown) => log.warn({ err }, 'an Event could not be written'))
    }
    dropped = false
    writer = undefined
  }

  return {
    record: (event) => {
      const series = seriesOf(event)
      series.count += 1
      series.lastAt = clock.now()
      if (pending.size >= maxPending && !pending.has(series)) {
        if (!dropped) log.warn({ pending: pending.size }, 'too many Events are waiting, dropping new ones')
        dropped = true
        return
      }
      pending.add(series)
      writer ??= writeAll()
    },
    flush: () => writer ?? Promise.resolve(),
  }
}

function keyOf({ regarding, type, reason, action, note }: RecordedEvent): string {
  const { apiVersion, kind, metadata } = regarding
  const facts = [apiVersion, kind, metadata.namespace, metadata.name, metadata.uid, type, reason, action, note]
  return sha256Hex(utf8Bytes(JSON.stringify(facts)))
}

function newSeries(event: RecordedEvent): Series {
  const { name, namespace = clusterNamespace } = event.regarding.metadata
  const suffix = randomBytes(8).toString('hex')
  return { name: `${name.slice(0, 200)}.${suffix}`, namespace, event, count: 0, written: 0, lastAt: 0 }
}

async function write(options: EventRecorderOptions, series: Series): Promise<void> {
  const { count } = series
  if (count === series.written) return
  if (series.written > 0) {
    try {
      await options.api.mergePatch(events, series, { series: seriesField(series, count) })
      series.written = count
      return
    } catch (error) {
      // Deleted, or too old and gone: told anew.
      if (!isSignetError(error, 'not-found')) throw error
    }
  }
  await options.api.create(events, eventObject(options, series, count))
  series.written = count
}

function seriesField({ lastAt }: Series, count: number) {
  return { count, lastObservedTime: formatMicroTime(lastAt) }
}

function eventObject({ controller, instance, clock }: EventRecorderOptions, series: Series, count: number) {
  const { name, namespace, event } = series
  const { apiVersion, kind, metadata } = event.regarding
  return {
    metadata: { name, namespace },
    eventTime: formatMicroTime(clock.now()),
    reportingController: controller,
    reportingInstance: instance.slice(0, maxInstance),
    type: event.type,
    reason: event.reason,
    action: event.action,
    note: event.note.slice(0, maxNote),
    regarding: { apiVersion, kind, name: metadata.name, namespace: metadata.namespace, uid: metadata.uid },
    ...(count > 1 ? { series: seriesField(series, count) } : {}),
  }
}
