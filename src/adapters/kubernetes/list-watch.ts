import type { Readable } from 'node:stream'
import { SignetError, isSignetError } from '../../core/errors.ts'
import type { KubernetesObject, Named, ObjectMeta } from '../../core/resources/metadata.ts'
import type { ResourceKind } from '../../core/resources/resource-kind.ts'
import { apiError, expiredReason } from './api-error.ts'
import { collectionPath } from './paths.ts'
import type { Requests } from './requests.ts'

export type ListOptions = {
  /** Only this namespace; without, all of them. */
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
  /** Only `metadata` (PartialObjectMetadata): all that may be held of Secrets. */
  readonly metadataOnly?: boolean
  /** Of a list: who wrote which fields, which is left out otherwise, being as large as the rest. */
  readonly managedFields?: boolean
  readonly signal?: AbortSignal
}

export type WatchOptions = ListOptions & {
  /** Of a list or of the last event: where to go on from. */
  readonly resourceVersion: string
}

export type ListResult<T extends KubernetesObject> = {
  readonly items: Named<T>[]
  /** Where a watch goes on from. */
  readonly resourceVersion: string
}

/** What a watch says. A bookmark carries no object, only how far the watch has come. */
export type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: Named<KubernetesObject> }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string }

/** As client-go: an answer of a few MiB at most. */
const pageSize = 500
/** The API server ends the watch after this. Below the 300 s after which some proxies do. */
const watchSeconds = 290
/** The API server sends a bookmark about every minute: after two that did not come, nobody is there any more. */
const watchIdleMs = 120_000

const accept = (metadataOnly: boolean | undefined, as: string) =>
  metadataOnly === true ? { accept: `application/json;as=${as};g=meta.k8s.io;v=v1` } : {}

const selection = ({ labelSelector, fieldSelector }: ListOptions) => ({ labelSelector, fieldSelector })

const abort = ({ signal }: ListOptions) => (signal === undefined ? {} : { signal })

type Page = { items?: KubernetesObject[]; metadata: { resourceVersion: string; continue?: string } }

/** All objects of a kind, page by page; a list whose pages expire half-way starts over in one page. */
export async function listAll<T extends KubernetesObject>(
  requests: Requests,
  kind: ResourceKind<T>,
  options: ListOptions = {},
): Promise<ListResult<T>> {
  try {
    return await listPages(requests, kind, options, pageSize)
  } catch (error) {
    if (!isSignetError(error) || error.reason !== expiredReason) throw error
    return listPages(requests, kind, options, undefined)
  }
}

async function listPages<T extends KubernetesObject>(
  requests: Requests,
  kind: ResourceKind<T>,
  options: ListOptions,
  limit: number | undefined,
): Promise<ListResult<T>> {
  const items: Named<T>[] = []
  let next: string | undefined
  for (;;) {
    const page = (await requests.json('GET', collectionPath(kind, options.namespace), {
      query: { ...selection(options), limit, continue: next },
      ...accept(options.metadataOnly, 'PartialObjectMetadataList'),
      ...abort(options),
    })) as Page
    for (const item of page.items ?? []) items.push(normalise<T>(kind, item, options))
    next = page.metadata.continue
    if (next === undefined || next === '') return { items, resourceVersion: page.metadata.resourceVersion }
  }
}

/**
 * The events of one watch as they come, with bookmarks. Ends when the server ends it; fails with reason `Expired` where
 * the resourceVersion is too old, with `unavailable` where the connection breaks or nothing comes for two minutes.
 */
export async function* watchLines(
  requests: Requests,
  kind: ResourceKind,
  options: WatchOptions,
): AsyncGenerator<WatchEvent, void> {
  const response = await requests.stream(
    collectionPath(kind, options.namespace),
    {
      query: {
        ...selection(options),
        watch: true,
        allowWatchBookmarks: true,
        timeoutSeconds: watchSeconds,
        resourceVersion: options.resourceVersion,
      },
      ...accept(options.metadataOnly, 'PartialObjectMetadata'),
      ...abort(options),
    },
    watchIdleMs,
  )
  try {
    for await (const line of linesOf(response)) yield parseEvent(kind, line)
  } catch (error) {
    throw isSignetError(error) ? error : broken(kind, error)
  } finally {
    response.destroy()
  }
}

/** The lines of a stream without their ends; fails where the stream breaks off. */
async function* linesOf(stream: Readable): AsyncGenerator<string, void> {
  let rest = ''
  for await (const part of stream.setEncoding('utf8')) {
    const lines = (rest + (part as string)).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line !== '') yield line
  }
}

type Line = { type: string; object: KubernetesObject & { code?: number } }

function parseEvent(kind: ResourceKind, line: string): WatchEvent {
  const { type, object } = JSON.parse(line) as Line
  if (type === 'ERROR') throw apiError(object.code ?? 500, undefined, JSON.stringify(object))
  if (type === 'BOOKMARK') return { type, resourceVersion: object.metadata?.resourceVersion ?? '' }
  if (type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED') return { type, object: normalise(kind, object) }
  throw new SignetError('unavailable', `a watch of ${kind.plural} sent an event of unknown type`, {
    reason: 'BadEvent',
  })
}

/** Items of a list come without apiVersion and kind, reads of metadata with those of PartialObjectMetadata. */
function normalise<T extends KubernetesObject>(
  { apiVersion, kind }: ResourceKind,
  object: KubernetesObject,
  { managedFields = false }: ListOptions = {},
): Named<T> {
  const metadata: ObjectMeta & { managedFields?: unknown } = { name: '', ...object.metadata }
  if (!managedFields) delete metadata.managedFields
  return { ...object, apiVersion, kind, metadata } as Named<T>
}

function broken(kind: ResourceKind, cause: unknown): SignetError {
  return new SignetError(
    'unavailable',
    `the watch of ${kind.plural} broke: ${cause instanceof Error ? cause.message : ''}`,
    {
      reason: 'Unreachable',
      cause,
    },
  )
}
