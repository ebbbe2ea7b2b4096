import { createPublicKey, type KeyObject } from 'node:crypto'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { noNames } from '../../src/core/names/names.ts'
import { certificatesToPem } from '../../src/core/x509/certificate.ts'
import { createName } from '../../src/core/x509/name.ts'
import { aRoot, spkiOf, type TestLevel } from '../builders/ca-material.ts'
import { sharedKey } from '../builders/csr.ts'
import { hour, signedBy } from '../builders/x509.ts'

/** What a webhook was sent. */
export type WebhookRequest = {
  readonly method: string | undefined
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** Of the client's certificate; undefined if it showed none. */
  readonly clientName: string | undefined
  readonly clientPort: number | undefined
}

/** A real HTTPS server on 127.0.0.1, whose certificate is by a root of its own until it gets another. */
export type WebhookServer = {
  readonly url: string
  readonly root: TestLevel
  readonly requests: WebhookRequest[]
  /** Answers what comes on a path, without its query; a body as JSON, or whatever the function does. 404 for all others. */
  on(path: string, answer: object | ((response: ServerResponse, request: WebhookRequest) => void)): void
  /** Takes the requests that were kept so far. */
  take(): WebhookRequest[]
  /** Serves another certificate (PEM) for the same key. */
  useCertificate(chain: string): void
  stop(): Promise<void>
}

export async function startWebhookServer(root = aRoot(Date.now()), key: KeyObject = sharedKey): Promise<WebhookServer> {
  const now = Date.now()
  const leaf = signedBy(root.certificate, root.key, {
    serial: '5',
    subject: createName({ commonName: 'hook' }),
    names: { ...noNames, ips: ['127.0.0.1'] },
    notBefore: now - hour,
    notAfter: now + hour,
    spki: spkiOf(key),
    keyUsage: ['digitalSignature'],
    extKeyUsage: ['serverAuth'],
    extensions: [],
  })
  const keyPem = key.export({ type: 'pkcs8', format: 'pem' })
  const answers = new Map<string, Parameters<WebhookServer['on']>[1]>()
  const requests: WebhookRequest[] = []
  const server = createServer(
    {
      cert: certificatesToPem(leaf),
      key: keyPem,
      requestCert: true,
      rejectUnauthorized: false,
    },
    (incoming, response) => {
      void received(incoming).then((request) => {
        requests.push(request)
        const answer = answers.get(request.path.split('?', 1)[0] ?? '')
        if (typeof answer === 'function') answer(response, request)
        else response.writeHead(answer === undefined ? 404 : 200).end(JSON.stringify(answer))
      })
    },
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    root,
    requests,
    on: (path, answer) => void answers.set(path, answer),
    useCertificate: (cert) => server.setSecureContext({ cert, key: keyPem }),
    take: () => requests.splice(0),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function received(incoming: IncomingMessage): Promise<WebhookRequest> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk)
  const { method, url = '', headers } = incoming
  const socket = incoming.socket as TLSSocket
  const peer = socket.getPeerCertificate()
  return {
    method,
    path: url,
    headers,
    body: Buffer.concat(chunks).toString('utf8'),
    clientName: Object.keys(peer).length === 0 ? undefined : String(peer.subject.CN),
    clientPort: socket.remotePort,
  }
}

/** The public JWK of a key, as a provisioner of ca.json has it. */
export const jwkOf = (key: KeyObject, kid: string): object => ({
  ...createPublicKey(key).export({ format: 'jwk' }),
  kid,
})
