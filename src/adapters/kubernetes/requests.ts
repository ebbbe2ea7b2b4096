import type { IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { isSignetError, SignetError } from '../../core/errors.ts'
import { apiError } from './api-error.ts'
import { createConnections } from './connections.ts'
import type { KubeConfig } from './kube-config.ts'
import { withQuery, type Query } from './paths.ts'

/** One call, for metrics: `status` is 0 where there was no answer. */
export type RequestSample = { readonly method: string; readonly status: number; readonly seconds: number }

export type RequestOptions = {
  readonly query?: Query
  /** Sent as JSON. */
  readonly body?: unknown
  readonly contentType?: string
  readonly accept?: string
  readonly signal?: AbortSignal
}

export type RequestsOptions = {
  readonly config: KubeConfig
  /** Shown in the API server's audit log. */
  readonly userAgent: string
  readonly onRequest?: (sample: RequestSample) => void
}

/** Calls to the API server as JSON; every failure is a SignetError with the server's own message. */
export type Requests = {
  /** The parsed body of a 2xx. A 429 that says when to come back is waited for, up to four times. */
  json(method: string, path: string, options?: RequestOptions): Promise<unknown>
  /** The body of a 2xx as it comes; fails after `idleTimeoutMs` milliseconds without a byte. */
  stream(path: string, options: RequestOptions, idleTimeoutMs: number): Promise<IncomingMessage>
  close(): void
}

/** Without an answer for this long a call fails: an honest answer takes milliseconds, a loaded API server some seconds. */
const answerTimeoutMs = 15_000
const patience = { attempts: 4, longestSeconds: 5 }

/** Calls over shared connections (see `createConnections`), each counted by `onRequest`. */
export function createRequests({ config, userAgent, onRequest }: RequestsOptions): Requests {
  const connections = createConnections(config)

  const exchange = async (method: string, path: string, options: RequestOptions, idleTimeoutMs: number) => {
    const started = performance.now()
    let status = 0
    try {
      const response = await connections.send({
        method,
        path: withQuery(path, options.query),
        headers: headersOf(options, userAgent),
        ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
        ...(options.signal === undefined ? {} : { signal: options.signal }),
        idleTimeoutMs,
      })
      status = response.statusCode ?? 0
      if (status >= 200 && status < 300) return response
      throw apiError(status, response.headers['retry-after'], await readText(response))
    } finally {
      onRequest?.({ method, status, seconds: (performance.now() - started) / 1000 })
    }
  }

  const json = async (method: string, path: string, options: RequestOptions = {}): Promise<unknown> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return JSON.parse(await readText(await exchange(method, path, options, answerTimeoutMs))) as unknown
      } catch (error) {
        const seconds = waitBeforeRetry(error, attempt)
        if (seconds === undefined) throw error
        await sleep(seconds * 1000, undefined, options.signal === undefined ? {} : { signal: options.signal })
      }
    }
  }

  return {
    json,
    stream: (path, options, idleTimeoutMs) => exchange('GET', path, options, idleTimeoutMs),
    close: () => connections.close(),
  }
}

/** The server did not start on a call that it answers with 429, so every method may be repeated. */
function waitBeforeRetry(error: unknown, attempt: number): number | undefined {
  if (!isSignetError(error, 'unavailable') || error.reason !== 'TooManyRequests') return undefined
  const seconds = error.retryAfterSeconds
  return seconds === undefined || seconds > patience.longestSeconds || attempt >= patience.attempts
    ? undefined
    : seconds
}

function headersOf(options: RequestOptions, userAgent: string): Record<string, string> {
  return {
    accept: options.accept ?? 'application/json',
    'user-agent': userAgent,
    ...(options.body === undefined ? {} : { 'content-type': options.contentType ?? 'application/json' }),
  }
}

async function readText(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  try {
    for await (const part of response) parts.push(part as Buffer)
  } catch (cause) {
    throw new SignetError('unavailable', 'the connection to the Kubernetes API server broke during an answer', {
      reason: 'Unreachable',
      cause,
    })
  }
  return Buffer.concat(parts).toString('utf8')
}
