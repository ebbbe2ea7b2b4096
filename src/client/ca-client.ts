import { SignetError } from '../core/errors.ts'
import { createTransport, type Answer, type TransportOptions } from './http-exchange.ts'

export type CaClientOptions = TransportOptions

export type SignInput = {
  /** PKCS#10 in PEM. */
  readonly csr: string
  /** The token that proves who asks: a JWK provisioner's, or a projected service account token. */
  readonly ott: string
  /** RFC 3339 or a Go duration from now. */
  readonly notBefore?: string
  /** RFC 3339 or a Go duration from notBefore. */
  readonly notAfter?: string
  /** Variables of the provisioner's template. */
  readonly templateData?: Readonly<Record<string, unknown>>
  /** For a delegate: the Certificate that it asks for. */
  readonly signet?: {
    readonly certificate: { readonly namespace: string; readonly name: string; readonly uid: string }
  }
}

export type RenewInput = {
  /** PEM, leaf first. */
  readonly certificateChain: string
  /** PEM, unencrypted. */
  readonly privateKey: string
}

export type RevokeInput = {
  /** Decimal. */
  readonly serial: string
  readonly reasonCode: number
  readonly reason?: string
  /** The token that proves who asks; without one, the certificate itself does, by mutual TLS. */
  readonly ott?: string | undefined
  readonly identity?: RenewInput
}

export type IssuedCertificate = {
  /** PEM, leaf first, without the root. */
  readonly certificateChain: string
  readonly requestId: string | undefined
}

/** A provisioner as ca.json has it. */
export type ProvisionerEntry = { readonly type: string; readonly name: string } & Readonly<Record<string, unknown>>

/** step-ca's API as far as Signet uses it; works against step-ca too. Every failure is a SignetError. */
export type CaClient = {
  /** Resolves if the authority answers `ok`. */
  health(): Promise<void>
  sign(input: SignInput): Promise<IssuedCertificate>
  /** Renews by mutual TLS with the certificate itself, over a connection of its own. */
  renew(input: RenewInput): Promise<IssuedCertificate>
  /** Renews by a token that the certificate's key signed: where the certificate has expired. */
  renewByToken(token: string): Promise<IssuedCertificate>
  /** Marks the certificate as revoked. */
  revoke(input: RevokeInput): Promise<void>
  /** The active roots, one PEM each. */
  roots(): Promise<readonly string[]>
  /** The roots of this authority and of those that it knows, one PEM each. */
  federation(): Promise<readonly string[]>
  /** All pages. */
  provisioners(): Promise<readonly ProvisionerEntry[]>
  /** The JWE (compact) of a JWK provisioner's key. */
  encryptedKey(kid: string): Promise<string>
  close(): void
}

/** A client for the authority at `url` that trusts `roots` and nothing else. */
export function createCaClient(options: CaClientOptions): CaClient {
  const transport = createTransport(options)
  const get = async (path: string): Promise<Json> => parse(await transport.exchange({ method: 'GET', path }))
  const certificates = async (path: string): Promise<readonly string[]> => textList((await get(path))['crts'], path)
  return {
    async health() {
      const { status } = await get('/health')
      if (status !== 'ok') throw unexpected('/health')
    },
    sign: async (body) => toIssued(await transport.exchange({ method: 'POST', path: '/1.0/sign', body })),
    renew: async (identity) => toIssued(await transport.exchange({ method: 'POST', path: '/1.0/renew', identity })),
    async renewByToken(token) {
      const headers = { authorization: `Bearer ${token}` }
      return toIssued(await transport.exchange({ method: 'POST', path: '/1.0/renew', headers }))
    },
    async revoke({ identity, ...rest }) {
      const body = { ...rest, passive: true }
      const path = '/1.0/revoke'
      await transport.exchange({ method: 'POST', path, body, ...(identity === undefined ? {} : { identity }) })
    },
    roots: () => certificates('/1.0/roots'),
    federation: () => certificates('/1.0/federation'),
    async provisioners() {
      const all: ProvisionerEntry[] = []
      let cursor = ''
      do {
        const page = await get(`/1.0/provisioners?limit=100&cursor=${encodeURIComponent(cursor)}`)
        // null is an empty list: Go writes it so.
        const listed = page['provisioners'] ?? []
        if (!Array.isArray(listed)) throw unexpected('/1.0/provisioners')
        all.push(...(listed as ProvisionerEntry[]))
        cursor = typeof page['nextCursor'] === 'string' ? page['nextCursor'] : ''
      } while (cursor !== '')
      return all
    },
    async encryptedKey(kid) {
      const { key } = await get(`/1.0/provisioners/${encodeURIComponent(kid)}/encrypted-key`)
      if (typeof key !== 'string') throw unexpected('/1.0/provisioners/{kid}/encrypted-key')
      return key
    },
    close: () => transport.close(),
  }
}

type Json = Readonly<Record<string, unknown>>

function parse({ text }: Answer): Json {
  try {
    const value = JSON.parse(text) as unknown
    if (typeof value === 'object' && value !== null) return value as Json
  } catch {
    // Said below: whatever it is, it is not an answer of a CA.
  }
  throw new SignetError('unavailable', 'the authority’s answer is not a JSON object')
}

function toIssued(answer: Answer): IssuedCertificate {
  const { certChain } = parse(answer)
  const chain = textList(certChain, '/1.0/sign')
  if (chain.length === 0) throw unexpected('/1.0/sign')
  return { certificateChain: chain.join(''), requestId: answer.requestId }
}

function textList(value: unknown, path: string): readonly string[] {
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) throw unexpected(path)
  return value
}

function unexpected(path: string): SignetError {
  return new SignetError('unavailable', `the authority’s answer to ${path} has not the form of step-ca’s API`)
}
