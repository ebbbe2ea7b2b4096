import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import Router from 'router'
import { isSignetError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { Metrics } from '../core/metrics.ts'
import { describeForCaller } from './errors.ts'
import { attachEvent, eventOf, type RequestEvent } from './request-event.ts'
import { crlRoute } from './routes/crl.ts'
import { issueRoutes } from './routes/issue.ts'
import { ocspRoutes } from './routes/ocsp.ts'
import { publishedRoutes } from './routes/published.ts'
import { revokeRoutes } from './routes/revoke.ts'
import { sendError, sendNotFound, type Route, type Surface } from './routes/route.ts'

export type AppDependencies = {
  /** What the configuration of this moment makes of the authority; asked once per request. */
  readonly current: () => Surface
  readonly log: Log
  readonly metrics: Metrics
  readonly newRequestId: () => string
  /** Milliseconds of a clock that never steps, for durations. */
  readonly ticks: () => number
  /** `signed`: only what is signed itself and needs no TLS, revocation lists and OCSP. All endpoints unless given. */
  readonly endpoints?: 'all' | 'signed'
  /** Endpoints of the admin API, below `/` only; none unless given. */
  readonly adminRoutes?: readonly Route[]
}

const signedRoutes: readonly Route[] = [crlRoute, ...ocspRoutes]
/** Every endpoint. */
export const allRoutes: readonly Route[] = [...issueRoutes, ...revokeRoutes, ...signedRoutes, ...publishedRoutes]
/** step-ca serves its API under both. */
export const prefixes = ['', '/1.0'] as const

/** Ids that come from outside end up in the log: printable ASCII, not longer than any id in use. */
const acceptableId = /^[\x21-\x7e]{1,128}$/

/**
 * step-ca's API as a listener; it needs HTTPS below it for /renew. Routed by Express's own router: Express as a whole, with
 * parsers for bodies that no CA gets, costs 6 MiB of memory in each authority.
 */
export function createApp(dependencies: AppDependencies): RequestListener {
  const router = createRouter(dependencies)
  return (request, response) => {
    begin(dependencies, request, response)
    router(request, response, () => sendNotFound(response))
  }
}

function createRouter(dependencies: AppDependencies) {
  const { endpoints, adminRoutes = [] } = dependencies
  const routes = (endpoints === 'signed' ? signedRoutes : allRoutes).flatMap((route) =>
    prefixes.map((prefix) => ({ ...route, full: `${prefix}${route.path}` })),
  )
  const served = [...routes, ...adminRoutes.map((route) => ({ ...route, full: route.path }))]
  const router = new Router({ caseSensitive: true, strict: true })
  for (const { method, path, full, handle } of served) {
    const pattern = path.replace(/[:*](\w+)/g, '{$1}')
    const serve = async (request: Router.Request, response: ServerResponse): Promise<void> => {
      eventOf(response).route = pattern
      try {
        await handle(request, response, dependencies.current())
      } catch (error) {
        fail(response, error)
      }
    }
    router[method](full, serve)
  }
  for (const [full, those] of Map.groupBy(served, (route) => route.full)) {
    const allow = those.map(({ method }) => method.toUpperCase())
    router.all(full, (_: unknown, response: ServerResponse): void => methodNotAllowed(response, allow))
  }
  return router
}

/** Notes when and what, names the request, and makes sure that it ends in one log line and its metrics. */
function begin(
  { log, metrics, newRequestId, ticks }: AppDependencies,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const started = ticks()
  const event: RequestEvent = {
    requestId: requestIdOf(request) ?? newRequestId(),
    method: request.method ?? '',
    path: (request.url ?? '').split('?', 1)[0] ?? '',
    route: 'none',
    remote: request.socket.remoteAddress,
    userAgent: request.headers['user-agent'],
    details: {},
  }
  attachEvent(response, event)
  response.setHeader('X-Request-Id', event.requestId)
  response.once('close', () => {
    const seconds = (ticks() - started) / 1000
    // nginx's code for a client that left before its answer.
    const status = response.writableFinished ? response.statusCode : 499
    metrics.add('signet_http_requests_total', { route: event.route, method: event.method, status: String(status) })
    metrics.observe('signet_http_request_duration_seconds', { route: event.route }, seconds)
    const { details, ...rest } = event
    log[status >= 500 ? 'error' : 'info']({ ...rest, status, seconds, ...details }, 'request')
  })
}

function requestIdOf({ headers }: IncomingMessage): string | undefined {
  const given = headers['x-request-id'] || headers['x-smallstep-id']
  return typeof given === 'string' && acceptableId.test(given) ? given : undefined
}

function fail(response: ServerResponse, error: unknown): void {
  eventOf(response).err = error
  if (response.headersSent) {
    response.destroy()
    return
  }
  const expected = isSignetError(error) ? error : undefined
  if (expected?.retryAfterSeconds !== undefined)
    response.setHeader('Retry-After', Math.ceil(expected.retryAfterSeconds))
  sendError(response, describeForCaller(expected))
}

function methodNotAllowed(response: ServerResponse, allow: readonly string[]): void {
  response.statusCode = 405
  response.setHeader('Allow', allow)
  response.end()
}
