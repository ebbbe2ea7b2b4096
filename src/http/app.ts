import express, { type Express, type Request, type Response } from 'express'
import { isSignetError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { Metrics } from '../core/metrics.ts'
import { describeForCaller } from './errors.ts'
import { eventOf, type RequestEvent } from './request-event.ts'
import { issueRoutes } from './routes/issue.ts'
import { publishedRoutes } from './routes/published.ts'
import { sendError, type Route, type Surface } from './routes/route.ts'

export type AppDependencies = {
  /** What the configuration of this moment makes of the authority; asked once per request. */
  readonly current: () => Surface
  readonly log: Log
  readonly metrics: Metrics
  readonly newRequestId: () => string
  /** Milliseconds of a clock that never steps, for durations. */
  readonly ticks: () => number
}

const routes: readonly Route[] = [...issueRoutes, ...publishedRoutes]
/** step-ca serves its API under both. */
const prefixes = ['', '/1.0'] as const

/** Ids that come from outside end up in the log: printable ASCII, not longer than any id in use. */
const acceptableId = /^[\x21-\x7e]{1,128}$/

/** step-ca's API as an Express application. It needs HTTPS below it for /renew. */
export function createApp(dependencies: AppDependencies): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.use((request, response, next) => {
    begin(dependencies, request, response)
    next()
  })
  app.use(createRouter(dependencies))
  app.use((_: Request, response: Response) => notFound(response))
  return app
}

function createRouter(dependencies: AppDependencies): express.Router {
  const router = express.Router({ caseSensitive: true, strict: true })
  for (const { method, path, handle } of routes) {
    const pattern = path.replace(/:(\w+)/g, '{$1}')
    const serve = async (request: Request, response: Response): Promise<void> => {
      eventOf(response).route = pattern
      try {
        await handle(request, response, dependencies.current())
      } catch (error) {
        fail(response, error)
      }
    }
    for (const prefix of prefixes) router[method](`${prefix}${path}`, serve)
  }
  for (const { method, path } of routes) {
    const allow = method.toUpperCase()
    for (const prefix of prefixes) router.all(`${prefix}${path}`, (_, response) => methodNotAllowed(response, allow))
  }
  return router
}

/** Notes when and what, names the request, and makes sure that it ends in one log line and its metrics. */
function begin({ log, metrics, newRequestId, ticks }: AppDependencies, request: Request, response: Response): void {
  const started = ticks()
  const event: RequestEvent = {
    requestId: requestIdOf(request) ?? newRequestId(),
    method: request.method,
    path: request.path,
    route: 'none',
    remote: request.socket.remoteAddress,
    userAgent: request.get('user-agent'),
    details: {},
  }
  response.locals['event'] = event
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

function requestIdOf(request: Request): string | undefined {
  const given = request.get('x-request-id') || request.get('x-smallstep-id')
  return given !== undefined && acceptableId.test(given) ? given : undefined
}

function fail(response: Response, error: unknown): void {
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

/** chi's answer, with which step-ca answers. */
function notFound(response: Response): void {
  response.statusCode = 404
  response.setHeader('Content-Type', 'text/plain; charset=utf-8')
  response.setHeader('X-Content-Type-Options', 'nosniff')
  response.end('404 page not found\n')
}

function methodNotAllowed(response: Response, allow: string): void {
  response.statusCode = 405
  response.setHeader('Allow', allow)
  response.end()
}
