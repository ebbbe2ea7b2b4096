import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { encodePem } from '../../src/core/pem.ts'
import { aCsr } from '../builders/csr.ts'
import { startAdminAuthority, type AdminAuthority } from '../harness/admin-authority.ts'
import { callAdmin, type AdminAnswer } from '../harness/admin-client.ts'
import { startWebhookServer, type WebhookServer } from '../harness/webhook-server.ts'
import { aStepToken, send } from '../harness/wire-client.ts'

let server: WebhookServer
let authority: AdminAuthority

beforeAll(async () => {
  server = await startWebhookServer()
  authority = await startAdminAuthority()
  // Their certificates are by the authority, which is trusted for that.
  const { certChain } = JSON.parse((await sign('127.0.0.1')).body) as { readonly certChain: readonly string[] }
  server.useCertificate(certChain.join(''))
})
afterAll(async () => {
  await authority.stop()
  await server.stop()
})

function sign(subject = 'web.test') {
  const { url, agent, folder } = authority.target()
  const csr = encodePem('CERTIFICATE REQUEST', aCsr().der)
  const body = JSON.stringify({ csr, ott: aStepToken(folder, { sub: subject, sans: [subject] }) })
  return send(agent, `${url}/1.0/sign`, { body })
}
const call = (method: string, path: string, body?: object): Promise<AdminAnswer> =>
  callAdmin(authority.target(), authority.admin, method, `/admin/provisioners/ops/webhooks${path}`, body)

it('webhooks of the admin API are called with the secret that it gave, until they are removed', async () => {
  server.on('/gate/web.test', { allow: true })
  const made = await call('POST', '', {
    name: 'gate',
    url: `${server.url}/gate/{{ .Token.sub }}`,
    kind: 'AUTHORIZING',
    basicAuth: { username: 'ca', password: 'p4ss' },
    disableTlsClientAuth: true,
  })
  expect(made.status).toBe(201)
  const { id, secret } = made.json as { id: string; secret: string }
  const heard = async () => {
    server.take()
    const { status } = await sign()
    return {
      status,
      calls: server.take().map(({ path, clientName, headers, body }) => ({
        path,
        clientName,
        id: headers['x-smallstep-webhook-id'],
        authorization: headers.authorization,
        signed:
          headers['x-smallstep-signature'] ===
          createHmac('sha256', Buffer.from(secret, 'base64')).update(body).digest('hex'),
      })),
    }
  }
  const authorization = `Basic ${Buffer.from('ca:p4ss').toString('base64')}`
  const expected = {
    status: 201,
    calls: [{ path: '/gate/web.test', clientName: undefined, id, authorization, signed: true }],
  }
  expect(await heard()).toEqual(expected)
  await authority.ca.restart()
  expect(await heard()).toEqual(expected)

  server.on('/gate/web.test', { allow: false })
  expect((await heard()).status).toBe(403)
  expect((await call('DELETE', '/gate')).status).toBe(200)
  expect(await heard()).toEqual({ status: 201, calls: [] })

  const { url, agent } = authority.target()
  const told = JSON.stringify(authority.ca.log) + (await send(agent, `${url}/provisioners`)).body
  for (const hidden of [secret, 'p4ss']) expect(told).not.toContain(hidden)
})
