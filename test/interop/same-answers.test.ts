import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { WireRequest } from '../harness/wire-client.ts'
import { seenOf, startPair, type Pair, type Seen } from './support/pair.ts'

/** Published in all the forms that ca.json allows and both programs know. */
const key = {
  kty: 'EC',
  crv: 'P-256',
  x: 'ujMPZAQhQsw7pH67BmyjlH0cmV4b9SK87LUyAQEs7R8',
  y: '7DNly2i4Mu3PjHlHTxQOmBVLGk6PMje_u5EL0fa1gAk',
}
const encryptedKey = 'eyJhbGciOiJkaXIifQ..a.b.c'
const provisioners = [
  { type: 'JWK', name: 'ops', key: { ...key, kid: 'ops', use: 'sig', alg: 'ES256' }, encryptedKey },
  {
    type: 'JWK',
    name: 'with claims',
    key: { ...key, kid: 'c' },
    claims: { maxTLSCertDuration: '48h', defaultTLSCertDuration: '90m' },
  },
  {
    type: 'JWK',
    name: 'no renewal',
    key: { ...key, kid: 'd' },
    claims: { disableRenewal: true, allowRenewalAfterExpiry: false },
  },
  { type: 'JWK', name: 'empty claims', key: { ...key, kid: 'e' }, claims: {} },
  {
    type: 'JWK',
    name: 'by step ca provisioner add',
    key: { ...key, kid: 'f' },
    claims: {
      enableSSHCA: true,
      disableRenewal: false,
      allowRenewalAfterExpiry: false,
      disableSmallstepExtensions: false,
    },
    options: { x509: {}, ssh: {} },
  },
  { type: 'JWK', name: 'no options', key: { ...key, kid: 'g' }, options: {} },
  ...Array.from({ length: 102 }, (_, index) => ({
    type: 'JWK',
    name: `p<${index}>&"é`,
    key: { ...key, kid: `k${index}` },
  })),
]

let pair: Pair

beforeAll(async () => {
  pair = await startPair({ authority: { provisioners } })
})
afterAll(() => pair.stop())

/** What both answer to the same request. */
async function ask(path: string, request?: WireRequest): Promise<{ ours: Seen; theirs: Seen }> {
  const [ours, theirs] = await Promise.all([pair.signet.send(path, request), pair.stepCa.send(path, request)])
  return { ours: seenOf(ours), theirs: seenOf(theirs) }
}

describe.each(['', '/1.0'])('below "%s" signet and step-ca answer the same', (prefix) => {
  it.each([
    ['/health', 200],
    ['/health?', 200],
    ['/health?x=1', 200],
    ['/roots', 201],
    ['/roots.pem', 200],
    ['/intermediates', 201],
    ['/intermediates.pem', 200],
    ['/federation', 201],
    ['/root/abc', 404],
    ['/root/AB-C-', 404],
    ['/root/a%20%22b', 404],
    ['/root/a/b', 404],
    ['/root/', 404],
    ['/root', 404],
    ['/provisioners', 200],
    ['/provisioners/ops/encrypted-key', 200],
    ['/provisioners/c/encrypted-key', 404],
    ['/provisioners/nobody/encrypted-key', 404],
    ['/provisioners/nobody/', 404],
    ['/provisioners/', 404],
    ['', 404],
    ['/', 404],
    ['/nope', 404],
    ['/health/', 404],
    ['/Health', 404],
    ['//health', 404],
    ['/sign', 405],
    ['/renew', 405],
    ['/revoke', 405],
    ['/re-sign', 405],
    ['/rekey', 405],
    ['/crl', 404],
    ['/crl?pem', 404],
    ['/admin/admins', 404],
    ['/scep/x', 404],
    ['/metrics', 404],
  ])('to GET %s', async (path, status) => {
    const { ours, theirs } = await ask(`${prefix}${path}` || '/')
    expect([ours, ours.status]).toEqual([theirs, status])
  })

  it('to GET /root/{fingerprint} in any form', async () => {
    const { fingerprint } = pair.folder
    for (const form of [fingerprint, fingerprint.toUpperCase(), fingerprint.replace(/(..)(?!$)/g, '$1-')]) {
      const { ours, theirs } = await ask(`${prefix}/root/${form}`)
      expect([ours, JSON.parse(ours.body)]).toEqual([theirs, { ca: pair.folder.root }])
    }
  })

  it.each(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'])(
    'to %s of every path',
    async (method) => {
      for (const path of ['/health', '/roots', '/roots.pem', '/root/a', '/provisioners', '/sign', '/renew', '/nope']) {
        const { ours, theirs } = await ask(`${prefix}${path}`, { method })
        expect(ours).toEqual(theirs)
      }
    },
  )

  it('page by page of the provisioners', async () => {
    const sizes: number[] = []
    for (let cursor = ''; ;) {
      const { ours, theirs } = await ask(`${prefix}/provisioners?limit=40&cursor=${cursor}`)
      expect(ours).toEqual(theirs)
      const page = JSON.parse(ours.body) as { provisioners: unknown[]; nextCursor: string }
      sizes.push(page.provisioners.length)
      cursor = page.nextCursor
      if (cursor === '') break
    }
    expect(sizes).toEqual([40, 40, 28])
  })

  it.each([
    '',
    '0',
    '-1',
    '1',
    '%2B1',
    '01',
    '100',
    '101',
    '99999',
    'x',
    '1.5',
    '1e3',
    '%203',
    '%D9%A3',
    '0x10',
    '1_0',
    '-',
    '9999999999999999999',
    '%3Cb%3E%26%22%27',
    '%00',
    '%E2%80%A8',
  ])('to GET /provisioners?limit=%s', async (limit) => {
    const { ours, theirs } = await ask(`${prefix}/provisioners?limit=${limit}`)
    expect(ours).toEqual(theirs)
  })

  it.each(['zz', '0', '%00', 'f', '-', 'ffffffffffffffffffffffffffffffffffffffffffffffff', '1', 'é'])(
    'to GET /provisioners?cursor=%s',
    async (cursor) => {
      const { ours, theirs } = await ask(`${prefix}/provisioners?cursor=${encodeURIComponent(cursor)}`)
      expect(ours).toEqual(theirs)
    },
  )

  it.each([
    '',
    '{',
    '[]',
    'null',
    '{}',
    '"x"',
    '1',
    ' {}',
    '{"csr":null}',
    '{"csr":""}',
    '{"csr":"x"}',
    '{"csr":7}',
    '{"CSR":""}',
    '{"csr":"","ott":"x"}',
    '{"csr":"","ott":1}',
    '{"ott":"x"}',
    '{"notAfter":"tomorrow"}',
    '{"notAfter":5}',
    '{"notBefore":"","notAfter":""}',
    '{"notAfter":"1h"}',
    '{"notAfter":"1d"}',
    '{"notAfter":null,"templateData":1}',
    '{"csr":"-----BEGIN CERTIFICATE REQUEST-----\\nAA==\\n-----END CERTIFICATE REQUEST-----\\n"}',
    '{"csr":"-----BEGIN CERTIFICATE-----\\nAA==\\n-----END CERTIFICATE-----\\n"}',
  ])('to POST /sign of %s', async (body) => {
    const { ours, theirs } = await ask(`${prefix}/sign`, { body })
    expect([ours, ours.status]).toEqual([theirs, 400])
  })

  it.each(['/renew', '/re-sign', '/rekey'])('to POST %s without a certificate', async (path) => {
    for (const body of ['', '{"csr":"x"}']) {
      const { ours, theirs } = await ask(`${prefix}${path}`, { body })
      expect([ours, ours.status]).toEqual([theirs, 400])
    }
  })
})

describe('request ids', () => {
  it.each([
    [{ 'X-Request-Id': 'abc-1' }],
    [{ 'X-Smallstep-Id': 'abc-2' }],
    [{ 'X-Request-Id': 'a<b>"', 'X-Smallstep-Id': 'abc-2' }],
    [{ 'X-Request-Id': '' }],
    [{ 'X-Request-Id': '', 'X-Smallstep-Id': 'abc' }],
  ])('are the same for %j', async (headers) => {
    const { ours, theirs } = await ask('/health', { headers })
    expect(ours).toEqual(theirs)
  })
})

/** As `src/http/README.md` lists them. */
describe('deliberate differences', () => {
  it('the version is each program’s own', async () => {
    const { ours, theirs } = await ask('/version')
    expect(JSON.parse(ours.body)).toEqual({ version: '0.1.0' })
    expect(Object.keys(JSON.parse(theirs.body) as object)).toEqual(['version'])
    expect({ ...ours, body: '' }).toEqual({ ...theirs, body: '' })
  })

  it.each<[string, string, WireRequest, number, number]>([
    ['JSON that goes on', '/sign', { body: '{} x' }, 400, 400],
    ['a bad escape in a query', '/provisioners?limit=%zz', {}, 200, 400],
    ['a bad escape in a path', '/root/%zz', {}, 400, 404],
    ['an escaped slash', '/root/a%2Fb', {}, 404, 404],
    ['an empty key id', '/provisioners//encrypted-key', {}, 404, 404],
    ['SSH', '/ssh/sign', { body: '{}' }, 400, 404],
    ['the roots of SSH', '/ssh/roots', {}, 404, 404],
    ['ACME', '/acme/acme/directory', {}, 404, 404],
    ['headers of 20 KiB', '/health', { headers: { a: 'x'.repeat(20_000) } }, 200, 431],
    ['a long request id', '/health', { headers: { 'X-Request-Id': 'x'.repeat(129) } }, 200, 200],
    ['a request id with a space', '/health', { headers: { 'X-Request-Id': 'a b' } }, 200, 200],
  ])('%s', async (_, path, request, theirStatus, ourStatus) => {
    const { ours, theirs } = await ask(path, request)
    expect([theirs.status, ours.status]).toEqual([theirStatus, ourStatus])
    expect(ours).not.toEqual(theirs)
  })
})
