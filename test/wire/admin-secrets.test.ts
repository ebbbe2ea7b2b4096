import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aProvisionerKey } from '../builders/tokens.ts'
import { startAdminAuthority, type AdminAuthority } from '../harness/admin-authority.ts'
import { callAdmin, type AdminAnswer } from '../harness/admin-client.ts'
import { send } from '../harness/wire-client.ts'

let authority: AdminAuthority
const call = (method: string, path: string, body?: object): Promise<AdminAnswer> =>
  callAdmin(authority.target(), authority.admin, method, path, body)

const listed = async (): Promise<string> => {
  const { url, agent } = authority.target()
  return (await send(agent, `${url}/provisioners`)).body
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')

const aJwk = (name: string) => {
  const publicKey = base64(JSON.stringify(aProvisionerKey(`${name}-kid`).jwk))
  return { type: 'JWK', name, details: { JWK: { publicKey } } }
}

beforeAll(async () => {
  authority = await startAdminAuthority()
})
afterAll(() => authority.stop())

describe('the admin API', () => {
  it('gives webhooks an id and a secret, and shows the secret once', async () => {
    const path = '/admin/provisioners/hooked/webhooks'
    await call('POST', '/admin/provisioners', aJwk('hooked'))
    const asked = { name: 'people', url: 'https://127.0.0.1:1/{{ .Token.sub }}', kind: 'AUTHORIZING' }
    const bearer = { ...asked, bearerToken: { bearerToken: 'a bearer token' } }
    const created = await call('POST', path, bearer)
    expect([created.status, created.json]).toEqual([
      201,
      { ...bearer, id: expect.any(String), secret: expect.any(String) },
    ])
    const { id, secret } = created.json as { id: string; secret: string }
    expect(Buffer.from(secret, 'base64')).toHaveLength(64)
    const refusals = [
      await call('POST', path, asked),
      await call('POST', path, { ...asked, name: 'b', secret: 'x' }),
      await call('POST', path, { ...asked, name: 'b', id: 'x' }),
      await call('POST', path, { ...asked, name: undefined }),
      await call('POST', path, { ...asked, name: 'b', url: 'http://127.0.0.1' }),
      await call('POST', path, { ...asked, name: 'b', url: 'https://user:pass@127.0.0.1' }),
      await call('POST', path, { ...asked, name: 'b', url: '/x' }),
      await call('POST', path, { ...asked, name: 'b', kind: undefined }),
      await call('PUT', `${path}/people`, { ...asked, secret: base64('another') }),
      await call('PUT', `${path}/none`, { ...asked, name: 'none' }),
      await call('POST', '/admin/provisioners/nobody/webhooks', asked),
    ]
    expect(refusals.map(({ status, json }) => [status, json['message']])).toEqual([
      [409, 'provisioner "hooked" already has a webhook with the name "people"'],
      [400, 'webhook secret must not be set'],
      [400, 'webhook ID must not be set'],
      [400, 'webhook name is required'],
      [400, 'webhook url must use https'],
      [400, 'webhook url may not contain username or password'],
      [400, 'webhook url is invalid'],
      [400, 'webhook kind "NO_KIND" is invalid'],
      [400, 'webhook secret cannot be updated'],
      [404, 'provisioner "hooked" has no webhook with the name "none"'],
      [404, 'error loading provisioner nobody: provisioner nobody not found'],
    ])
    const updated = await call('PUT', `${path}/people`, { ...asked, url: 'https://127.0.0.1:1/two', kind: 'ENRICHING' })
    expect([updated.status, updated.json]).toEqual([
      201,
      { name: 'people', id, url: 'https://127.0.0.1:1/two', kind: 'ENRICHING' },
    ])
    await authority.ca.restart()
    expect((await call('GET', '/admin/provisioners/hooked')).json).toMatchObject({ webhooks: [{ id, secret }] })
    expect(await listed()).not.toContain(secret)
    expect(JSON.stringify(authority.ca.log)).not.toContain(secret)
    expect((await call('DELETE', `${path}/people`)).body).toBe('{"status":"ok"}\n')
    expect((await call('DELETE', '/admin/provisioners/hooked')).status).toBe(200)
  })

  it('keeps keys for external accounts of an ACME provisioner that wants them', async () => {
    const acme = (name: string, requireEab: boolean) => ({ type: 'ACME', name, details: { ACME: { requireEab } } })
    for (const body of [acme('acme', true), acme('open', false)]) {
      expect((await call('POST', '/admin/provisioners', body)).status).toBe(201)
    }
    const created = await call('POST', '/admin/acme/eab/acme', { reference: 'one' })
    expect([created.status, created.json]).toMatchObject([201, { provisioner: 'acme', reference: 'one' }])
    const { id, hmacKey } = created.json as { id: string; hmacKey: string }
    expect(Buffer.from(hmacKey, 'base64')).toHaveLength(32)
    const list = await call('GET', '/admin/acme/eab/acme/one')
    expect(list.json).toMatchObject({ eaks: [{ id, provisioner: 'acme', reference: 'one' }], nextCursor: '' })
    expect(list.body).not.toContain(hmacKey)
    expect((await call('GET', '/admin/acme/eab/acme/two')).json).toEqual({ eaks: [], nextCursor: '' })
    const refusals = [
      await call('POST', '/admin/acme/eab/acme', { reference: 'one' }),
      await call('POST', '/admin/acme/eab/acme', { reference: 'x'.repeat(257) }),
      await call('POST', '/admin/acme/eab/open', {}),
      await call('GET', '/admin/acme/eab/ops'),
      await call('DELETE', '/admin/acme/eab/acme/none'),
    ]
    expect(refusals.map(({ status, json }) => [status, json['message']])).toEqual([
      [409, "an ACME EAB key for provisioner 'acme' with reference 'one' already exists"],
      [400, 'reference length 257 exceeds the maximum (256)'],
      [400, "ACME EAB not enabled for provisioner 'open'"],
      [400, "error getting ACME details for provisioner 'ops'"],
      [404, 'ACME External Account Key not found'],
    ])
    expect((await call('DELETE', `/admin/acme/eab/acme/${id}`)).status).toBe(200)
    expect((await call('GET', '/admin/acme/eab/acme')).json).toEqual({ eaks: [], nextCursor: '' })
  })
})
