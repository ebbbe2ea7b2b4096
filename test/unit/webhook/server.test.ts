import { Agent, request } from 'node:https'
import type { TLSSocket } from 'node:tls'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { enrol } from '../../../src/client/enrol.ts'
import { allow } from '../../../src/webhook/review.ts'
import { createWebhookApp, startWebhookServer, type WebhookServer } from '../../../src/webhook/server.ts'
import { anAdmitter } from '../../builders/decision.ts'
import { aPod, annotated, aReview } from '../../builders/pod.ts'
import { aWorkloadRequest } from '../../builders/workload.ts'
import { createFakeAuthority } from '../../fakes/certificate-authority.ts'
import { recordedLog } from '../../fakes/recorded-log.ts'

const host = 'signet-webhook.signet-system.svc'
const authority = createFakeAuthority(Date.now())
const newIdentity = () =>
  enrol({
    client: authority.connect(authority.roots()),
    token: 'token',
    request: aWorkloadRequest({ commonName: host, dnsNames: [host] }),
    podIPs: [],
  })

let server: WebhookServer
let agent: Agent
let log: ReturnType<typeof recordedLog>

beforeEach(async () => {
  const { admit } = anAdmitter()
  log = recordedLog()
  server = await startWebhookServer('127.0.0.1:0', await newIdentity(), createWebhookApp(admit, log))
  agent = new Agent({ keepAlive: true, ca: authority.roots(), servername: host })
})

afterEach(async () => {
  agent.destroy()
  await server.close()
})

type Answer = { status: number; type: string | undefined; body: string; serial: string }

function post(body: string, path = '/mutate-pods', via = agent, port = server.port): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' }
    const outgoing = request({ host: '127.0.0.1', port, path, method: 'POST', headers, agent: via })
    outgoing.on('error', reject)
    outgoing.on('response', (response) => {
      const { serialNumber: serial } = (response.socket as TLSSocket).getPeerCertificate()
      const { statusCode: status = 0, headers: answered } = response
      void response.toArray().then((chunks: Buffer[]) => {
        resolve({ status, type: answered['content-type'], body: Buffer.concat(chunks).toString('utf8'), serial })
      }, reject)
    })
    outgoing.end(body)
  })
}

describe('the webhook over HTTPS', () => {
  it('answers a review of three MiB with 200 and an AdmissionReview', async () => {
    const review = aReview(aPod(annotated({ 'signet.dev/name': 'web.shop.svc', more: 'x'.repeat(3 * 1024 * 1024) })))
    const { status, type, body } = await post(JSON.stringify(review))
    expect([status, type]).toEqual([200, 'application/json; charset=utf-8'])
    expect(JSON.parse(body)).toMatchObject({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: { uid: '7a1c0c2e-1111-4222-8333-944445555666', allowed: true, patchType: 'JSONPatch' },
    })
  })

  it('answers a refusal with 200 too', async () => {
    const { status, body } = await post(JSON.stringify(aReview(aPod(annotated({ 'signet.dev/x': '' })))))
    expect(status).toBe(200)
    expect(JSON.parse(body)).toMatchObject({ response: { allowed: false, status: { code: 422 } } })
  })

  it.each([
    ['', 400, 'body is not an AdmissionReview of admission.k8s.io/v1\n'],
    ['{"a":', 400, /JSON/],
    ['{}', 400, 'body is not an AdmissionReview of admission.k8s.io/v1\n'],
    ['"text"', 400, /JSON/],
    [`{"a":"${'x'.repeat(5 * 1024 * 1024)}"}`, 413, 'request entity too large\n'],
  ])('answers rubbish (%#) with 400 or 413', async (text, status, body) => {
    const answer = await post(text)
    expect(answer.status).toBe(status)
    expect(answer.body).toMatch(body)
    expect(log.lines.map(({ level }) => level)).toEqual(['warn'])
  })

  it('knows no other path', async () => {
    expect((await post('{}', '/')).status).toBe(404)
  })

  it('serves a new certificate to new connections and keeps those that exist', async () => {
    const review = JSON.stringify(aReview(aPod()))
    const { serial } = await post(review)
    server.replaceIdentity(await newIdentity())
    expect((await post(review)).serial).toBe(serial)
    const another = new Agent({ ca: authority.roots(), servername: host })
    const fresh = await post(review, '/mutate-pods', another)
    expect(fresh.status).toBe(200)
    expect(fresh.serial).not.toBe(serial)
    another.destroy()
  })

  it('answers what is under way before it closes, and closes connections that would be kept', async () => {
    const { promise: release, resolve } = Promise.withResolvers<void>()
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>()
    const slow = await startWebhookServer(
      '127.0.0.1:0',
      await newIdentity(),
      createWebhookApp(async () => {
        arrive()
        await release
        return allow('uid')
      }, log),
    )
    const answer = post('{}', '/mutate-pods', agent, slow.port)
    await arrived
    const closed = slow.close()
    resolve()
    expect((await answer).status).toBe(200)
    await closed
  })
})
