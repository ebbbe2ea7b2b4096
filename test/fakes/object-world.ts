import { SignetError } from '../../src/core/errors.ts'
import type { KubernetesObject, Named, ObjectKey, ResourceKind } from '../../src/core/resources/index.ts'
import { keyText } from '../../src/core/resources/object-key.ts'
import type { Change, Informer, KubeApi } from '../../src/operator/ports.ts'

type Any = Named<KubernetesObject> & { spec?: unknown; status?: unknown }

/** A call that was made, such as `apply Secret shop/web-tls` or `apply Certificate/status shop/web`. */
export type ObjectWorld = {
  readonly kube: KubeApi
  readonly calls: string[]
  /** Calls that write. */
  writes(): string[]
  /** The next call of which the text begins so fails so. */
  failNext(call: string, error: SignetError): void
  /** Stores an object as a user's client would; the API server fills in uid, generation and version. */
  put<T extends KubernetesObject>(kind: ResourceKind<T>, object: T): Named<T>
  remove(kind: ResourceKind, key: ObjectKey): void
  find<T extends KubernetesObject>(kind: ResourceKind<T>, key: ObjectKey): Named<T> | undefined
  /** A cache of this kind. With `select`, of those for which it holds; what a watch would drop is dropped. */
  inform<T extends KubernetesObject>(kind: ResourceKind<T>, options?: InformOptions<T>): Informer<T>
  /** Informers see nothing of what happens between the two: a watch that runs behind. */
  holdWatches(): void
  releaseWatches(): void
}

export type InformOptions<T extends KubernetesObject> = {
  readonly select?: (object: Named<T>) => boolean
  readonly metadataOnly?: boolean
  readonly indexes?: Readonly<Record<string, (object: Named<T>) => readonly string[]>>
}

/** An API server in memory: server-side apply replaces what a manager sends, which is all that the operator owns. */
export function createObjectWorld(): ObjectWorld {
  const objects = new Map<string, Any>()
  const calls: string[] = []
  const failures: { call: string; error: SignetError }[] = []
  const watchers: ((path: string, kind: string, before: Any | undefined, after: Any | undefined) => void)[] = []
  const held: (() => void)[] = []
  let holding = false
  let version = 0

  const pathOf = (kind: ResourceKind, key: ObjectKey): string => `${kind.kind} ${keyText(key)}`

  const store = (kind: ResourceKind, key: ObjectKey, after: Any | undefined): void => {
    const path = pathOf(kind, key)
    const before = objects.get(path)
    if (after === undefined) objects.delete(path)
    else objects.set(path, after)
    const tell = (): void => watchers.forEach((watcher) => watcher(path, kind.kind, before, after))
    if (holding) held.push(tell)
    else tell()
  }

  const stamp = (kind: ResourceKind, object: Any, before: Any | undefined): Any => {
    version += 1
    const specChanged = JSON.stringify(before?.spec) !== JSON.stringify(object.spec)
    const generation = (before?.metadata.generation ?? 0) + (before === undefined || specChanged ? 1 : 0)
    const uid = before?.metadata.uid ?? object.metadata.uid ?? `uid-${version}`
    const metadata = { ...object.metadata, uid, generation, resourceVersion: String(version) }
    return { ...object, apiVersion: kind.apiVersion, kind: kind.kind, metadata }
  }

  const enter = (call: string): void => {
    calls.push(call)
    const index = failures.findIndex((failure) => call.startsWith(failure.call))
    const [failure] = index < 0 ? [] : failures.splice(index, 1)
    if (failure !== undefined) throw failure.error
  }

  const checkPreconditions = (object: Any, before: Any | undefined): void => {
    const { resourceVersion, uid } = object.metadata
    if (resourceVersion !== undefined && resourceVersion !== before?.metadata.resourceVersion) {
      throw new SignetError('conflict', 'the object has been modified')
    }
    if (uid !== undefined && uid !== before?.metadata.uid) throw new SignetError('conflict', 'Precondition failed: UID')
  }

  const kube: KubeApi = {
    async get<T extends KubernetesObject>(kind: ResourceKind<T>, key: ObjectKey) {
      enter(`get ${pathOf(kind, key)}`)
      return structuredClone(objects.get(pathOf(kind, key))) as Named<T> | undefined
    },
    async create<T extends KubernetesObject>(kind: ResourceKind<T>, object: Named<T>) {
      enter(`create ${pathOf(kind, object.metadata)}`)
      if (objects.has(pathOf(kind, object.metadata))) throw new SignetError('conflict', 'already exists')
      const sent = structuredClone(object) as Any
      const managedFields = [{ manager: 'signet-operator', operation: 'Update' as const }]
      const after = stamp(kind, { ...sent, metadata: { ...sent.metadata, managedFields } }, undefined)
      store(kind, after.metadata, after)
      return structuredClone(after) as Named<T>
    },
    async apply<T extends KubernetesObject>(
      kind: ResourceKind<T>,
      object: Named<T>,
      { subresource }: { subresource?: 'status' } = {},
    ) {
      const path = pathOf(kind, object.metadata)
      enter(subresource === undefined ? `apply ${path}` : `apply ${path.replace(' ', '/status ')}`)
      const before = objects.get(path)
      const sent = structuredClone(object) as Any
      checkPreconditions(sent, before)
      if (subresource !== undefined && before === undefined) throw new SignetError('not-found', 'not found')
      const merged =
        subresource === undefined || before === undefined
          ? { ...sent, ...(before?.status !== undefined && { status: before.status }) }
          : { ...before, status: sent.status }
      const after = stamp(kind, merged, before)
      store(kind, after.metadata, after)
      return structuredClone(after) as Named<T>
    },
    async mergePatch<T extends KubernetesObject>(kind: ResourceKind<T>, key: ObjectKey, patch: unknown) {
      enter(`patch ${pathOf(kind, key)}`)
      const before = objects.get(pathOf(kind, key))
      if (before === undefined) throw new SignetError('not-found', 'not found')
      const { metadata } = patch as { metadata: Partial<Any['metadata']> }
      const annotations = { ...before.metadata.annotations, ...metadata.annotations }
      const after = stamp(kind, { ...before, metadata: { ...before.metadata, ...metadata, annotations } }, before)
      store(kind, key, after)
      return structuredClone(after) as Named<T>
    },
    async request(method, path) {
      enter(`${method} ${path}`)
      const expirationTimestamp = new Date(Date.UTC(2100, 0, 1)).toISOString()
      return { status: { token: `token-${calls.length}`, expirationTimestamp } }
    },
  }

  return {
    kube,
    calls,
    writes: () => calls.filter((call) => /^(apply|create|patch) /.test(call)),
    failNext: (call, error) => void failures.push({ call, error }),
    put(kind, object) {
      const named = structuredClone(object) as unknown as Any
      const before = objects.get(pathOf(kind, named.metadata))
      const after = stamp(kind, { ...(before?.status !== undefined && { status: before.status }), ...named }, before)
      store(kind, after.metadata, after)
      return structuredClone(after) as never
    },
    remove: (kind, key) => store(kind, key, undefined),
    find: (kind, key) => structuredClone(objects.get(pathOf(kind, key))) as never,
    inform: (kind, options = {}) => informer(kind, options, [...objects], watchers),
    holdWatches: () => void (holding = true),
    releaseWatches() {
      holding = false
      for (const tell of held.splice(0)) tell()
    },
  }
}

function informer<T extends KubernetesObject>(
  kind: ResourceKind<T>,
  { select = () => true, metadataOnly = false, indexes = {} }: InformOptions<T>,
  existing: readonly [string, Any][],
  watchers: ((path: string, kind: string, before: Any | undefined, after: Any | undefined) => void)[],
): Informer<T> {
  const cache = new Map<string, Named<T>>()
  const handlers: ((change: Change<T>) => void)[] = []
  const seen = (object: Any | undefined): Named<T> | undefined => {
    if (object === undefined || !select(object as unknown as Named<T>)) return undefined
    return (metadataOnly ? { metadata: object.metadata } : object) as unknown as Named<T>
  }
  const take = (object: Any | undefined, path: string): void => {
    const previous = cache.get(path)
    const current = seen(object)
    if (current === undefined && previous === undefined) return
    if (current === undefined) cache.delete(path)
    else cache.set(path, current)
    for (const handler of handlers) handler({ current, previous })
  }
  for (const [path, object] of existing) if (path.startsWith(`${kind.kind} `)) take(object, path)
  watchers.push((path, ofKind, _, after) => {
    if (ofKind === kind.kind) take(after, path)
  })
  return {
    get: (key) => cache.get(`${kind.kind} ${keyText(key)}`),
    list: () => [...cache.values()],
    byIndex: (index, value) => [...cache.values()].filter((object) => indexes[index]?.(object).includes(value)),
    onChange(handler) {
      handlers.push(handler)
      for (const current of cache.values()) handler({ current, previous: undefined })
    },
    synced: true,
  }
}
