import { Agent as HttpAgent, request as requestHttp, type IncomingMessage } from 'node:http'
import { Agent, request as requestHttps } from 'node:https'
import { getCACertificates } from 'node:tls'
import type { FetchedJson, JsonFetcher } from '../../authority/ports.ts'
import { SignetError } from '../../core/errors.ts'
import { parseJson } from '../../core/json.ts'
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
        const why = signal.aborted ? `no answer within ${timeoutMs / 1000} s` : describe(error)
        throw new SignetError('unavailable', `cannot fetch ${url}: ${why}`, { cause: error })
      }
    },
  }
}

async function fetchJson(url: string, roots: readonly Certificate[], signal: AbortSignal): Promise<FetchedJson> {
  const response = await follow(new URL(url), roots, signal)
  const text = await readText(response)
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
  const options = { signal, headers: { accept: 'application/json', 'user-agent': 'signet' } }
  return new Promise((resolve, reject) => {
    const outgoing =
      url.protocol === 'https:'
        ? requestHttps(
            url,
            { ...options, agent: new Agent({ ca: trusted(roots), minVersion: 'TLSv1.2', ...proxyFor(url) }) },
            resolve,
          )
        : requestHttp(url, { ...options, agent: new HttpAgent(proxyFor(url)) }, resolve)
    outgoing.on('error', reject)
    outgoing.end()
  })
}

/** HTTPS_PROXY, HTTP_PROXY and NO_PROXY, but none to this machine itself: as Go, and so step-ca, has it. */
function proxyFor({ hostname }: URL): { readonly proxyEnv?: NodeJS.ProcessEnv } {
  const own = hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d+){3}$/.test(hostname)
  return own ? {} : { proxyEnv: process.env }
}

/**
 * PEM, each once: a file and a folder of the system often hold the same, and each costs 50 µs. Nothing is kept here: Node
 * remembers its lists, and documents are fetched rarely.
 */
function trusted(roots: readonly Certificate[]): string[] {
  const system = getCACertificates('system')
  const common = system.length > 0 ? system : getCACertificates('bundled')
  const own = roots.map((root) => certificatesToPem(root))
  return [...new Set([...common, ...getCACertificates('extra'), ...own])]
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

function jsonOf(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    throw new Error('it is not JSON')
  }
}

/** Without Node's advice about its own options, which are set already. */
function describe(error: unknown): string {
  return error instanceof Error ? error.message.replace(/; if the root CA .*$/s, '') : String(error)
}
