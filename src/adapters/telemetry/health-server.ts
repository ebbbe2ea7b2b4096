import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Registry } from 'prom-client'
import type { Metrics } from '../../core/metrics.ts'
import { parseAddress } from '../../core/address.ts'
import { createStallMonitor, type StallMonitor } from './stall-monitor.ts'

/** Ready, or the first thing that is missing, as a sentence without a final period. */
export type Readiness = { readonly ready: true } | { readonly ready: false; readonly reason: string }

export type HealthServerOptions = {
  /** `host:port` or `:port`. */
  readonly address: string
  readonly registry: Registry
  readonly metrics: Metrics
  /** Asked on each GET /readyz and /status. A rejection counts as not ready. */
  readonly readiness: () => Promise<Readiness>
  /** Further members of GET /status, which is for Signet's own operator. */
  readonly status?: () => Readonly<Record<string, unknown>>
  readonly stalls?: StallMonitor
}

export type HealthServer = { readonly port: number; close(): Promise<void> }

type Answer = { readonly status: number; readonly type: string; readonly body: string }

const text = (status: number, body: string): Answer => ({
  status,
  type: 'text/plain; charset=utf-8',
  body: `${body}\n`,
})

/**
 * Serves GET /livez (200, or 503 after a stall of the event loop), /readyz (200 or 503 with the reason), /metrics
 * (Prometheus text) and /status (JSON) over plain HTTP, for the kubelet, Prometheus and the operator.
 */
export async function startHealthServer(options: HealthServerOptions): Promise<HealthServer> {
  const stalls = options.stalls ?? createStallMonitor()
  const routes = new Map<string, () => Answer | Promise<Answer>>([
    ['/livez', () => answerLiveness(stalls)],
    ['/readyz', async () => answerReadiness(await askReadiness(options))],
    ['/metrics', () => answerMetrics(options.registry)],
    ['/status', async () => answerStatus(options, await askReadiness(options))],
  ])
  const server = createServer((request, response) => void answer(routes, request, response))
  const { host, port } = parseAddress(options.address)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      stalls.stop()
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

async function answer(
  routes: ReadonlyMap<string, () => Answer | Promise<Answer>>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const route = routes.get((request.url ?? '').split('?')[0] ?? '')
  const { status, type, body } = await find(route, request.method)
  response.writeHead(status, { 'content-type': type }).end(request.method === 'HEAD' ? undefined : body)
}

async function find(route: (() => Answer | Promise<Answer>) | undefined, method: string | undefined): Promise<Answer> {
  if (route === undefined) return text(404, 'not found: there is /livez, /readyz, /metrics and /status')
  if (method !== 'GET' && method !== 'HEAD') return text(405, 'only GET is served here')
  return route()
}

function answerLiveness(stalls: StallMonitor): Answer {
  const stalledFor = stalls.stalledForMs()
  return stalledFor === undefined
    ? text(200, 'ok')
    : text(503, `the event loop stalled for ${(stalledFor / 1000).toFixed(1)} s`)
}

async function askReadiness({ readiness, metrics }: HealthServerOptions): Promise<Readiness> {
  const result = await readiness().catch((error: unknown): Readiness => ({
    ready: false,
    reason: error instanceof Error ? error.message : String(error),
  }))
  metrics.set('signet_ready', {}, result.ready ? 1 : 0)
  return result
}

function answerReadiness(readiness: Readiness): Answer {
  return readiness.ready ? text(200, 'ok') : text(503, `not ready: ${readiness.reason}`)
}

async function answerMetrics(registry: Registry): Promise<Answer> {
  return { status: 200, type: registry.contentType, body: await registry.metrics() }
}

function answerStatus({ status }: HealthServerOptions, readiness: Readiness): Answer {
  return { status: 200, type: 'application/json', body: `${JSON.stringify({ ...status?.(), ...readiness })}\n` }
}
