import type { IncomingMessage } from 'node:http'
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls'
import type { PresentedChain } from '../authority/client-certificate.ts'

/** Longer chains than leaf and a few intermediates have no use here. */
const maxChain = 10

/** What a connection presented never changes (renegotiation is off), and to read it costs as much as a signature. */
const chains = new WeakMap<TLSSocket, readonly Uint8Array[]>()

/**
 * The certificates that the client presented in its handshake, DER, leaf first; undefined if it presented none. Nothing
 * about them is verified but that the client has the leaf's key: Node would also call them authorized after they expired.
 */
export function presentedCertificate({ socket }: IncomingMessage): PresentedChain | undefined {
  const [leaf, ...others] = presentedChain(socket as TLSSocket)
  return leaf === undefined ? undefined : [leaf, ...others]
}

function presentedChain(socket: TLSSocket): readonly Uint8Array[] {
  const known = chains.get(socket)
  if (known !== undefined) return known
  const chain = readChain(socket)
  chains.set(socket, chain)
  return chain
}

function readChain(socket: TLSSocket): readonly Uint8Array[] {
  const chain: Uint8Array[] = []
  const seen = new Set<DetailedPeerCertificate>()
  let certificate: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true)
  // A self-signed certificate is its own issuer; a connection that is gone gives null or an object without `raw`.
  while (certificate?.raw !== undefined && !seen.has(certificate) && chain.length < maxChain) {
    seen.add(certificate)
    chain.push(certificate.raw)
    certificate = certificate.issuerCertificate
  }
  return chain
}
