import { Agent as HttpAgent, request as requestHttp, type IncomingMessage } from 'node:http'
import { Agent, request as requestHttps } from 'node:https'
import type { FetchedJson, JsonFetcher } from '../../authority/ports.ts'
import { SignetError } from '../../core/errors.ts'
import { parseJson } from '../../core/json.ts'
import type { Certificate } from '../../core/x509/certificate.ts'
import { describeFailure, proxyFor, readText, trustedRoots } from './outgoing.ts'

/** For one document, redirections included. Someone waits for the certificate behind it. */
const usualTimeoutMs = 5000
/** A hundred keys with their chains are a tenth of this. */
const maximumBytes = 1024 * 1024
/** Go's client follows ten; providers need one, if any. */
const maximumRedirections = 5
/** An API server of Kubernetes gives its keys as the second (RFC 7517 §8.5.1) only, and else answers 406. */
const accept = 'application/json, application/jwk-set+json'
const redirections: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/**
 * A JsonFetcher over HTTP(S). It trusts the system's roots, or those that come with Node where the system has none, and
 * those of NODE_EXTRA_CA_CERTS, and goes through the proxies of the environment. Never follows a redirection from https to http.
 */
export function createJsonFetcher(timeoutMs = usualTimeoutMs): JsonFetcher {
  return {
    async fetchJson(url, roots) {
      const signal = AbortSignal.timeout(timeoutMs)
      try {
        return await fetchJson(url, roots, signal)
      } catch (error) {
        // A body that stops in the middle ends with another error than a connection that does.
        const why = signal.aborted ? `no answer within ${timeoutMs / 1000} s` : describeFailure(error)
        throw new SignetError('unavailable', `cannot fetch ${url}: ${why}`, { cause: error })
      }
    },
  }
}

async function fetchJson(url: string, roots: readonly Certificate[], signal: AbortSignal): Promise<FetchedJson> {
  const response = await follow(new URL(url), roots, signal)
  const text = await readText(response, maximumBytes)
  return { value: jsonOf(text), cacheControl: response.headers['cache-control'] ?? '' }
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
  const options = { signal, headers: { accept, 'user-agent': 'signet' } }
  return new Promise((resolve, reject) => {
    const outgoing =
      url.protocol === 'https:'
        ? requestHttps(
            url,
            { ...options, agent: new Agent({ ca: trustedRoots(roots), minVersion: 'TLSv1.2', ...proxyFor(url) }) },
            resolve,
          )
        : requestHttp(url, { ...options, agent: new HttpAgent(proxyFor(url)) }, resolve)
    outgoing.on('error', reject)
    outgoing.end()
  })
}

function jsonOf(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    throw new Error('it is not JSON')
  }
}
