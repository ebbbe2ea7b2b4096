import { Agent, request, type RequestOptions } from 'node:https'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { isIP, type LookupFunction } from 'node:net'
import { SignetError, type ErrorCode } from '../core/errors.ts'

/** No answer of a CA comes near this; more is not read. */
const maxAnswerBytes = 4 * 1024 * 1024

export type Exchange = {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** A client certificate with its chain and key, for one connection of its own. */
  readonly identity?: { readonly certificateChain: string; readonly privateKey: string }
}

export type Answer = { readonly status: number; readonly text: string; readonly requestId: string | undefined }

export type Transport = {
  /** Sends one request and resolves to the answer if it is a success (2xx); see `toError` for the rest. */
  exchange(exchange: Exchange): Promise<Answer>
  close(): void
}

/** In place of roots: whoever answers is believed to be the authority. */
export const unverified = Symbol('unverified')

export type TransportOptions = {
  /** `https://host[:port]`; a path is dropped, as step does. */
  readonly url: string
  /** PEM certificates, the only ones that are trusted; `unverified` for what is checked by its own fingerprint and nothing else. */
  readonly roots: string | typeof unverified
  /** For one exchange, connection and answer included; 15 s (step's) unless given. */
  readonly timeoutMs?: number
  /** Keep connections for the next exchange (default) or not. */
  readonly keepAlive?: boolean
  /** IP address to connect to in place of asking the DNS; the certificate must still be the URL's host's. */
  readonly address?: string
}

/** A connection pool to one CA. Fails with `malformed` if the URL is not an https one. */
export function createTransport(options: TransportOptions): Transport {
  const { url, roots, timeoutMs = 15_000, keepAlive = true, address } = options
  const base = parseUrl(url)
  // A resumed session would skip the check of the server's certificate that may have expired since.
  const tls = {
    ...(roots === unverified ? { rejectUnauthorized: false } : { ca: roots }),
    minVersion: 'TLSv1.2',
    maxCachedSessions: 0,
    ...(address === undefined ? {} : { lookup: lookupOf(address) }),
  } as const
  const agent = new Agent({ ...tls, keepAlive })
  return {
    async exchange(exchange) {
      const { identity } = exchange
      const options: RequestOptions = {
        method: exchange.method,
        signal: AbortSignal.timeout(timeoutMs),
        agent:
          identity === undefined
            ? agent
            : new Agent({ ...tls, cert: identity.certificateChain, key: identity.privateKey, keepAlive: false }),
      }
      const answer = await send(new URL(exchange.path, base), options, exchange, timeoutMs)
      if (answer.status < 200 || answer.status > 299) throw toError(answer)
      return answer
    },
    close: () => agent.destroy(),
  }
}

function parseUrl(url: string): URL {
  const parsed = URL.parse(/^[a-z]+:\/\//.test(url) ? url : `https://${url}`)
  if (parsed === null || parsed.protocol !== 'https:') {
    throw new SignetError('malformed', `the URL of the authority must start with https://, got ${JSON.stringify(url)}`)
  }
  return parsed
}

function lookupOf(address: string): LookupFunction {
  const found = { address, family: isIP(address) }
  return (_host, { all }, answer) => (all === true ? answer(null, [found]) : answer(null, address, found.family))
}

type FullAnswer = Answer & { readonly headers: IncomingHttpHeaders }

function send(url: URL, options: RequestOptions, { body, headers }: Exchange, timeoutMs: number): Promise<FullAnswer> {
  const payload = body === undefined ? undefined : JSON.stringify(body)
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => reject(toNetworkError(url, error, timeoutMs))
    const outgoing = request(url, options, (response) => void readAnswer(response).then(resolve, fail))
    outgoing.on('error', fail)
    for (const [name, value] of Object.entries(headers ?? {})) outgoing.setHeader(name, value)
    if (payload !== undefined) outgoing.setHeader('content-type', 'application/json')
    outgoing.end(payload)
  })
}

async function readAnswer(response: IncomingMessage): Promise<FullAnswer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > maxAnswerBytes) throw new Error(`the answer is longer than ${maxAnswerBytes} bytes`)
    chunks.push(chunk)
  }
  const id = response.headers['x-request-id']
  return {
    status: response.statusCode ?? 0,
    text: Buffer.concat(chunks).toString('utf8'),
    requestId: typeof id === 'string' ? id : undefined,
    headers: response.headers,
  }
}

function toNetworkError(url: URL, error: Error, timeoutMs: number): SignetError {
  const timedOut = error.name === 'TimeoutError' || error.name === 'AbortError'
  const why = timedOut ? `no answer within ${timeoutMs / 1000} s` : error.message
  return new SignetError('unavailable', `cannot reach the authority at ${url.origin}: ${why}`, { cause: error })
}

const codeOfStatus: Readonly<Record<number, ErrorCode>> = {
  400: 'malformed',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  409: 'conflict',
  501: 'not-implemented',
}

/** An answer that is no success, as an error whose message is the authority's own; other 5xx are worth another try. */
function toError({ status, text, requestId, headers }: FullAnswer): SignetError {
  const code = codeOfStatus[status] ?? 'unavailable'
  const retryAfter = Number(headers['retry-after'])
  return new SignetError(code, `the authority answered ${status}: ${messageOf(text)}`, {
    ...(requestId === undefined ? {} : { requestId }),
    ...(Number.isFinite(retryAfter) ? { retryAfterSeconds: retryAfter } : {}),
  })
}

function messageOf(text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: unknown }
    if (typeof message === 'string') return message.replace(/\.$/, '')
  } catch {
    // Not a CA's answer, such as a proxy's page: its beginning says more than nothing.
  }
  return text.slice(0, 200).trim() || 'no message'
}
