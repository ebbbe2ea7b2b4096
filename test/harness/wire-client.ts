import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { Agent, request, type AgentOptions } from 'node:https'
import type { TLSSocket } from 'node:tls'
import { aToken } from '../builders/tokens.ts'
import type { AuthorityFolder } from './authority-folder.ts'

export type WireAnswer = {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** The same, as it came. */
  readonly octets: Buffer
  /** The connection that carried it. */
  readonly socket: TLSSocket
}

export type WireRequest = {
  readonly method?: string
  readonly body?: string | Buffer
  readonly headers?: Readonly<Record<string, string>>
  /** What the request line has in place of the path of the URL. */
  readonly target?: string
}

/** Sends one request over a connection of `agent`, and gives back what came, unparsed. */
export function send(
  agent: Agent,
  url: string,
  { method, body, headers, target }: WireRequest = {},
): Promise<WireAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      {
        agent,
        method: method ?? (body === undefined ? 'GET' : 'POST'),
        headers: { ...headers },
        ...(target !== undefined && { path: target }),
      },
      (response) => {
        const socket = response.socket as TLSSocket
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const octets = Buffer.concat(chunks)
          const { statusCode: status = 0, headers } = response
          resolve({ status, headers, body: octets.toString('utf8'), octets, socket })
        })
      },
    )
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

/** A pool of kept connections that trusts the folder's root. */
export function agentFor(folder: Pick<AuthorityFolder, 'root'>, options: AgentOptions = {}): Agent {
  return new Agent({ ca: folder.root, keepAlive: true, ...options })
}

/** A provisioner's token as `step ca token` makes it; `claims` replaces or removes (undefined) some. */
export function aStepToken(
  { provisioner }: Pick<AuthorityFolder, 'provisioner'>,
  claims: Readonly<Record<string, unknown>> = {},
  header: Readonly<Record<string, unknown>> = {},
): string {
  const now = Math.floor(Date.now() / 1000)
  const usual = {
    aud: 'https://localhost/1.0/sign',
    iss: provisioner.name,
    sub: 'web.test',
    sans: ['web.test'],
    jti: randomUUID(),
    iat: now,
    nbf: now,
    exp: now + 300,
  }
  return aToken({ ...usual, ...claims }, provisioner.key, { kid: provisioner.kid, ...header })
}
