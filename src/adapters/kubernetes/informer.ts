import { isSignetError } from '../../core/errors.ts'
import type { Log } from '../../core/log.ts'
import type { KubernetesObject } from '../../core/resources/metadata.ts'
import type { ResourceKind } from '../../core/resources/resource-kind.ts'
import { expiredReason } from './api-error.ts'
import { delayAfter, type Backoff } from '../../core/backoff.ts'
import { jittered, pause } from './backoff.ts'
import type { KubeApi } from './client.ts'
import type { ListOptions } from './list-watch.ts'
import { createObjectCache, type Indexes, type ObjectCache } from './object-cache.ts'

export type InformerOptions<T extends KubernetesObject> = Omit<ListOptions, 'namespace' | 'signal'> & {
  readonly api: Pick<KubeApi, 'list' | 'watch'>
  readonly kind: ResourceKind<T>
  readonly log: Log
  /** Only these namespaces, each with its own watch; without, all of them with one. */
  readonly namespaces?: readonly string[]
  readonly indexes?: Indexes<T>
  /** Pause after a failure, doubled up to the longest. Default: 0.5 s to 10 s. */
  readonly backoff?: Backoff
  /** How often everything is listed again although the watch lives, in milliseconds. Default: 15 minutes. */
  readonly relistMs?: number
}

/** A cache of one kind that a watch keeps up to date. What it returns is shared and must not be changed. */
export type Informer<T extends KubernetesObject> = Pick<ObjectCache<T>, 'get' | 'list' | 'byIndex' | 'onChange'> & {
  /** True once everything that was there at the start has been listed. */
  readonly synced: boolean
  /** Resolves when `synced` is true. */
  whenSynced(): Promise<void>
  /** Ends the watch; the cache stays as it is. */
  stop(): void
}

/** Ten seconds at most, so that an API server that is back is noticed well within a minute. */
const defaultBackoff: Backoff = { firstMs: 500, longestMs: 10_000 }
const defaultRelistMs = 15 * 60_000
/** After this many failures in a row the watch is not resumed: an API server restored from a backup never gets there. */
const resumeAttempts = 3

/**
 * Starts to list and watch. Nothing ends it but `stop`: a broken connection is resumed where it was, a resourceVersion
 * that has expired (410) is listed anew, a server that is silent for two minutes is left, any other failure is tried again
 * for ever. Everything is listed again now and then, with a change told for every object, in case a watch went silent.
 */
export function startInformer<T extends KubernetesObject>(options: InformerOptions<T>): Informer<T> {
  const cache = createObjectCache<T>(options.log, options.indexes)
  const stopper = new AbortController()
  const scopes: (string | undefined)[] = options.namespaces === undefined ? [undefined] : [...options.namespaces]
  const pending = new Set(scopes)
  const { promise, resolve } = Promise.withResolvers<void>()
  const onListed = (scope: string | undefined): void => {
    pending.delete(scope)
    if (pending.size === 0) resolve()
  }
  if (scopes.length === 0) resolve()
  for (const scope of scopes) void runForEver(options, cache, scope, stopper.signal, () => onListed(scope))
  return {
    get: (key) => cache.get(key),
    list: () => cache.list(),
    byIndex: (index, value) => cache.byIndex(index, value),
    onChange: (handler) => cache.onChange(handler),
    get synced() {
      return pending.size === 0
    },
    whenSynced: () => promise,
    stop: () => stopper.abort(),
  }
}

async function runForEver<T extends KubernetesObject>(
  options: InformerOptions<T>,
  cache: ObjectCache<T>,
  namespace: string | undefined,
  signal: AbortSignal,
  onListed: () => void,
): Promise<void> {
  const { api, kind, log } = options
  const selection = selectionOf(options, namespace)
  for (let failures = 0; !signal.aborted;) {
    try {
      const { items, resourceVersion } = await api.list(kind, { ...selection, signal })
      cache.replace(items, namespace)
      onListed()
      failures = 0
      await watchUntilRelist(options, cache, { ...selection, resourceVersion }, signal)
    } catch (err) {
      failures += 1
      await report(log, kind, err, failures, options.backoff, signal)
    }
  }
}

/** Watches, and resumes where a watch ended, until it is time to list again. Fails where resuming is of no use. */
async function watchUntilRelist<T extends KubernetesObject>(
  options: InformerOptions<T>,
  cache: ObjectCache<T>,
  start: ListOptions & { readonly resourceVersion: string },
  stop: AbortSignal,
): Promise<void> {
  const relist = AbortSignal.timeout(Math.round(jittered(options.relistMs ?? defaultRelistMs)))
  const signal = AbortSignal.any([stop, relist])
  let { resourceVersion } = start
  for (let failures = 0; !signal.aborted;) {
    try {
      for await (const event of options.api.watch(options.kind, { ...start, resourceVersion, signal })) {
        failures = 0
        resourceVersion =
          event.type === 'BOOKMARK' ? event.resourceVersion : (event.object.metadata.resourceVersion ?? '')
        if (event.type === 'DELETED') cache.remove(event.object.metadata)
        else if (event.type !== 'BOOKMARK') cache.put(event.object as Parameters<typeof cache.put>[0])
      }
      // A server that ends watches at once, without a word, must not be asked in a tight loop.
      await pause(jittered(100), signal)
    } catch (err) {
      if (signal.aborted) return
      failures += 1
      if (isSignetError(err) && err.reason === expiredReason) return
      if (failures >= resumeAttempts) throw err
      await report(options.log, options.kind, err, failures, options.backoff, signal)
    }
  }
}

async function report(
  log: Log,
  { plural }: ResourceKind,
  err: unknown,
  failures: number,
  limits: Backoff = defaultBackoff,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) return
  const delayMs = jittered(delayAfter(limits, failures))
  log.warn({ err, plural, failures, delayMs: Math.round(delayMs) }, 'watching failed, trying again')
  await pause(delayMs, signal)
}

function selectionOf<T extends KubernetesObject>(
  options: InformerOptions<T>,
  namespace: string | undefined,
): ListOptions {
  const { labelSelector, fieldSelector, metadataOnly } = options
  return {
    ...(namespace === undefined ? {} : { namespace }),
    ...(labelSelector === undefined ? {} : { labelSelector }),
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
    ...(metadataOnly === undefined ? {} : { metadataOnly }),
  }
}
