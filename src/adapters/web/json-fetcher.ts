import { request as requestHttp, type IncomingMessage } from 'node:http'
import { Agent, request as requestHttps } from 'node:https'
import { getCACertificates } from 'node:tls'
import type { FetchedJson, JsonFetcher } from '../../authority/ports.ts'
import { SignetError } from '../../core/errors.ts'
import { certificatesToPem, type Certificate } from '../../core/x509/certificate.ts'

/** For one document, redirections included. Someone waits for the certificate behind it. */
const usualTimeoutMs = 5000
/** A hundred keys with their chains are a tenth of this. */
const maximumBytes = 1024 * 1024
/** Go's client follows ten; providers need one, if any. */
const maximumRedirections = 5
const redirections: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/**
 * A JsonFetcher over HTTP(S). It trusts the system's roots, or those that come with Node where the system has none, and
 * those of NODE_EXTRA_CA_CERTS. Never follows a redirection from https to http.
 */
export function createJsonFetcher(timeoutMs = usualTimeoutMs): JsonFetcher {
  return {
    async fetchJson(url, roots) {
      try {
        return await fetchJson(url, roots, AbortSignal.timeout(timeoutMs))
      } catch (error) {
        throw new SignetError('unavailable', `cannot fetch ${url}: ${describe(error, timeoutMs)}`, { cause: error })
      }
    },
  }
}

async function fetchJson(url: string, roots: readonly Certificate[], signal: AbortSignal): Promise<FetchedJson> {
  const response = await follow(new URL(url), roots, signal)
  const text = await readText(response)
  return { value: parseJson(text), cacheControl: response.headers['cache-control'] ?? '' }
}

async function follow(
  url: URL,
  roots: readonly Certificate[],
  signal: AbortSignal,
  left = maximumRedirections,
): Promise<IncomingMessage> {
  const response = await get(url, roots, signal)
  const { statusCode = 0, headers } = response
  if (statusCode === 200) return response
  response.destroy()
  if (!redirections.has(statusCode) || headers.location === undefined) throw new Error(`it answered ${statusCode}`)
  const next = new URL(headers.location, url)
  if (left === 0) throw new Error(`it redirects more than ${maximumRedirections} times`)
  if (url.protocol === 'https:' && next.protocol !== 'https:') throw new Error('it redirects from https to http')
  return follow(next, roots, signal, left - 1)
}

function get(url: URL, roots: readonly Certificate[], signal: AbortSignal): Promise<IncomingMessage> {
  const options = { signal, headers: { accept: 'application/json', 'user-agent': 'signet' } }
  return new Promise((resolve, reject) => {
    const outgoing =
      url.protocol === 'https:'
        ? requestHttps(url, { ...options, agent: new Agent({ ca: trusted(roots), minVersion: 'TLSv1.2' }) }, resolve)
        : requestHttp(url, { ...options, agent: false }, resolve)
    outgoing.on('error', reject)
    outgoing.end()
  })
}

/** PEM. Read anew each time, which is rarely: the system's roots change, and kept they would take memory. */
function trusted(roots: readonly Certificate[]): string[] {
  const system = getCACertificates('system')
  const common = system.length > 0 ? system : getCACertificates('bundled')
  return [...common, ...getCACertificates('extra'), certificatesToPem(...roots)]
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > maximumBytes) throw new Error(`it is longer than ${maximumBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    throw new Error('it is not JSON')
  }
}

function describe(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return String(error)
  const timedOut = error.name === 'TimeoutError' || error.name === 'AbortError'
  return timedOut ? `no answer within ${timeoutMs / 1000} s` : error.message
}
