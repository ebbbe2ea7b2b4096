import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fetchPeerCertificates } from '../../client/peer-certificates.ts'
import { SignetError } from '../../core/errors.ts'
import { parseBundle, parseRequestFile } from '../../core/x509/bundle.ts'
import { certificatesToPem, parseCertificate, type Certificate } from '../../core/x509/certificate.ts'
import type { CertificateRequest } from '../../core/x509/csr.ts'
import type { Flags } from '../command.ts'
import { readInput } from '../files.ts'
import type { CliIo } from '../io.ts'

/** Where certificates come from that commands look at: a file, standard input, or a server. */

/** For commands that may ask a server. */
export const serverFlags = {
  roots: {
    kind: 'string',
    placeholder: 'roots',
    description: 'roots to verify with: a PEM file, a comma-separated list of them, or a folder; else the system’s',
  },
  servername: {
    kind: 'string',
    placeholder: 'name',
    description: 'name to ask the server for and to find in its certificate',
  },
} as const satisfies Flags

export const insecureServerFlag = {
  insecure: { kind: 'bool', description: 'do not verify the server’s certificate' },
} as const satisfies Flags

export type Server = {
  readonly roots?: string | undefined
  readonly servername?: string | undefined
  readonly insecure?: boolean
}

/** By the start of a URL. */
const ports: Readonly<Record<string, number>> = { tcp: 443, tls: 443, https: 443, smtps: 465, ldaps: 636 }

type Address = { readonly host: string; readonly port: number }

/** Host and port if this is the URL of a server; `malformed` if it begins like one and is none. */
export function serverAddress(text: string): Address | undefined {
  const [, scheme = ''] = /^([a-z]+):\/\//i.exec(text) ?? []
  const port = ports[scheme.toLowerCase()]
  if (port === undefined) return undefined
  // Only of https does URL know the parts.
  const url = URL.parse(`https://${text.slice(scheme.length + '://'.length)}`)
  if (url === null || url.hostname === '') throw new SignetError('malformed', `error parsing URL '${text}'`)
  const written =
    /:(\d+)$/.exec(url.host)?.[1] ?? (/^[^/]*:443(?:\/|$)/.test(text.slice(scheme.length + 3)) ? '443' : '')
  return { host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port: written === '' ? port : Number(written) }
}

/** The certificates of a server, a file or, for `-`, of standard input. `malformed` if there are none. */
export async function loadCertificates(io: CliIo, source: string, server: Server): Promise<Certificates> {
  const address = serverAddress(source)
  return address === undefined ? loadBundle(io, source) : peerCertificates(io, address, server)
}

/** At least one. */
export type Certificates = readonly [Certificate, ...Certificate[]]

export type CertificatesOrRequest =
  | { readonly kind: 'certificates'; readonly certificates: Certificates }
  | { readonly kind: 'request'; readonly request: CertificateRequest }

/** Certificates, or the certificate request that a file has in their place. `malformed` if there is neither. */
export async function loadCertificatesOrRequest(
  io: CliIo,
  source: string,
  server: Server,
): Promise<CertificatesOrRequest> {
  const address = serverAddress(source)
  if (address !== undefined) return { kind: 'certificates', certificates: await peerCertificates(io, address, server) }
  const octets = await readInput(io, source)
  const [first, ...more] = parsing(source, () => parseBundle(octets)) ?? []
  if (first !== undefined) return { kind: 'certificates', certificates: [first, ...more] }
  const request = parsing(source, () => parseRequestFile(octets))
  if (request !== undefined) return { kind: 'request', request }
  const message = `file ${source} does not contain any valid CERTIFICATE or CERTIFICATE REQUEST blocks`
  throw new SignetError('malformed', message)
}

/** Certificates in a file or standard input; `malformed` if there are none. */
export async function loadBundle(io: CliIo, file: string): Promise<Certificates> {
  const octets = await readInput(io, file)
  const [first, ...more] = parsing(file, () => parseBundle(octets)) ?? []
  if (first === undefined) throw new SignetError('malformed', `file ${file} does not contain any certificate`)
  return [first, ...more]
}

/** All certificates of a file, a comma-separated list of files, or a folder. `malformed` if there are none. */
export async function loadRoots(io: CliIo, path: string): Promise<Certificate[]> {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
  const files = isFolder ? readdirSync(path).map((name) => join(path, name)) : path.split(',').map((one) => one.trim())
  const roots: Certificate[] = []
  for (const file of files) {
    const octets = await readInput(io, file)
    // A folder may hold anything else.
    roots.push(...(parsing(file, () => parseBundle(octets)) ?? []))
  }
  if (roots.length === 0) throw new SignetError('malformed', `--roots: ${path} has no certificate in PEM`)
  return roots
}

async function peerCertificates(io: CliIo, address: Address, server: Server): Promise<Certificates> {
  const { roots, servername: serverName, insecure = false } = server
  const trusted = roots === undefined ? undefined : (await loadRoots(io, roots)).map((root) => certificatesToPem(root))
  const chain = await fetchPeerCertificates({ ...address, serverName, roots: trusted, insecure })
  const [first, ...more] = chain.map((der) => parseCertificate(der))
  if (first === undefined) throw new SignetError('unavailable', `${address.host} sent no certificate`)
  return [first, ...more]
}

/** Says which file it is that is wrong. */
function parsing<T>(file: string, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    throw new SignetError('malformed', `error parsing ${file}: ${(error as Error).message}`, { cause: error })
  }
}
