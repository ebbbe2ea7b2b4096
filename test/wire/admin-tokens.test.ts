import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSqliteStore } from '../../src/adapters/storage/sqlite-store.ts'
import { certificatesToPem } from '../../src/core/x509/certificate.ts'
import { anIntermediate, aRoot } from '../builders/ca-material.ts'
import { startAdminAuthority, type AdminAuthority } from '../harness/admin-authority.ts'
import {
  anAdminIdentity,
  anAdminToken,
  callAdmin,
  readAnswer,
  type AdminAnswer,
  type AdminIdentity,
} from '../harness/admin-client.ts'
import { aStepToken, send } from '../harness/wire-client.ts'
import { credential } from '../interop/support/credentials.ts'

/** What must not be let in, by name, and what it hears. */

let authority: AdminAuthority
let admin: AdminIdentity
/** The clock of the authority runs ahead of this machine's by this much. */
let ahead = 0

const path = '/admin/admins'
const unauthorized = (message: string) => [401, { type: 'unauthorized', detail: 'unauthorized', message }]

async function ask(token: string | undefined, method = 'GET', where = path): Promise<AdminAnswer> {
  const { url, agent } = authority.target()
  const headers = token === undefined ? {} : { authorization: token }
  return readAnswer(
    await send(agent, `${url}${where}`, { method, headers, ...(['POST', 'PATCH'].includes(method) && { body: '{}' }) }),
  )
}

async function heard(token: string | undefined, method = 'GET', where = path): Promise<unknown> {
  const { status, json } = await ask(token, method, where)
  return [status, json]
}

/** The reason of a refusal, which only the log has. */
async function reasonOf(token: string): Promise<string | undefined> {
  const { headers } = await ask(token)
  return (await authority.ca.lineOf(String(headers['x-request-id']))).err?.reason
}

beforeAll(async () => {
  authority = await startAdminAuthority({}, { clock: { now: () => Date.now() + ahead } })
  ;({ admin } = authority)
})
afterAll(() => authority.stop())

const chainProblem = 'adminHandler.authorizeToken; error verifying x5c certificate chain in token'
const audienceProblem = 'x5c.authorizeToken; x5c token has invalid audience claim (aud)'
const claimsProblem = 'x5c.authorizeToken; invalid x5c claims'

describe('a token of the admin API', () => {
  it('is needed, and needed as a JWT', async () => {
    expect(await heard(undefined)).toEqual(unauthorized('missing authorization header token'))
    for (const text of ['Bearer x', 'x.y.z', aStepToken(authority.folder)]) {
      const [status, json] = (await heard(text)) as [number, { message: string }]
      expect([status, json.message]).toEqual([
        401,
        text === 'x.y.z' || text === 'Bearer x' ? 'adminHandler.authorizeToken; error parsing x5c token' : chainProblem,
      ])
    }
  })

  it('is accepted once', async () => {
    const token = anAdminToken(admin, path)
    expect((await ask(token)).status).toBe(200)
    expect(await heard(token)).toEqual(
      unauthorized('adminHandler.authorizeToken; error with reuse token: token already used'),
    )
    expect(await reasonOf(token)).toBe('TokenReused')
    await authority.ca.restart()
    expect((await ask(token)).status).toBe(401)
  })

  it('is accepted of an admin whom another process has added, a second later', async () => {
    const jane = await anAdminIdentity(authority.target(), 'jane')
    const asJane = () => ask(anAdminToken(jane, path)).then(({ status }) => status)
    expect((await ask(anAdminToken(admin, path))).status).toBe(200)
    expect(await asJane()).toBe(401)
    const { db } = JSON.parse(readFileSync(authority.folder.config, 'utf8')) as { db: { dataSource: string } }
    const other = await openSqliteStore({ file: join(db.dataSource, 'signet.db'), clock: { now: () => Date.now() } })
    const { revision, documents } = await other.administration.load()
    const first = documents.find(({ kind }) => kind === 'admin')?.json ?? '{}'
    const added = { ...(JSON.parse(first) as object), id: 'jane', subject: 'jane' }
    await other.administration.change(revision, [{ kind: 'admin', id: 'jane', json: JSON.stringify(added) }])
    await other.close()
    ahead += 1000
    expect(await asJane()).toBe(200)
  })

  it('is accepted once also by those who come at the same time', async () => {
    const token = anAdminToken(admin, path)
    const statuses = await Promise.all(Array.from({ length: 10 }, () => ask(token).then(({ status }) => status)))
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
    expect(statuses.filter((status) => status === 401)).toHaveLength(9)
  })

  it('is not spent where it is not accepted', async () => {
    const token = anAdminToken(admin, '/admin/policy')
    expect(await heard(token)).toEqual(unauthorized(audienceProblem))
    expect((await ask(token, 'GET', '/admin/policy')).status).toBe(404)
  })

  it('is for one path of this authority', async () => {
    const wrong = [
      'https://elsewhere.test/admin/admins',
      'https://localhost/admin/admins/1',
      'https://localhost/1.0/admin/admins',
      'https://localhost/1.0/sign',
      'http://localhost/admin/admins',
      'https://localhost.elsewhere.test/admin/admins',
      'https://localhost@elsewhere.test/admin/admins',
      'https://localhost/admin/admins#x5c/step',
      'step-certificate-authority',
      '/admin',
      '',
    ]
    for (const aud of wrong) {
      expect([aud, await heard(anAdminToken(admin, path, { aud }))]).toEqual([aud, unauthorized(audienceProblem)])
    }
    for (const aud of ['/admin/admins', 'https://127.0.0.1/admin/admins', ['x', 'https://localhost:1/admin/admins']]) {
      expect((await ask(anAdminToken(admin, path, { aud }))).status).toBe(200)
    }
    const named = anAdminToken(admin, '/admin/provisioners/a%20b')
    expect((await ask(named, 'GET', '/admin/provisioners/a%20b')).status).toBe(404)
  })

  it('has an issuer and a subject', async () => {
    expect(await heard(anAdminToken(admin, path, { iss: 'step-ca-client/1.0' }))).toEqual(
      unauthorized('x5c.authorizeToken; x5c token has invalid issuer claim (iss)'),
    )
    expect((await ask(anAdminToken(admin, path, { iss: 'ops' }))).status).toBe(200)
    expect(await heard(anAdminToken(admin, path, { sub: '' }))).toEqual(
      unauthorized('x5c.authorizeToken; x5c token subject cannot be empty'),
    )
  })

  it('is fresh', async () => {
    const now = Math.floor(Date.now() / 1000)
    const stale = [{ exp: now - 120 }, { nbf: now + 120 }, { iat: now + 120 }, { exp: undefined }, { exp: now + 7200 }]
    for (const claims of stale) {
      expect([claims, await heard(anAdminToken(admin, path, claims))]).toEqual([claims, unauthorized(claimsProblem)])
    }
  })

  it('is signed by the key of its certificate', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const forged = anAdminToken({ ...admin, privateKey }, path)
    const unsigned = anAdminToken(admin, path, {}, { alg: 'none' })
    const confused = anAdminToken(admin, path, {}, { alg: 'HS256' })
    for (const token of [forged, unsigned, confused]) {
      expect(await heard(token)).toEqual(unauthorized('adminHandler.authorizeToken; error parsing x5c claims'))
    }
  })

  it('has a certificate of this authority, not of another that says the same', async () => {
    const now = Date.now()
    const root = aRoot(now)
    const level = anIntermediate(root, now)
    const leaf = credential({ names: { dns: ['step'], ips: [], emails: [], uris: [] } }, level)
    const chain = [leaf.der, level.certificate.der, root.certificate.der]
    expect(certificatesToPem(leaf)).toContain('BEGIN CERTIFICATE')
    expect(await heard(anAdminToken({ ...admin, chain }, path))).toEqual(unauthorized(chainProblem))
    const [ours = new Uint8Array(), intermediate = new Uint8Array()] = admin.chain
    // One that stands behind ours proves nothing, and one in front of ours is looked at.
    expect(await heard(anAdminToken({ ...admin, chain: [leaf.der, ours, intermediate] }, path))).toEqual(
      unauthorized(chainProblem),
    )
    expect(await heard(anAdminToken({ ...admin, chain: [intermediate] }, path))).toEqual(unauthorized(chainProblem))
    expect(await heard(anAdminToken({ ...admin, chain: [] }, path))).toEqual(unauthorized(chainProblem))
  })

  it('has a certificate that has neither ended nor been revoked', async () => {
    const target = authority.target()
    const short = await anAdminIdentity(target, 'step', { notAfter: '10m' })
    expect((await callAdmin(target, short, 'GET', path)).status).toBe(200)
    const [leaf] = short.chain
    const { X509Certificate } = await import('node:crypto')
    const serial = BigInt(`0x${new X509Certificate(leaf ?? '').serialNumber}`).toString()
    const ott = aStepToken(authority.folder, { aud: 'https://localhost/1.0/revoke', sub: serial, jti: randomUUID() })
    const revoked = await send(target.agent, `${target.url}/revoke`, {
      body: JSON.stringify({ serial, ott, passive: true }),
    })
    expect(revoked.status).toBe(200)
    expect(await heard(anAdminToken(short, path))).toEqual(unauthorized(chainProblem))
    expect(await reasonOf(anAdminToken(short, path))).toBe('CertificateRevoked')
    const ending = await anAdminIdentity(target, 'step', { notAfter: '10m' })
    ahead = 11 * 60_000
    const then = Math.floor((Date.now() + ahead) / 1000)
    const token = anAdminToken(ending, path, { iat: then, nbf: then, exp: then + 300 })
    expect(await heard(token)).toEqual(unauthorized(chainProblem))
    ahead = 0
    expect((await ask(anAdminToken(ending, path))).status).toBe(200)
  })

  it('has a certificate of an admin: by name and by provisioner', async () => {
    const target = authority.target()
    const stranger = await anAdminIdentity(target, 'web.test')
    expect(await heard(anAdminToken(stranger, path, { sub: 'step' }))).toEqual(
      unauthorized(
        "adminHandler.authorizeToken; unable to load admin with subject(s) [web.test web.test] and provisioner 'ops'",
      ),
    )
    expect(await reasonOf(anAdminToken(stranger, path))).toBe('NotAdmin')
  })

  it('of a plain admin changes provisioners, but no admins', async () => {
    const target = authority.target()
    const asked = { subject: 'jane@example.com', provisioner: 'ops', type: 1 }
    const { json: made } = await callAdmin(target, admin, 'POST', path, asked)
    const jane = await anAdminIdentity(target, 'jane@example.com')
    const refused = unauthorized('must have super admin access to make this request')
    const own = `${path}/${String(made['id'])}`
    for (const [method, where] of [
      ['POST', path],
      ['PATCH', own],
      ['DELETE', own],
    ] as const) {
      expect([method, await heard(anAdminToken(jane, where), method, where)]).toEqual([method, refused])
    }
    // RFC 9112 §3.2.2: the same request.
    for (const absolute of [`https://localhost${path}`, `x://y${path}`]) {
      for (const aud of [absolute, `https://localhost${path}`]) {
        const headers = { authorization: anAdminToken(jane, path, { aud }) }
        const body = JSON.stringify({ ...asked, subject: 'joe', type: 2 })
        const { status, json } = readAnswer(
          await send(target.agent, target.url, { method: 'POST', target: absolute, headers, body }),
        )
        const expected = aud === absolute && !absolute.startsWith('https:') ? unauthorized(audienceProblem) : refused
        expect([absolute, aud, [status, json]]).toEqual([absolute, aud, expected])
      }
    }
    // What is refused spends nothing: the token is still good for what she may do.
    const token = anAdminToken(jane, path)
    expect(await heard(token, 'POST')).toEqual(refused)
    expect((await ask(token)).status).toBe(200)
    expect((await callAdmin(target, jane, 'GET', path)).status).toBe(200)
    const acme = { type: 'ACME', name: 'acme', details: { ACME: {} } }
    expect((await callAdmin(target, jane, 'POST', '/admin/provisioners', acme)).status).toBe(201)
    // No longer an admin, no longer let in.
    expect((await callAdmin(target, admin, 'DELETE', own)).status).toBe(200)
    expect((await callAdmin(target, jane, 'GET', path)).status).toBe(401)
  })

  it('appears in no line of the log, nor does a secret', async () => {
    const token = anAdminToken(admin, path)
    await ask(token)
    const target = authority.target()
    const asked = { type: 'ACME', name: 'bound', details: { ACME: { requireEab: true } } }
    await callAdmin(target, admin, 'POST', '/admin/provisioners', asked)
    const { json, headers } = await callAdmin(target, admin, 'POST', '/admin/acme/eab/bound', { reference: 'r' })
    const line = await authority.ca.lineOf(String(headers['x-request-id']))
    expect(line).toMatchObject({
      route: '/admin/acme/eab/{name}',
      status: 201,
      admin: 'step',
      change: 'create external account key',
      subjectOfChange: 'bound',
    })
    const log = JSON.stringify(authority.ca.log)
    expect(log).not.toContain(String(json['hmacKey']))
    expect(log).not.toContain(token.slice(-40))
  })
})
