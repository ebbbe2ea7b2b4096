import type { IncomingMessage } from 'node:http'
import { Agent, request as requestHttps } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { createSecureContext } from 'node:tls'
import type { WebhookCall, WebhookCaller } from '../../authority/ports.ts'
import { SignetError } from '../../core/errors.ts'
import { describeFailure, proxyFor, readText, trustedRoots } from './outgoing.ts'

/** What servers that ask for it are shown. */
export type ClientIdentity = {
  /** PEM, leaf first. */
  readonly certificateChain: string
  /** PEM, PKCS #8. */
  readonly privateKey: string | Buffer
}

export type WebhookCallerOptions = {
  /** The authority's serving certificate of this moment. */
  readonly identity: () => ClientIdentity | undefined
  /** For both attempts; step-ca's unless given. */
  readonly timeoutMs?: number
  /** Before the second; step-ca's unless given. */
  readonly retryMs?: number
}

const usual = { timeoutMs: 10_000, retryMs: 1000 }
/** Data for a template, which may not make more than 256 KiB of it anyway. */
const maximumBytes = 1024 * 1024
/** A connection that nobody needs for this long is closed. */
const idleMs = 15_000
const maximumIdle = 8

/**
 * A WebhookCaller over HTTPS. It trusts the roots that `JsonFetcher` does and those of the call, goes through the proxies of
 * the environment, and keeps connections: a handshake costs more than the certificate.
 */
export function createWebhookCaller(options: WebhookCallerOptions): WebhookCaller {
  const { identity, timeoutMs, retryMs } = { ...usual, ...options }
  const agents = createAgents(identity)
  return {
    async call(call) {
      const signal = AbortSignal.timeout(timeoutMs)
      try {
        return await callTwice(call, agents, signal, retryMs)
      } catch (error) {
        // The path may hold what only the two of us should know.
        const why = signal.aborted ? `no answer within ${timeoutMs / 1000} s` : describeFailure(error)
        throw new SignetError('unavailable', `cannot ask ${call.url.origin}: ${why}`, { cause: error })
      }
    },
  }
}

async function callTwice(call: WebhookCall, agents: Agents, signal: AbortSignal, retryMs: number) {
  const first = await post(call, agents(call), signal).catch((error: unknown) => {
    if (signal.aborted) throw error
    return undefined
  })
  if (first !== undefined && (first.statusCode ?? 0) < 500) return answerOf(first)
  first?.destroy()
  await sleep(retryMs, undefined, { signal })
  return answerOf(await post(call, agents(call), signal))
}

async function answerOf(response: IncomingMessage) {
  const { statusCode: status = 0 } = response
  if (status >= 200 && status <= 299) return { status, text: await readText(response, maximumBytes) }
  response.destroy()
  return { status, text: '' }
}

function post({ url, headers, body }: WebhookCall, agent: Agent, signal: AbortSignal): Promise<IncomingMessage> {
  const length = Buffer.byteLength(body)
  return new Promise((resolve, reject) => {
    const outgoing = requestHttps(
      url,
      {
        method: 'POST',
        agent,
        signal,
        // Without Content-Type, as step-ca.
        headers: { 'User-Agent': 'signet', ...headers, 'Content-Length': length },
      },
      resolve,
    )
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

type Agents = (call: WebhookCall) => Agent

/** One for each way of calling, made anew when the certificate or the roots are others. */
function createAgents(identity: () => ClientIdentity | undefined): Agents {
  const kept = new Map<
    string,
    { readonly of: string; readonly shown: ClientIdentity | undefined; readonly agent: Agent }
  >()
  return ({ url, roots, showCertificate }) => {
    const shown = showCertificate ? identity() : undefined
    if (showCertificate && shown === undefined) throw new Error('there is no certificate to show yet')
    const proxy = proxyFor(url)
    const way = `${showCertificate} ${proxy.proxyEnv === undefined}`
    const of = roots.map(({ fingerprint }) => fingerprint).join(' ')
    const found = kept.get(way)
    if (found?.of === of && found.shown === shown) return found.agent
    const secureContext = createSecureContext({
      ca: trustedRoots(roots),
      minVersion: 'TLSv1.2',
      ...(shown && { cert: shown.certificateChain, key: shown.privateKey }),
    })
    // Connections of the one before are closed when they have been idle for long enough.
    const agent = new Agent({ secureContext, keepAlive: true, timeout: idleMs, maxFreeSockets: maximumIdle, ...proxy })
    kept.set(way, { of, shown, agent })
    return agent
  }
}
