import type { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { checkServerIdentity, connect, getCACertificates, type TLSSocket } from 'node:tls'
import { SignetError } from '../core/errors.ts'

export type PeerOptions = {
  readonly host: string
  readonly port: number
  /** Sent as SNI and looked for in the certificate in place of `host`. */
  readonly serverName?: string | undefined
  /** PEM certificates to trust in place of the system's. */
  readonly roots?: readonly string[] | undefined
  /** Takes any certificate. */
  readonly insecure?: boolean
}

const timeoutMs = 15_000

/** The certificates that a TLS server sends, leaf first, as DER. `unavailable` if it is not reached or not trusted. */
export async function fetchPeerCertificates(options: PeerOptions): Promise<Uint8Array[]> {
  const { host, port, serverName, roots, insecure = false } = options
  const name = serverName ?? host
  const socket = connect({
    host,
    port,
    minVersion: 'TLSv1.2',
    ca: [...(roots ?? systemRoots())],
    rejectUnauthorized: !insecure,
    checkServerIdentity: (_, certificate) => checkServerIdentity(name, certificate),
    // An IP address is no server name (RFC 6066 §3).
    ...(isIP(name) === 0 ? { servername: name } : {}),
  })
  try {
    await secured(socket)
    return chainOf(socket.getPeerX509Certificate())
  } catch (error) {
    const message = `failed to connect to ${host}:${port}: ${(error as Error).message}`
    throw new SignetError('unavailable', message, { cause: error })
  } finally {
    socket.destroy()
  }
}

/** PEM of the certificates that this system trusts; those of Node where it has none. */
export function systemRoots(): readonly string[] {
  const found = getCACertificates('system')
  return found.length > 0 ? found : getCACertificates('bundled')
}

function secured(socket: TLSSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.setTimeout(timeoutMs, () => reject(new Error(`no answer within ${timeoutMs / 1000} s`)))
    socket.once('secureConnect', resolve).once('error', reject)
  })
}

/** As they were sent: Node links each to the next. */
function chainOf(leaf: X509Certificate | undefined): Uint8Array[] {
  const chain: Uint8Array[] = []
  for (let next = leaf; next !== undefined; next = next.issuerCertificate) chain.push(new Uint8Array(next.raw))
  return chain
}
