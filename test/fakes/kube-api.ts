import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { KubeConfig } from '../../src/adapters/kubernetes/kube-config.ts'

/** An object as the fake keeps it. */
export type StoredObject = {
  apiVersion?: string
  kind?: string
  metadata: { name: string; namespace?: string; resourceVersion?: string; uid?: string; [field: string]: unknown }
  [field: string]: unknown
}

/** An answer that a test prepares for the next matching request. */
export type Fault = {
  readonly status: number
  readonly reason?: string
  readonly retryAfter?: string
  readonly body?: unknown
}

export type SeenRequest = {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage['headers']
  readonly body: unknown
}

export type FakeKubeApi = {
  readonly config: KubeConfig
  readonly requests: SeenRequest[]
  /** How many TCP connections were opened. */
  readonly connections: number
  /** How many watches are open. */
  readonly watches: number
  /** Objects by path, such as `/api/v1/namespaces/a/pods/b`. */
  readonly objects: Map<string, StoredObject>
  /** Stores the object and tells the watches, as a client's write would. */
  put(collection: string, object: StoredObject): void
  remove(collection: string, name: string): void
  /** Sends a bookmark to every watch. */
  bookmark(): void
  /** The next requests for which `matches` holds get these answers, one each. */
  failNext(matches: (request: SeenRequest) => boolean, ...faults: Fault[]): void
  /** The next matching request gets this body, with status 200. */
  answerNext(matches: (request: SeenRequest) => boolean, body: unknown): void
  /** Resource versions up to now can no longer be watched from: 410. */
  compact(): void
  /** Resets the connections of all watches, or ends them as a server does at its timeout. */
  dropWatches(how: 'reset' | 'end'): void
  /** Sends a 410 as a watch event. */
  expireWatches(): void
  close(): Promise<void>
}
type Watcher = { readonly collection: string; readonly name: string | undefined; readonly response: ServerResponse }

/**
 * An API server in memory over plain HTTP: objects by path, lists in pages, watches with resource versions, and the faults
 * that a real one has. It knows no schemas; an apply or merge patch replaces the members that it names.
 */
export async function startFakeKubeApi(): Promise<FakeKubeApi> {
  const api = new Fake()
  await new Promise<void>((resolve) => api.server.listen(0, '127.0.0.1', resolve))
  return api
}

class Fake implements FakeKubeApi {
  readonly server: Server = createServer((request, response) => void this.#serve(request, response))
  readonly requests: SeenRequest[] = []
  readonly objects = new Map<string, StoredObject>()
  connections = 0
  #version = 100
  #oldest = 0
  readonly #faults: { matches: (request: SeenRequest) => boolean; fault: Fault }[] = []
  readonly #watchers = new Set<Watcher>()
  readonly #history: { version: number; collection: string; type: string; object: StoredObject }[] = []

  constructor() {
    this.server.on('connection', () => (this.connections += 1))
  }

  get config(): KubeConfig {
    const { port } = this.server.address() as AddressInfo
    return {
      server: `http://127.0.0.1:${port}`,
      verify: true,
      namespace: 'default',
      credentials: () => Promise.resolve({ tls: {}, authorization: 'Bearer test' }),
    }
  }

  get watches(): number {
    return this.#watchers.size
  }

  put(collection: string, object: StoredObject): void {
    const path = `${collection}/${object.metadata.name}`
    const type = this.objects.has(path) ? 'MODIFIED' : 'ADDED'
    const uid = this.objects.get(path)?.metadata.uid ?? `uid-${this.#version}`
    this.#record(type, collection, { ...object, metadata: { uid, ...object.metadata } })
  }

  remove(collection: string, name: string): void {
    const object = this.objects.get(`${collection}/${name}`)
    if (object !== undefined) this.#record('DELETED', collection, object)
  }

  #record(type: string, collection: string, object: StoredObject): void {
    this.#version += 1
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } }
    const path = `${collection}/${object.metadata.name}`
    if (type === 'DELETED') this.objects.delete(path)
    else this.objects.set(path, stored)
    this.#history.push({ version: this.#version, collection, type, object: stored })
    for (const watcher of this.#watchers) this.#tell(watcher, collection, type, stored)
  }

  #tell(watcher: Watcher, collection: string, type: string, object: StoredObject): void {
    if (!holds(watcher.collection, collection)) return
    if (watcher.name !== undefined && watcher.name !== object.metadata.name) return
    watcher.response.write(`${JSON.stringify({ type, object })}\n`)
  }

  bookmark(): void {
    const object = { metadata: { resourceVersion: String(this.#version) } }
    for (const { response } of this.#watchers) response.write(`${JSON.stringify({ type: 'BOOKMARK', object })}\n`)
  }

  failNext(matches: (request: SeenRequest) => boolean, ...faults: Fault[]): void {
    for (const fault of faults) this.#faults.push({ matches, fault })
  }

  answerNext(matches: (request: SeenRequest) => boolean, body: unknown): void {
    this.#faults.push({ matches, fault: { status: 200, body } })
  }

  compact(): void {
    this.#oldest = this.#version + 1
    this.#version += 1
  }

  dropWatches(how: 'reset' | 'end'): void {
    for (const { response } of this.#watchers) {
      if (how === 'reset') response.socket?.resetAndDestroy()
      else response.end()
    }
    this.#watchers.clear()
  }

  expireWatches(): void {
    this.compact()
    for (const { response } of this.#watchers) {
      response.end(`${JSON.stringify({ type: 'ERROR', object: status(410, 'Expired') })}\n`)
    }
    this.#watchers.clear()
  }

  close(): Promise<void> {
    this.server.closeAllConnections()
    return new Promise((resolve) => this.server.close(() => resolve()))
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://fake')
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const text = Buffer.concat(parts).toString('utf8')
    const seen: SeenRequest = {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body: text === '' ? undefined : (JSON.parse(text) as unknown),
    }
    this.requests.push(seen)
    const index = this.#faults.findIndex(({ matches }) => matches(seen))
    const [planned] = index < 0 ? [] : this.#faults.splice(index, 1)
    if (planned !== undefined) return fail(response, planned.fault)
    if (seen.query.get('watch') === 'true') return this.#watch(seen, response)
    const [code, body] = this.#answer(seen)
    response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }

  #watch({ path, query }: SeenRequest, response: ServerResponse): void {
    const from = Number(query.get('resourceVersion'))
    if (from < this.#oldest) return fail(response, { status: 410, reason: 'Expired' })
    const name = query.get('fieldSelector')?.replace('metadata.name=', '')
    const watcher: Watcher = { collection: path, name, response }
    response.writeHead(200, { 'content-type': 'application/json' })
    response.flushHeaders()
    for (const event of this.#history) {
      if (event.version > from) this.#tell(watcher, event.collection, event.type, event.object)
    }
    this.#watchers.add(watcher)
    response.on('close', () => this.#watchers.delete(watcher))
  }

  #answer({ method, path, query, body }: SeenRequest): [number, unknown] {
    const object = path.replace(/\/status$/, '')
    const collection = object.slice(0, object.lastIndexOf('/'))
    const current = this.objects.get(object)
    if (method === 'POST') return this.#create(path, body as StoredObject)
    if (method === 'GET' && current === undefined && isCollection(path)) return this.#list(path, query)
    if (current === undefined && !(method === 'PATCH' && query.has('force'))) return [404, status(404, 'NotFound')]
    if (method === 'GET') return [200, current]
    if (method === 'DELETE') {
      this.remove(collection, current?.metadata.name ?? '')
      return [200, status(200, '')]
    }
    const next = body as StoredObject
    const wanted = next.metadata?.resourceVersion
    if (wanted !== undefined && wanted !== current?.metadata.resourceVersion) return [409, status(409, 'Conflict')]
    this.put(collection, merge(method === 'PUT' ? undefined : current, next))
    return [200, this.objects.get(object)]
  }

  #create(collection: string, object: StoredObject): [number, unknown] {
    const path = `${collection}/${object.metadata?.name}`
    if (this.objects.has(path)) return [409, status(409, 'AlreadyExists')]
    this.put(collection, object)
    return [201, this.objects.get(path)]
  }

  #list(collection: string, query: URLSearchParams): [number, unknown] {
    const name = query.get('fieldSelector')?.replace('metadata.name=', '')
    const all = [...this.objects]
      .filter(
        ([path, object]) =>
          holds(collection, path.slice(0, path.lastIndexOf('/'))) &&
          (name === undefined || object.metadata.name === name),
      )
      .map(([, object]) => object)
    const start = Number(query.get('continue') ?? 0)
    const end = start + Number(query.get('limit') ?? all.length)
    const next = end < all.length ? { continue: String(end) } : {}
    return [200, { metadata: { resourceVersion: String(this.#version), ...next }, items: all.slice(start, end) }]
  }
}

/** `/api/v1/pods` holds what is in `/api/v1/namespaces/a/pods`. */
function holds(wanted: string, collection: string): boolean {
  return wanted === collection || wanted === collection.replace(/\/namespaces\/[^/]+(?=\/)/, '')
}

function isCollection(path: string): boolean {
  const parts = path.split('/').slice(path.startsWith('/api/') ? 3 : 4)
  return parts.length === 1 || (parts[0] === 'namespaces' && parts.length === 3)
}

function merge(current: StoredObject | undefined, next: StoredObject): StoredObject {
  return { ...current, ...next, metadata: { ...current?.metadata, ...next.metadata } }
}

function status(code: number, reason: string) {
  return { kind: 'Status', apiVersion: 'v1', code, reason, message: `fake ${reason}` }
}

function fail(response: ServerResponse, fault: Fault): void {
  const { status: code, reason = 'InternalError', retryAfter, body = status(code, reason) } = fault
  if (retryAfter !== undefined) response.setHeader('retry-after', retryAfter)
  response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
