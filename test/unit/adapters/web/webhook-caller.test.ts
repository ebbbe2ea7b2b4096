import { generateKeyPairSync } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createWebhookCaller, type ClientIdentity } from '../../../../src/adapters/web/webhook-caller.ts'
import type { WebhookCall } from '../../../../src/authority/ports.ts'
import { noNames } from '../../../../src/core/names/names.ts'
import { certificatesToPem } from '../../../../src/core/x509/certificate.ts'
import { createName } from '../../../../src/core/x509/name.ts'
import { aRoot, spkiOf } from '../../../builders/ca-material.ts'
import { hour, signedBy } from '../../../builders/x509.ts'
import { startWebhookServer, type WebhookServer } from '../../../harness/webhook-server.ts'

let server: WebhookServer
beforeAll(async () => {
  server = await startWebhookServer()
})
afterAll(() => server.stop())
beforeEach(() => void server.take())

const now = Date.now()
function anIdentity(commonName: string): ClientIdentity {
  const root = aRoot(now)
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const leaf = signedBy(root.certificate, root.key, {
    serial: '7',
    subject: createName({ commonName }),
    names: noNames,
    notBefore: now - hour,
    notAfter: now + hour,
    spki: spkiOf(privateKey),
    keyUsage: ['digitalSignature'],
    extKeyUsage: ['clientAuth'],
    extensions: [],
  })
  return {
    certificateChain: certificatesToPem(leaf),
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }),
  }
}
let identity: ClientIdentity | undefined = anIdentity('first')
const caller = createWebhookCaller({ identity: () => identity, timeoutMs: 5000, retryMs: 20 })
const hasty = createWebhookCaller({ identity: () => identity, timeoutMs: 300, retryMs: 20 })

const call = (path: string, changes: Partial<WebhookCall> = {}): WebhookCall => ({
  url: new URL(server.url + path),
  headers: { 'X-Request-Id': 'r', 'X-Smallstep-Webhook-Id': '' },
  body: '{"a":"é"}',
  roots: [server.root.certificate],
  showCertificate: false,
  ...changes,
})
const cannot = (why: string) => ({ code: 'unavailable', message: `cannot ask ${server.url}: ${why}` })

/** Answers one after the other. */
function answersInTurn(path: string, ...answers: ((response: ServerResponse) => void)[]): void {
  server.on(path, (response) => answers.shift()?.(response))
}

describe('a call of a webhook', () => {
  it('is a POST of the body, with the headers and no others that matter', async () => {
    server.on('/', { allow: true })
    expect(await caller.call(call('/?key=1'))).toEqual({ status: 200, text: '{"allow":true}' })
    const [request] = server.take()
    expect(request).toMatchObject({ method: 'POST', path: '/?key=1', body: '{"a":"é"}', clientName: undefined })
    expect(request?.headers).toEqual({
      host: new URL(server.url).host,
      connection: 'keep-alive',
      'user-agent': 'signet',
      'content-length': '10',
      'x-request-id': 'r',
      'x-smallstep-webhook-id': '',
    })
  })

  it('shows the certificate that is served at the time, where it shall', async () => {
    server.on('/', {})
    const shown = call('/', { showCertificate: true })
    await caller.call(shown)
    identity = anIdentity('second')
    await caller.call(shown)
    await caller.call(call('/'))
    expect(server.take().map(({ clientName }) => clientName)).toEqual(['first', 'second', undefined])
    identity = undefined
    await expect(caller.call(shown)).rejects.toMatchObject(cannot('there is no certificate to show yet'))
    identity = anIdentity('third')
  })

  it('keeps its connection', async () => {
    server.on('/', {})
    await caller.call(call('/'))
    await caller.call(call('/'))
    const [first, second] = server.take()
    expect(first?.clientPort).toBe(second?.clientPort)
  })

  it('trusts the roots of the call, and no longer those of an earlier one', async () => {
    server.on('/', {})
    await caller.call(call('/'))
    await expect(caller.call(call('/', { roots: [] }))).rejects.toMatchObject(
      cannot('unable to verify the first certificate'),
    )
    expect(server.take()).toHaveLength(1)
  })

  it('is made once more where the server fails, and not where it refuses', async () => {
    answersInTurn(
      '/busy',
      (response) => response.writeHead(503).end(),
      (response) => response.end('{"allow":true}'),
    )
    expect(await caller.call(call('/busy'))).toEqual({ status: 200, text: '{"allow":true}' })
    server.on('/down', (response) => response.writeHead(500).end('{"allow":true}'))
    expect(await caller.call(call('/down'))).toEqual({ status: 500, text: '' })
    expect(await caller.call(call('/nowhere'))).toEqual({ status: 404, text: '' })
    expect(server.take().map(({ path }) => path)).toEqual(['/busy', '/busy', '/down', '/down', '/nowhere'])
  })

  it('is made once more where the connection breaks', async () => {
    answersInTurn(
      '/broken',
      (response) => response.destroy(),
      (response) => response.end('{}'),
    )
    expect(await caller.call(call('/broken'))).toEqual({ status: 200, text: '{}' })
    server.on('/dead', (response) => response.destroy())
    await expect(caller.call(call('/dead'))).rejects.toMatchObject(cannot('socket hang up'))
    expect(server.take()).toHaveLength(4)
  })

  it('follows nobody elsewhere', async () => {
    server.on('/elsewhere', { allow: true })
    server.on('/moved', (response) => response.writeHead(307, { location: '/elsewhere' }).end())
    expect(await caller.call(call('/moved'))).toEqual({ status: 307, text: '' })
    expect(server.take().map(({ path }) => path)).toEqual(['/moved'])
  })

  it('ends when there is no answer in time, and is then not made again', async () => {
    server.on('/silent', () => undefined)
    await expect(hasty.call(call('/silent'))).rejects.toMatchObject(cannot('no answer within 0.3 s'))
    server.on('/slow', (response) => void response.write('{'))
    await expect(hasty.call(call('/slow'))).rejects.toMatchObject(cannot('no answer within 0.3 s'))
    expect(server.take()).toHaveLength(2)
  })

  it('takes an answer of 1 MiB and no more', async () => {
    const most = 1024 * 1024
    server.on('/large', (response, { path }) => response.end('x'.repeat(most + Number(path.split('?')[1]))))
    expect((await caller.call(call('/large?0'))).text).toHaveLength(most)
    await expect(caller.call(call('/large?1'))).rejects.toMatchObject(cannot(`it is longer than ${most} bytes`))
  })
})
