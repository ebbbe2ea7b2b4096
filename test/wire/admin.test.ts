import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aProvisionerKey } from '../builders/tokens.ts'
import { startAdminAuthority, type AdminAuthority } from '../harness/admin-authority.ts'
import { anAdminIdentity, callAdmin, type AdminAnswer } from '../harness/admin-client.ts'
import { startAuthority } from '../harness/running-authority.ts'
import { agentFor, send } from '../harness/wire-client.ts'

let authority: AdminAuthority
const call = (method: string, path: string, body?: object): Promise<AdminAnswer> =>
  callAdmin(authority.target(), authority.admin, method, path, body)

const listed = async (): Promise<readonly { name: string }[]> => {
  const { url, agent } = authority.target()
  const { body } = await send(agent, `${url}/provisioners`)
  return (JSON.parse(body) as { provisioners: { name: string }[] }).provisioners
}

const base64 = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64')

const aJwk = (name: string, more: object = {}) => {
  const { jwk } = aProvisionerKey(`${name}-kid`)
  return { type: 'JWK', name, details: { JWK: { publicKey: base64(jwk) } }, ...more }
}

beforeAll(async () => {
  authority = await startAdminAuthority()
})
afterAll(() => authority.stop())

describe('the admin API', () => {
  it('is off by default: its paths are unknown', async () => {
    const ca = await startAuthority()
    const agent = agentFor(ca.folder)
    for (const path of ['/admin/admins', '/admin/provisioners', '/admin/policy', '/1.0/admin/admins']) {
      const { status, body } = await send(agent, `${ca.url}${path}`)
      expect([path, status, body]).toEqual([path, 404, '404 page not found\n'])
    }
    agent.destroy()
    await ca.stop()
  })

  it('begins with the provisioners of ca.json and the super admin step', async () => {
    const provisioners = await call('GET', '/admin/provisioners')
    expect(provisioners.status).toBe(200)
    expect(provisioners.json['provisioners']).toEqual(await listed())
    const { json } = await call('GET', '/admin/provisioners/ops')
    expect(json).toMatchObject({
      authorityId: '00000000-0000-0000-0000-000000000000',
      type: 'JWK',
      name: 'ops',
      deletedAt: '0001-01-01T00:00:00Z',
    })
    const admins = await call('GET', '/admin/admins')
    expect(admins.json).toEqual({
      admins: [
        {
          id: expect.stringMatching(/^[0-9a-f-]{36}$/),
          authority_id: '00000000-0000-0000-0000-000000000000',
          subject: 'step',
          provisioner_id: json['id'],
          type: 2,
          created_at: { seconds: expect.any(Number) },
          deleted_at: { seconds: -62135596800 },
        },
      ],
      nextCursor: '',
    })
  })

  it('answers methods that a path does not have', async () => {
    const { url, agent } = authority.target()
    const { status, headers } = await send(agent, `${url}/admin/admins`, { method: 'DELETE' })
    expect([status, headers.allow]).toEqual([405, 'GET, POST'])
  })

  it('creates, shows, changes and removes provisioners, at once and for good', async () => {
    const created = await call('POST', '/admin/provisioners', aJwk('team', { claims: { disableRenewal: true } }))
    expect(created.status).toBe(201)
    expect(await listed()).toMatchObject([
      { name: 'ops' },
      { name: 'team', claims: { disableRenewal: true }, options: { x509: {}, ssh: {} } },
    ])
    const shown = await call('GET', '/admin/provisioners/team')
    expect(shown.json).toEqual(created.json)
    const changed = { ...created.json, name: 'team two', claims: { x509: { durations: { default: '10m' } } } }
    const updated = await call('PUT', '/admin/provisioners/team', changed)
    expect([updated.status, updated.json]).toEqual([200, changed])
    await authority.ca.restart()
    expect(await listed()).toMatchObject([
      { name: 'ops' },
      { name: 'team two', claims: { defaultTLSCertDuration: '10m0s', disableRenewal: false } },
    ])
    const removed = await call('DELETE', '/admin/provisioners/team%20two')
    expect([removed.status, removed.body]).toEqual([200, '{"status":"ok"}\n'])
    expect(await listed()).toMatchObject([{ name: 'ops' }])
    const again = await call('DELETE', '/admin/provisioners/x?id=none')
    expect([again.status, again.json]).toEqual([
      404,
      {
        type: 'notFound',
        detail: 'resource not found',
        message: 'error loading provisioner none: provisioner none not found',
      },
    ])
  })

  it('refuses what ca.json could not have either', async () => {
    const messageOf = async (body: object): Promise<[number, unknown, unknown]> => {
      const { status, json } = await call('POST', '/admin/provisioners', body)
      return [status, json['type'], json['message']]
    }
    const failed = (name: string, problem: string): [number, string, string] => {
      return [400, 'badRequest', `error storing provisioner ${name}: ${problem}`]
    }
    const invalid = (name: string, problem: string) =>
      failed(name, `error validating configuration for provisioner "${name}": ${problem}`)
    expect(await messageOf(aJwk('ops'))).toEqual(failed('ops', 'provisioner with name ops already exists'))
    const durations = { min: '2h', max: '1h' }
    expect(await messageOf(aJwk('a', { claims: { x509: { durations } } }))).toEqual(
      invalid(
        'a',
        'claims: MaxCertDuration cannot be less than MinCertDuration: MaxCertDuration - 1h0m0s, MinCertDuration - 2h0m0s',
      ),
    )
    const x509Template = { template: base64('{{ .Broken') }
    expect((await messageOf(aJwk('a', { x509Template })))[2]).toContain('options.x509.template is not valid: ')
    expect(await messageOf({ type: 'JWK', name: 'a' })).toEqual(invalid('a', 'provisioner does not have any details'))
    expect(await messageOf({ ...aJwk('a'), type: 'X5C' })).toEqual(
      invalid('a', 'details of a provisioner of type JWK do not fit its type'),
    )
    expect(await messageOf({ ...aJwk('a'), colour: 'red' })).toEqual([400, 'badRequest', 'colour is not known'])
    expect(await listed()).toHaveLength(1)
  })

  it('keeps the last super admin, and his provisioner', async () => {
    const { json } = await call('GET', '/admin/admins')
    const [{ id }] = json['admins'] as [{ id: string }]
    const refusals = [
      await call('DELETE', `/admin/admins/${id}`),
      await call('PATCH', `/admin/admins/${id}`, { type: 1 }),
      await call('DELETE', '/admin/provisioners/ops'),
    ]
    expect(refusals.map(({ status, json: body }) => [status, body['type'], body['message']])).toEqual([
      [
        400,
        'badRequest',
        `error deleting admin ${id}: error removing admin ${id} from authority cache: cannot remove the last super admin`,
      ],
      [
        400,
        'badRequest',
        `error updating admin ${id}: error updating cached admin ${id}: cannot change role of last super admin`,
      ],
      [
        400,
        'badRequest',
        'error removing provisioner ops: cannot remove provisioner ops because no super admins will remain',
      ],
    ])
  })

  it('makes, changes and removes admins', async () => {
    const asked = { subject: 'jane@example.com', provisioner: 'ops', type: 1 }
    const created = await call('POST', '/admin/admins', asked)
    expect([created.status, created.json]).toEqual([
      201,
      expect.objectContaining({ subject: 'jane@example.com', type: 'ADMIN' }),
    ])
    const { id } = created.json as { id: string }
    expect((await call('POST', '/admin/admins', asked)).json['message']).toBe(
      'error storing admin: admin with subject jane@example.com and provisioner ops already exists',
    )
    expect((await call('PATCH', `/admin/admins/${id}`, { type: 2 })).json).toMatchObject({ id, type: 'SUPER_ADMIN' })
    await authority.ca.restart()
    const jane = await anAdminIdentity(authority.target(), 'jane@example.com')
    const shown = await callAdmin(authority.target(), jane, 'GET', `/admin/admins/${id}`)
    expect(shown.json).toMatchObject({ id, type: 'SUPER_ADMIN' })
    expect((await call('DELETE', `/admin/admins/${id}`)).body).toBe('{"status":"ok"}\n')
    expect((await call('GET', `/admin/admins/${id}`)).status).toBe(404)
    const problems = await Promise.all([
      call('POST', '/admin/admins', { ...asked, subject: '' }),
      call('POST', '/admin/admins', { ...asked, provisioner: '' }),
      call('POST', '/admin/admins', { ...asked, type: 3 }),
      call('POST', '/admin/admins', { ...asked, provisioner: 'none' }),
      call('POST', '/admin/admins', { ...asked, subject: 1 }),
    ])
    expect(problems.map(({ status, json }) => [status, json['message']])).toEqual([
      [400, 'subject cannot be empty'],
      [400, 'provisioner cannot be empty'],
      [400, 'invalid value for admin type'],
      [404, 'error loading provisioner none: provisioner none not found'],
      [400, 'error reading request body: error decoding json'],
    ])
  })

  it('sets a policy that keeps no admin out, and it decides at once', async () => {
    expect((await call('GET', '/admin/policy')).json).toEqual({
      type: 'notFound',
      detail: 'resource not found',
      message: 'authority policy does not exist',
    })
    const narrow = { x509: { allow: { dns: ['*.example.com'] } } }
    const locked = await call('POST', '/admin/policy', narrow)
    expect([locked.status, locked.json['message']]).toEqual([
      400,
      'error storing authority policy: the provided policy would lock out [step] from the CA. Please create an x509 policy to include [step] as an allowed DNS name',
    ])
    const policy = { x509: { allow: { dns: ['*.example.com', 'step'] } } }
    const repeated = { x509: { allow: { dns: ['*.example.com', 'step', 'step'] } } }
    const created = await call('POST', '/admin/policy', repeated)
    expect([created.status, created.json]).toEqual([201, policy])
    expect((await call('POST', '/admin/policy', policy)).status).toBe(409)
    await expect(anAdminIdentity(authority.target(), 'web.test')).rejects.toThrow('dns name \\"web.test\\" not allowed')
    await authority.ca.restart()
    expect((await call('GET', '/admin/policy')).json).toEqual(policy)
    expect((await call('PUT', '/admin/policy', { x509: { deny: { dns: ['no.test'] } } })).status).toBe(200)
    await anAdminIdentity(authority.target(), 'web.test')
    expect((await call('DELETE', '/admin/policy')).body).toBe('{"status":"ok"}\n')
    await anAdminIdentity(authority.target(), 'no.test')
    for (const path of ['/admin/provisioners/ops/policy', '/admin/acme/policy/ops/key/1']) {
      expect((await call('GET', path)).json).toEqual({
        type: 'notImplemented',
        detail: 'not implemented',
        message: 'operation not supported in standalone mode',
      })
    }
  })
})
