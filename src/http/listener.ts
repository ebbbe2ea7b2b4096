import { createServer, type RequestListener, type Server } from 'node:http'
import type { Server as TlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { parseAddress } from '../core/address.ts'

/** A server that listens. */
export type Listener = {
  readonly port: number
  /** Takes no new connection, lets requests that are under way end (`graceMs` at most), then closes everything. */
  close(graceMs: number): Promise<void>
}

/** A whole request, body included, has to arrive within this; step-ca gives 15 s. */
const requestTimeoutMs = 15_000
/** Each costs some 50 KiB; the operator, the webhook and pods that start together need far fewer. */
const maximumConnections = 1000

/** Options of every server, TLS or not, in milliseconds. */
export const connectionLimits = {
  requestTimeout: requestTimeoutMs,
  headersTimeout: requestTimeoutMs,
  /** How often those times are looked at; Node's 30 s would triple them. */
  connectionsCheckingInterval: 5000,
  /** Longer than the idle time of the connection pools in use (90 s), so that the client is the one who closes. */
  keepAliveTimeout: 100_000,
  noDelay: true,
} as const

/** Listens without TLS: for what is signed itself, revocation lists and OCSP. Fails if the address cannot be listened on. */
export function startPlainServer(address: string, handle: RequestListener): Promise<Listener> {
  return listen(createServer(connectionLimits, handle), address)
}

/** Has a server listen on `host:port` or `:port`. Fails if it cannot. */
export async function listen(server: Server | TlsServer, address: string): Promise<Listener> {
  server.maxConnections = maximumConnections
  const { host, port } = parseAddress(address)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
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
