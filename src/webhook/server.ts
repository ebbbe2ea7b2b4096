import express, { type ErrorRequestHandler, type Express } from 'express'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { isSignetError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { parseAddress } from '../core/address.ts'
import type { AdmissionReview } from './review.ts'

/** The largest object that the API server takes is 3 MiB; the review around it adds little. */
const largestBody = '4mb'
/** Go's client, and so the API server, keeps an idle connection for 90 s: it is the one to close it. */
const keepAliveMs = 120_000

/** Answers reviews at POST /mutate-pods: 200 with an AdmissionReview, 400 for a body that is none. */
export function createWebhookApp(admit: (body: unknown) => Promise<AdmissionReview>, log: Log): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.post('/mutate-pods', express.json({ limit: largestBody, type: () => true }), async (request, response) => {
    response.json(await admit(request.body))
  })
  const onError: ErrorRequestHandler = (error: unknown, _request, response, _next) => {
    const status = statusOf(error)
    if (status >= 500) log.error({ err: error }, 'request failed')
    else log.warn({ err: error, status }, 'request refused')
    response
      .status(status)
      .type('text/plain')
      .send(`${status < 500 && error instanceof Error ? error.message : 'internal error'}\n`)
  }
  app.use(onError)
  return app
}

/** The body parser's errors carry a status: 400 for what is no JSON, 413 for what is too long. */
function statusOf(error: unknown): number {
  if (isSignetError(error, 'malformed')) return 400
  const { status } = error as { status?: unknown }
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500
}

/** PEM: what the server shows and proves to have. */
export type ServingIdentity = { readonly certificateChain: string; readonly privateKey: string }

export type WebhookServer = {
  readonly port: number
  /** Serves new connections with this; those that exist go on undisturbed. */
  replaceIdentity(identity: ServingIdentity): void
  /** Takes no new connection and resolves when requests under way have been answered. */
  close(): Promise<void>
}

/** Listens with HTTPS on `address` (`:9443`). Fails if that is not possible. */
export async function startWebhookServer(
  address: string,
  identity: ServingIdentity,
  app: Express,
): Promise<WebhookServer> {
  const server = createServer({ ...contextOf(identity), keepAliveTimeout: keepAliveMs, noDelay: true }, app)
  const { host, port } = parseAddress(address)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    replaceIdentity: (next) => server.setSecureContext(contextOf(next)),
    close: () =>
      new Promise((resolve) => {
        // A connection that is busy now would be kept for the next request: looked at until it is idle.
        const timer = setInterval(() => server.closeIdleConnections(), 50)
        server.close(() => {
          clearInterval(timer)
          resolve()
        })
        server.closeIdleConnections()
      }),
  }
}

function contextOf({ certificateChain, privateKey }: ServingIdentity) {
  return { cert: certificateChain, key: privateKey, minVersion: 'TLSv1.2' as const }
}
