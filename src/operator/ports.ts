import type { CaClient } from '../client/ca-client.ts'
import type { KubernetesObject, Named, ObjectKey, ResourceKind } from '../core/resources/index.ts'

/**
 * What the operator needs from the world. `app/operator.ts` passes the adapters in; tests pass fakes that count calls.
 */

export type ApplyOptions = {
  /** Write the `status` subresource instead of the object itself. */
  readonly subresource?: 'status'
}

/**
 * The Kubernetes API. Every call asks the API server. Failures are SignetErrors: `conflict` (409), `forbidden` (403),
 * `malformed` (400, 422), `unavailable` (no answer, 429, 5xx), each with the API server's own message.
 */
export type KubeApi = {
  /** undefined if there is no such object. */
  get<T extends KubernetesObject>(kind: ResourceKind<T>, key: ObjectKey): Promise<Named<T> | undefined>
  /** Creates the object; fails with `conflict` if one of that name exists. */
  create<T extends KubernetesObject>(kind: ResourceKind<T>, object: Named<T>): Promise<Named<T>>
  /** Server-side apply under the operator's one field manager; what others own is taken over. `metadata.resourceVersion`, if given, must still hold. */
  apply<T extends KubernetesObject>(kind: ResourceKind<T>, object: Named<T>, options?: ApplyOptions): Promise<Named<T>>
  /** JSON merge patch (RFC 7386). */
  mergePatch<T extends KubernetesObject>(kind: ResourceKind<T>, key: ObjectKey, patch: unknown): Promise<Named<T>>
  /** A call that has no object, such as a TokenRequest. Gives the parsed body. */
  request(method: string, path: string, options?: { readonly body?: unknown }): Promise<unknown>
}

/** A cache of one kind that a watch keeps up to date; what it returns is shared and must not be changed. */
export type Informer<T extends KubernetesObject> = {
  get(key: ObjectKey): Named<T> | undefined
  list(): readonly Named<T>[]
  /** Objects that the index of this name has under this value. */
  byIndex(index: string, value: string): readonly Named<T>[]
  /** Calls back on each addition, change (with what was there before) and deletion, also for what is there already. */
  onChange(handler: (change: Change<T>) => void): void
  /** True once everything that was there has been listed. */
  readonly synced: boolean
}

export type Change<T extends KubernetesObject> = {
  /** undefined: deleted. */
  readonly current: Named<T> | undefined
  /** undefined: new. The same version as `current` where a list only repeats what is known. */
  readonly previous: Named<T> | undefined
}

/** Keys waiting to be worked on: no key twice, no key by two workers at once. */
export type WorkQueue = {
  add(key: string): void
  /** Adds the key after this many milliseconds; of several waits for one key the earliest holds. */
  addAfter(key: string, delayMs: number): void
}

/** Writes Events (`events.k8s.io/v1`), equal ones as one with a count. Never fails and never waits. */
export type EventRecorder = {
  record(event: OperatorEvent): void
}

export type OperatorEvent = {
  readonly regarding: {
    readonly apiVersion: string
    readonly kind: string
    readonly metadata: Named<object>['metadata']
  }
  readonly type: 'Normal' | 'Warning'
  /** CamelCase, bounded. */
  readonly reason: string
  /** What the operator was doing, in CamelCase, such as `Issue`. */
  readonly action: string
  readonly note: string
}

/** What a replica of an authority says at `/status` on its metrics port. */
export type ReplicaStatus = {
  readonly generation: string
  /** The configuration that it was offered last and did not load; undefined if it loaded that one. */
  readonly refused?: {
    /** undefined if the text that was offered names none. */
    readonly generation?: string
    /** Why; at most 1,024 characters. */
    readonly message: string
  }
}

/** Asks one replica by its pod IP; undefined if it does not answer within 2 s. */
export type ReplicaProbe = (podIP: string) => Promise<ReplicaStatus | undefined>

/** A client of an Authority that trusts exactly these roots; connections are kept open and shared. */
export type AuthorityClients = (authority: { readonly url: string; readonly rootsPem: string }) => CaClient

/** Makes a queue whose workers call `work` for each key; a failure of it is tried again, later each time. */
export type CreateQueue = (options: {
  readonly controller: ControllerName
  readonly workers: number
  readonly work: (key: string) => Promise<void>
}) => RunnableQueue

export type RunnableQueue = WorkQueue & {
  /** Lets the workers begin; until then keys only gather. */
  start(): void
  /** Takes nothing up any more; resolves when the work in hand is done. */
  stop(): Promise<void>
}

export const controllerNames = ['authority', 'provisioner', 'policy', 'certificate', 'webhook', 'defaults'] as const
export type ControllerName = (typeof controllerNames)[number]
