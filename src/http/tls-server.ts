import { constants } from 'node:crypto'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:https'
import type { SecureContextOptions } from 'node:tls'
import { opensslCipherNames, type TlsSettings } from '../config/tls-settings.ts'
import { connectionLimits, listen, type Listener } from './listener.ts'

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

export type TlsServer = Listener & {
  /** Serves new connections with this; those that exist go on undisturbed. */
  replaceIdentity(identity: ServingIdentity): void
}

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
      ...connectionLimits,
      handshakeTimeout: connectionLimits.requestTimeout,
    },
    handle,
  )
  const listener = await listen(server, address)
  return { ...listener, replaceIdentity: (next) => server.setSecureContext(contextOf(next)) }
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
