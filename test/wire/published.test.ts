import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { request, type Agent } from 'node:https'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startAuthority, type RunningAuthority } from '../harness/running-authority.ts'
import { agentFor, send, type WireRequest } from '../harness/wire-client.ts'

let ca: RunningAuthority
let agent: Agent
let intermediate = ''

beforeAll(async () => {
  ca = await startAuthority()
  agent = agentFor(ca.folder)
  intermediate = readFileSync(join(ca.folder.path, 'certs', 'intermediate_ca.crt'), 'utf8')
})
afterAll(async () => {
  agent.destroy()
  await ca.stop()
})

const ask = (path: string, request?: WireRequest) => send(agent, `${ca.url}${path}`, request)

/** Go's JSON: no spaces, a newline at the end. */
const json = (value: unknown): string => `${JSON.stringify(value)}\n`

describe.each(['', '/1.0'])('published under "%s"', (prefix) => {
  it.each([
    ['/health', 200, () => ({ status: 'ok' })],
    ['/version', 200, () => ({ version: '0.1.0' })],
    ['/roots', 201, () => ({ crts: [ca.folder.root] })],
    ['/federation', 201, () => ({ crts: [ca.folder.root] })],
    ['/intermediates', 201, () => ({ crts: [intermediate] })],
  ])('GET %s answers %i', async (path, status, body) => {
    const answer = await ask(`${prefix}${path}`)
    expect([answer.status, answer.headers['content-type'], answer.body]).toEqual([
      status,
      'application/json',
      json(body()),
    ])
  })

  it.each([
    ['/roots.pem', () => ca.folder.root],
    ['/intermediates.pem', () => intermediate],
  ])('GET %s answers PEM', async (path, body) => {
    const answer = await ask(`${prefix}${path}`)
    expect([answer.status, answer.headers['content-type'], answer.body]).toEqual([
      200,
      'application/x-pem-file',
      body(),
    ])
  })

  it('finds a root by its fingerprint in any case and with dashes', async () => {
    const { fingerprint, root } = ca.folder
    const dashed = fingerprint.toUpperCase().replace(/(..)(?!$)/g, '$1-')
    for (const form of [fingerprint, dashed]) {
      const answer = await ask(`${prefix}/root/${form}`)
      expect([answer.status, answer.body]).toEqual([200, json({ ca: root })])
    }
  })

  it('does not find another root', async () => {
    const answer = await ask(`${prefix}/root/ABC-1`)
    const message = 'root certificate with fingerprint "abc1" was not found'
    expect([answer.status, answer.body]).toEqual([404, json({ status: 404, message })])
  })

  it('gives the key of a provisioner, or says that there is none', async () => {
    const { kid } = ca.folder.provisioner
    const found = await ask(`${prefix}/provisioners/${kid}/encrypted-key`)
    const { key } = JSON.parse(found.body) as { key: string }
    expect([found.status, key.split('.').length, found.body]).toEqual([200, 5, json({ key })])
    const missing = await ask(`${prefix}/provisioners/none/encrypted-key`)
    const message =
      'The requested resource could not be found. Please see the certificate authority logs for more info.'
    expect([missing.status, missing.body]).toEqual([404, json({ status: 404, message })])
  })
})

describe('what is not there', () => {
  it.each(['/', '/nope', '/1.0', '/1.0/nope', '/health/', '/Health', '/2.0/health', '/acme/acme/directory', '/root/'])(
    'GET %s answers 404 in plain text',
    async (path) => {
      const answer = await ask(path)
      expect([answer.status, answer.headers['content-type'], answer.body]).toEqual([
        404,
        'text/plain; charset=utf-8',
        '404 page not found\n',
      ])
    },
  )

  it.each([
    ['POST', '/health', 'GET'],
    ['GET', '/sign', 'POST'],
    ['PUT', '/1.0/renew', 'POST'],
    ['DELETE', '/provisioners', 'GET'],
    ['OPTIONS', '/roots', 'GET'],
  ])('%s %s answers 405 without a body', async (method, path, allowed) => {
    const answer = await ask(path, { method })
    expect([answer.status, answer.headers.allow, answer.body]).toEqual([405, allowed, ''])
  })

  it('HEAD is served where GET is', async () => {
    const answer = await ask('/health', { method: 'HEAD' })
    expect([answer.status, answer.headers['content-length'], answer.body]).toEqual([200, '16', ''])
  })
})

describe('request ids', () => {
  it('are the caller’s if it has one', async () => {
    expect((await ask('/health', { headers: { 'X-Request-Id': 'abc-1' } })).headers['x-request-id']).toBe('abc-1')
    expect((await ask('/health', { headers: { 'X-Smallstep-Id': 'abc-2' } })).headers['x-request-id']).toBe('abc-2')
    expect(await ca.lineOf('abc-1')).toMatchObject({ msg: 'request', route: '/health', status: 200, level: 'info' })
  })

  it.each(['', 'x'.repeat(129), 'with space', 'ümlaut'])('are new where the caller’s is %j', async (id) => {
    const headers = { 'X-Request-Id': Buffer.from(id).toString('latin1') }
    const answer = await ask('/health', { headers })
    expect(answer.headers['x-request-id']).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    )
  })
})

describe('the list of provisioners', () => {
  const key = {
    kty: 'EC',
    crv: 'P-256',
    x: 'ujMPZAQhQsw7pH67BmyjlH0cmV4b9SK87LUyAQEs7R8',
    y: '7DNly2i4Mu3PjHlHTxQOmBVLGk6PMje_u5EL0fa1gAk',
  }
  const many = Array.from({ length: 105 }, (_, index) => ({
    type: 'jwk',
    name: `p<${index}>`,
    key: { ...key, kid: `k${index}` },
  }))

  it('comes in pages, in the order of ca.json, with Go’s escapes', async () => {
    await ca.reconfigure({ authority: { provisioners: many } })
    const first = await ask('/provisioners')
    expect(first.body).toContain('{"type":"JWK","name":"p\\u003c0\\u003e","key":{"kty":"EC","kid":"k0","crv":"P-256",')
    const names: string[] = []
    const sizes: number[] = []
    for (let cursor = ''; ;) {
      const page = JSON.parse((await ask(`/1.0/provisioners?limit=50&cursor=${cursor}`)).body) as {
        provisioners: { name: string }[]
        nextCursor: string
      }
      sizes.push(page.provisioners.length)
      names.push(...page.provisioners.map(({ name }) => name))
      if (page.nextCursor === '') break
      cursor = page.nextCursor
      expect(cursor).toMatch(/^[1-9a-f][0-9a-f]*$/)
    }
    expect(sizes).toEqual([50, 50, 5])
    expect(names).toEqual(many.map(({ name }) => name))
  })

  it.each([
    ['', 20],
    ['limit=', 20],
    ['limit=0', 20],
    ['limit=-3', 20],
    ['limit=3', 3],
    ['limit=%2B3', 3],
    ['limit=100000', 100],
  ])('with "%s" has %i items', async (query, count) => {
    const { provisioners } = JSON.parse((await ask(`/provisioners?${query}`)).body) as { provisioners: unknown[] }
    expect(provisioners).toHaveLength(count)
  })

  it.each(['x', '1.5', '1e3', ' 3', '٣'])('refuses limit=%s', async (limit) => {
    const answer = await ask(`/provisioners?limit=${encodeURIComponent(limit)}`)
    const message = `The request could not be completed: limit '${limit}' is not an integer.`
    expect([answer.status, answer.body]).toEqual([400, json({ status: 400, message })])
  })
})

describe('a request line in absolute form', () => {
  it('with a port that is none is answered as any other', async () => {
    const status = await new Promise((resolve, reject) => {
      const { hostname, port } = new URL(ca.url)
      const path = 'http://a:99999999/provisioners?limit=1'
      request({ agent, hostname, port, path }, (response) => resolve(response.resume().statusCode))
        .on('error', reject)
        .end()
    })
    expect(status).toBe(200)
  })
})

describe('TLS', () => {
  it('presents its own leaf and the intermediate, for every name of ca.json', async () => {
    const { socket } = await ask('/health')
    const leaf = new X509Certificate(socket.getPeerCertificate(true).raw)
    expect(leaf.subject).toBe('CN=Step Online CA')
    expect(leaf.subjectAltName).toBe('DNS:localhost, IP Address:127.0.0.1')
    expect(new X509Certificate(socket.getPeerCertificate(true).issuerCertificate.raw).toString()).toBe(intermediate)
    expect(Date.parse(leaf.validTo) - Date.parse(leaf.validFrom)).toBe(24 * 3_600_000 + 60_000)
    expect(socket.getProtocol()).toBe('TLSv1.3')
  })

  it.each([
    ['TLSv1.2', 'ECDHE-ECDSA-AES128-GCM-SHA256', 'spoken'],
    ['TLSv1.2', 'ECDHE-ECDSA-CHACHA20-POLY1305', 'spoken'],
    ['TLSv1.2', 'ECDHE-ECDSA-AES256-GCM-SHA384', 'refused'],
    ['TLSv1.1', 'ECDHE-ECDSA-AES128-SHA', 'refused'],
  ] as const)('%s with %s is %s', async (version, ciphers, expected) => {
    const one = agentFor(ca.folder, { minVersion: version, maxVersion: version, ciphers })
    const outcome = await send(one, `${ca.url}/health`).then(
      ({ socket }) => (socket.getCipher().name === ciphers ? 'spoken' : socket.getCipher().name),
      () => 'refused',
    )
    expect(outcome).toBe(expected)
    one.destroy()
  })
})
