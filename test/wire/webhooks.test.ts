import { X509Certificate, createHmac, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { Agent } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { encodePem } from '../../src/core/pem.ts'
import { aCsr, sharedKey } from '../builders/csr.ts'
import { aToken } from '../builders/tokens.ts'
import { startAuthority, type RunningAuthority } from '../harness/running-authority.ts'
import { jwkOf, startWebhookServer, type WebhookServer } from '../harness/webhook-server.ts'
import { agentFor, send, type WireAnswer } from '../harness/wire-client.ts'

let server: WebhookServer
let ca: RunningAuthority
let agent: Agent

const files = mkdtempSync(join(tmpdir(), 'signet-webhook-secrets-'))
const file = (name: string, text: string): string => {
  writeFileSync(join(files, name), text)
  return join(files, name)
}
const [secret, bearer, password] = ['c2VjcmV0LW9mLXBlb3BsZQ==', 'bearer-of-gate', 'password-of-desk']

const template = '{"subject": {"organization": {{ toJson .Webhooks.people.team }}}, "sans": {{ toJson .SANs }}}'
const provisionersFor = (url: string) => {
  const jwk = (name: string, options?: object) => ({
    type: 'JWK',
    name,
    key: jwkOf(sharedKey, name),
    ...(options && { options }),
  })
  const people = { id: 'p-1', name: 'people', kind: 'ENRICHING', url: `${url}/people` }
  const gate = { id: 'g-1', name: 'gate', kind: 'AUTHORIZING', url: `${url}/gate?key=of-the-path` }
  const desk = { id: 'd-1', name: 'desk', kind: 'AUTHORIZING', url: `${url}/desk`, disableTLSClientAuth: true }
  return [
    jwk('plain'),
    jwk('hooked', {
      x509: { template },
      webhooks: [
        { ...people, signet: { secretFile: file('secret', `${secret}\n`) } },
        { ...gate, signet: { bearerTokenFile: file('bearer', bearer) } },
        { ...desk, signet: { basicAuth: { username: 'ca', passwordFile: file('password', password) } } },
      ],
    }),
  ]
}

const tokenOf = (iss: string, sub: string, jti = randomUUID()): string => {
  const now = Math.floor(Date.now() / 1000)
  const claims = { aud: 'https://localhost/1.0/sign', iss, sub, sans: [sub], jti, iat: now, nbf: now, exp: now + 300 }
  return aToken(claims, sharedKey, { kid: iss })
}
const csr = encodePem('CERTIFICATE REQUEST', aCsr().der)
const sign = (ott: string): Promise<WireAnswer> =>
  send(agent, `${ca.url}/1.0/sign`, { body: JSON.stringify({ csr, ott }) })
const lineOf = ({ headers }: WireAnswer) => ca.lineOf(String(headers['x-request-id']))

beforeAll(async () => {
  server = await startWebhookServer()
  ca = await startAuthority({
    changes: { authority: { provisioners: provisionersFor(server.url) }, metricsAddress: '127.0.0.1:0' },
  })
  agent = agentFor(ca.folder)
  // The hook's own certificate is by the authority, whose roots are trusted for that.
  const { certChain } = JSON.parse((await sign(tokenOf('plain', '127.0.0.1'))).body) as { certChain: string[] }
  server.useCertificate(certChain.join(''))
})
afterAll(async () => {
  agent.destroy()
  await ca.stop()
  await server.stop()
  rmSync(files, { recursive: true })
})
beforeEach(() => {
  server.on('/people', { allow: true, data: { team: 'red' } })
  server.on('/gate', { allow: true })
  server.on('/desk', { allow: true })
  server.take()
})

describe('webhooks of a provisioner', () => {
  it('decide what is issued, each asked in its way', async () => {
    const answer = await sign(tokenOf('hooked', 'web.test'))
    expect(answer.status).toBe(201)
    const { crt } = JSON.parse(answer.body) as { crt: string }
    expect(new X509Certificate(crt).subject).toBe('O=red')
    const requestId = String(answer.headers['x-request-id'])
    const hmac = (key: string, body: string) => createHmac('sha256', key).update(body).digest('hex')
    expect(
      server.take().map(({ path, clientName, headers, body }) => ({
        path,
        clientName,
        id: headers['x-smallstep-webhook-id'],
        authorization: headers.authorization,
        requestId: headers['x-request-id'],
        signed: headers['x-smallstep-signature'] === hmac(path === '/people' ? 'secret-of-people' : '', body),
      })),
    ).toEqual([
      { path: '/people', clientName: 'Step Online CA', id: 'p-1', authorization: undefined, requestId, signed: true },
      {
        path: '/gate?key=of-the-path',
        clientName: 'Step Online CA',
        id: 'g-1',
        authorization: `Bearer ${bearer}`,
        requestId,
        signed: true,
      },
      {
        path: '/desk',
        clientName: undefined,
        id: 'd-1',
        authorization: `Basic ${Buffer.from(`ca:${password}`).toString('base64')}`,
        requestId,
        signed: true,
      },
    ])
    const seconds = expect.any(Number) as number
    expect(await lineOf(answer)).toMatchObject({
      status: 201,
      webhooks: [
        { name: 'people', kind: 'ENRICHING', outcome: 'allowed', seconds },
        { name: 'gate', kind: 'AUTHORIZING', outcome: 'allowed', seconds },
        { name: 'desk', kind: 'AUTHORIZING', outcome: 'allowed', seconds },
      ],
    })
  })

  it('that say no leave the token unspent', async () => {
    const token = tokenOf('hooked', 'web.test')
    server.on('/people', { allow: false, error: { code: 'E1', message: 'not today' } })
    const denied = await sign(token)
    expect([denied.status, denied.body]).toEqual([
      403,
      '{"status":403,"message":"The request was forbidden by the certificate authority: not today (E1)."}\n',
    ])
    server.on('/people', { allow: true, data: { team: 'red' } })
    server.on('/desk', { allow: false, error: { code: 'E2', message: 'closed' } })
    const refused = await sign(token)
    expect([refused.status, refused.body]).toEqual([
      403,
      '{"status":403,"message":"The request was forbidden by the certificate authority: error creating certificate."}\n',
    ])
    expect(await lineOf(refused)).toMatchObject({
      err: { message: 'closed (E2)', reason: 'AuthorizingWebhookDenied' },
      webhooks: [{ outcome: 'allowed' }, { outcome: 'allowed' }, { outcome: 'denied' }],
    })
    server.on('/desk', { allow: true })
    expect((await sign(token)).status).toBe(201)
    expect((await sign(token)).status).toBe(401)
  })

  it('that cannot be reached end the request; the log says why, and not at which path', async () => {
    server.on('/gate', (response) => response.writeHead(200).end('no'))
    const answer = await sign(tokenOf('hooked', 'web.test'))
    expect(answer.status).toBe(403)
    const line = await lineOf(answer)
    expect(line).toMatchObject({
      err: {
        message: 'webhook "gate" gave no usable answer',
        reason: 'AuthorizingWebhookFailed',
        cause: { message: 'answer is not JSON' },
      },
    })
    expect(JSON.stringify(line)).not.toContain('of-the-path')
  })

  it('are counted by name', async () => {
    const metrics = await (await fetch(`http://127.0.0.1:${ca.runtime.metricsPort}/metrics`)).text()
    const counted = (webhook: string, outcome: string) =>
      `signet_provisioner_webhook_calls_total{provisioner="hooked",webhook="${webhook}",outcome="${outcome}"} `
    for (const series of [
      counted('people', 'allowed'),
      counted('people', 'denied'),
      counted('desk', 'denied'),
      counted('gate', 'failed'),
      'signet_provisioner_webhook_duration_seconds_count{provisioner="hooked",webhook="desk"} ',
    ]) {
      expect(metrics).toContain(series)
    }
  })

  it('sign with the secret of the file as it is after a reload', async () => {
    file('secret', 'b3RoZXI=')
    await ca.reconfigure({})
    await sign(tokenOf('hooked', 'web.test'))
    const [first] = server.take()
    expect(first?.headers['x-smallstep-signature']).toBe(
      createHmac('sha256', 'other')
        .update(first?.body ?? '')
        .digest('hex'),
    )
  })

  it('keep their secrets: not in the log, not in the list', async () => {
    const listed = await send(agent, `${ca.url}/provisioners`)
    expect(listed.body).toContain('"webhooks":[{"id":"p-1","name":"people"')
    const told = JSON.stringify(ca.log) + listed.body
    const encoded = [`ca:${password}`].map((text) => Buffer.from(text).toString('base64'))
    for (const hidden of [secret, 'secret-of-people', bearer, password, ...encoded]) expect(told).not.toContain(hidden)
  })
})
