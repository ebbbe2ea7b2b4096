import { constants } from 'node:crypto'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { SecureContextOptions } from 'node:tls'
import { opensslCipherNames, type TlsSettings } from '../config/tls-settings.ts'
import { parseAddress } from '../core/address.ts'

/** What a handshake is made with; a renewal or reload replaces it as a whole. */
export type ServingIdentity = {
  /** PEM, leaf first, with the intermediates: `step` takes the root's fingerprint from the chain. */
  readonly certificateChain: string
  /** PEM. */
  readonly privateKey: string
  /** PEM of roots and intermediates: their names tell clients which certificate to present. Nothing is trusted by it. */
  readonly clientAuthorities: string
  readonly tls: TlsSettings
}

export type TlsServer = {
  readonly port: number
  /** Serves new connections with this; those that exist go on undisturbed. */
  replaceIdentity(identity: ServingIdentity): void
  /** Takes no new connection, lets requests that are under way end (`graceMs` at most), then closes everything. */
  close(graceMs: number): Promise<void>
}

/** A whole request, body included, has to arrive within this; step-ca gives 15 s. */
const requestTimeoutMs = 15_000
/** How often those times are looked at; Node's 30 s would triple them. */
const timeoutCheckMs = 5000
/** Each costs some 50 KiB; the operator, the webhook and pods that start together need far fewer. */
const maximumConnections = 1000
/** Longer than the idle time of the connection pools in use (90 s), so that the client is the one who closes. */
const keepAliveMs = 100_000

/**
 * Listens with HTTPS. A client certificate is asked for and never judged here: whether one counts is decided anew on each
 * request (`design.md`), so handshakes succeed with any. Sessions are never resumed, for the same reason: no tickets, no
 * session ids. Fails if the address cannot be listened on.
 */
export async function startTlsServer(
  address: string,
  identity: ServingIdentity,
  handle: RequestListener,
): Promise<TlsServer> {
  const server = createServer(
    {
      ...contextOf(identity),
      requestCert: true,
      rejectUnauthorized: false,
      requestTimeout: requestTimeoutMs,
      headersTimeout: requestTimeoutMs,
      connectionsCheckingInterval: timeoutCheckMs,
      keepAliveTimeout: keepAliveMs,
      handshakeTimeout: requestTimeoutMs,
      noDelay: true,
    },
    handle,
  )
  server.maxConnections = maximumConnections
  const { host, port } = parseAddress(address)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    replaceIdentity: (next) => server.setSecureContext(contextOf(next)),
    close: (graceMs) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => server.closeAllConnections(), graceMs)
        server.close(() => {
          clearTimeout(timer)
          resolve()
        })
        server.closeIdleConnections()
      }),
  }
}

function contextOf({ certificateChain, privateKey, clientAuthorities, tls }: ServingIdentity): SecureContextOptions {
  return {
    cert: certificateChain,
    key: privateKey,
    ca: clientAuthorities,
    minVersion: tls.minVersion === 1.2 ? 'TLSv1.2' : 'TLSv1.3',
    maxVersion: tls.maxVersion === 1.2 ? 'TLSv1.2' : 'TLSv1.3',
    ciphers: [...tls13Ciphers, ...tls.cipherSuites.map((name) => opensslCipherNames.get(name) ?? name)].join(':'),
    secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
  }
}

/** Not configurable, as in Go. */
const tls13Ciphers = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256']
