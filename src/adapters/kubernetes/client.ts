import type { KubernetesObject, Named, ObjectKey } from '../../core/resources/metadata.ts'
import type { ResourceKind } from '../../core/resources/resource-kind.ts'
import { isSignetError } from '../../core/errors.ts'
import type { KubeConfig } from './kube-config.ts'
import {
  listAll,
  watchLines,
  type ListOptions,
  type ListResult,
  type WatchEvent,
  type WatchOptions,
} from './list-watch.ts'
import { collectionPath, objectPath } from './paths.ts'
import { createRequests, type RequestOptions, type RequestSample } from './requests.ts'

export type KubeApiOptions = {
  readonly config: KubeConfig
  /** Owner of the fields that `apply` writes: one for each role, for ever. */
  readonly fieldManager: string
  readonly onRequest?: (sample: RequestSample) => void
}

export type WholeOptions = {
  /** Of fields that the kind does not have: `malformed`; the API server leaves them out unless told otherwise. */
  readonly fieldValidation?: 'Strict'
}

export type WriteOptions = {
  /** Write the `status` subresource instead of the object itself. */
  readonly subresource?: 'status'
}

/**
 * The Kubernetes API. Every call asks the API server. Failures are SignetErrors: `not-found` (404), `conflict` (409, 410),
 * `forbidden` (403), `malformed` (400, 422), `unavailable` (no answer, 429, 5xx), each with the API server's own message.
 */
export type KubeApi = {
  /** undefined if there is no such object. */
  get<T extends KubernetesObject>(kind: ResourceKind<T>, key: ObjectKey): Promise<Named<T> | undefined>
  /** All pages of what there is. */
  list<T extends KubernetesObject>(kind: ResourceKind<T>, options?: ListOptions): Promise<ListResult<T>>
  /** Creates the object; fails with `conflict` if one of that name exists. */
  create<T extends KubernetesObject>(kind: ResourceKind<T>, object: Named<T>, options?: WholeOptions): Promise<Named<T>>
  /** Writes the whole object; `metadata.resourceVersion` must still hold, else `conflict`. */
  replace<T extends KubernetesObject>(
    kind: ResourceKind<T>,
    object: Named<T>,
    options?: WholeOptions,
  ): Promise<Named<T>>
  /** Server-side apply of exactly these fields, taken over where another manager owns them. `metadata.resourceVersion`, if given, must still hold. */
  apply<T extends KubernetesObject>(kind: ResourceKind<T>, object: Named<T>, options?: WriteOptions): Promise<Named<T>>
  /** JSON merge patch (RFC 7386): lists are replaced, null removes. */
  mergePatch<T extends KubernetesObject>(
    kind: ResourceKind<T>,
    key: ObjectKey,
    patch: unknown,
    options?: WriteOptions,
  ): Promise<Named<T>>
  /** The events of one watch as they come; ends when the server ends it. */
  watch(kind: ResourceKind, options: WatchOptions): AsyncGenerator<WatchEvent, void>
  /** Any other call, such as a review or a token request; gives the parsed body. */
  request(method: string, path: string, options?: RequestOptions): Promise<unknown>
  close(): void
}

const contentTypes = { apply: 'application/apply-patch+yaml', merge: 'application/merge-patch+json' }
/** A client of one API server. Connections are opened when they are needed and kept. */
export function createKubeApi({ config, fieldManager, onRequest }: KubeApiOptions): KubeApi {
  const requests = createRequests({
    config,
    userAgent: fieldManager,
    ...(onRequest === undefined ? {} : { onRequest }),
  })
  const send = async <T>(...call: Parameters<typeof requests.json>): Promise<T> => (await requests.json(...call)) as T

  return {
    get: (kind, key) => undefinedIfAbsent(() => send('GET', objectPath(kind, key))),
    list: (kind, options) => listAll(requests, kind, options),
    create: (kind, object, options = {}) =>
      send('POST', collectionPath(kind, object.metadata.namespace), {
        query: { fieldManager, ...options },
        body: typed(kind, object),
      }),
    replace: (kind, object, options = {}) =>
      send('PUT', objectPath(kind, object.metadata), {
        query: { fieldManager, ...options },
        body: typed(kind, object),
      }),
    apply: (kind, object, { subresource } = {}) =>
      send('PATCH', objectPath(kind, object.metadata, subresource), {
        query: { fieldManager, force: true },
        body: typed(kind, object),
        contentType: contentTypes.apply,
      }),
    mergePatch: (kind, key, patch, { subresource } = {}) =>
      send('PATCH', objectPath(kind, key, subresource), {
        query: { fieldManager },
        body: patch,
        contentType: contentTypes.merge,
      }),
    watch: (kind, options) => watchLines(requests, kind, options),
    request: (method, path, options) => requests.json(method, path, options),
    close: () => requests.close(),
  }
}

function typed<T extends KubernetesObject>(kind: ResourceKind<T>, object: T): T {
  return { ...object, apiVersion: kind.apiVersion, kind: kind.kind }
}

async function undefinedIfAbsent<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call()
  } catch (error) {
    if (isSignetError(error, 'not-found')) return undefined
    throw error
  }
}
