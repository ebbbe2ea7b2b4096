import type { IncomingMessage } from 'node:http'
import { getCACertificates } from 'node:tls'
import { certificatesToPem, type Certificate } from '../../core/x509/certificate.ts'

/** What requests to servers of others have in common. */

/** HTTPS_PROXY, HTTP_PROXY and NO_PROXY, but none to this machine itself: as Go, and so step-ca, has it. */
export function proxyFor({ hostname }: URL): { readonly proxyEnv?: NodeJS.ProcessEnv } {
  const own = hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d+){3}$/.test(hostname)
  return own ? {} : { proxyEnv: process.env }
}

/**
 * The system's roots, or those that come with Node where the system has none, those of NODE_EXTRA_CA_CERTS, and these: PEM,
 * each once. A file and a folder of the system often hold the same, and each costs 50 µs. Nothing is kept here: Node
 * remembers its lists.
 */
export function trustedRoots(roots: readonly Certificate[]): string[] {
  const system = getCACertificates('system')
  const common = system.length > 0 ? system : getCACertificates('bundled')
  const own = roots.map((root) => certificatesToPem(root))
  return [...new Set([...common, ...getCACertificates('extra'), ...own])]
}

/** The body as a text; fails when it is longer than `maximumBytes`. */
export async function readText(response: IncomingMessage, maximumBytes: number): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > maximumBytes) throw new Error(`it is longer than ${maximumBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Without Node's advice about its own options, which are set already. */
export function describeFailure(error: unknown): string {
  return error instanceof Error ? error.message.replace(/; if the root CA .*$/s, '') : String(error)
}
