import { X509Certificate, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodePem } from '../../src/core/pem.ts'
import { aCsr, sharedKey, type CsrOptions } from '../builders/csr.ts'
import { agentFor, aStepToken, send } from '../harness/wire-client.ts'
import { contentOf } from './support/content-of.ts'
import { seenOf, startPair, type Member, type Pair, type Seen } from './support/pair.ts'

let pair: Pair

beforeAll(async () => {
  pair = await startPair()
})
afterAll(() => pair.stop())

type Wish = {
  readonly csr: CsrOptions
  readonly claims?: Readonly<Record<string, unknown>>
  readonly body?: Readonly<Record<string, unknown>>
}

/** Sends the same CSR with the same token to both: each of them spends it. */
async function sign({ csr, claims, body }: Wish): Promise<{ ours: Seen; theirs: Seen }> {
  const request = {
    csr: encodePem('CERTIFICATE REQUEST', aCsr(csr).der),
    ott: aStepToken(pair.folder, claims),
    ...body,
  }
  const post = async ({ send }: Member): Promise<Seen> =>
    seenOf(await send('/1.0/sign', { body: JSON.stringify(request) }))
  const [ours, theirs] = await Promise.all([post(pair.signet), post(pair.stepCa)])
  return { ours, theirs }
}

const key = (type: 'ec' | 'rsa' | 'ed25519', options: object = {}): KeyObject =>
  generateKeyPairSync(type as 'ec', options as { namedCurve: string }).privateKey
const web = { subject: { commonName: 'web.test' } }
const four = ['web.test', '10.1.2.3', '::1', 'a@b.test', 'spiffe://cluster.local/ns/a/sa/b']
const inHours = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString()

describe('the same certificate but for serial, time and signature comes of', () => {
  it.each<[string, Wish]>([
    ['a name in token and CSR', { csr: { ...web, sans: ['web.test'] } }],
    ['a CSR that asks for nothing', { csr: {} }],
    ['names of all kinds', { csr: { ...web, sans: four }, claims: { sans: four } }],
    ['names of all kinds in the token only', { csr: web, claims: { sans: four } }],
    ['names in another order in the CSR', { csr: { ...web, sans: four.toReversed() }, claims: { sans: four } }],
    ['a token without sans', { csr: web, claims: { sans: undefined } }],
    ['a token with no sans', { csr: web, claims: { sans: [] } }],
    [
      'a subject that is not among the sans',
      { csr: { subject: { commonName: 'Web' } }, claims: { sub: 'Web', sans: ['web.test'] } },
    ],
    [
      'a subject that is one of the sans',
      { csr: { subject: { commonName: 'db.test' } }, claims: { sans: ['web.test', 'db.test'] } },
    ],
    [
      'an IP address as subject',
      { csr: { subject: { commonName: '10.0.0.1' } }, claims: { sub: '10.0.0.1', sans: undefined } },
    ],
    [
      'an e-mail address as subject',
      { csr: { subject: { commonName: 'a@b.test' } }, claims: { sub: 'a@b.test', sans: undefined } },
    ],
    ['a URI as subject', { csr: {}, claims: { sub: 'urn:a:b', sans: undefined } }],
    ['a wildcard', { csr: { sans: ['*.web.test'] }, claims: { sub: '*.web.test', sans: ['*.web.test'] } }],
    ['a host with a port, which is a URI to step', { csr: {}, claims: { sub: 'localhost:80', sans: undefined } }],
    [
      'more in the CSR’s subject',
      { csr: { subject: { commonName: 'web.test', organization: ['Acme'], country: ['DE'] } } },
    ],
    ['a CSR that asks for a CA', { csr: { ...web, isCA: true } }],
    ['RSA 2048', { csr: { ...web, privateKey: key('rsa', { modulusLength: 2048 }) } }],
    ['RSA 3072', { csr: { ...web, privateKey: key('rsa', { modulusLength: 3072 }) } }],
    ['P-384', { csr: { ...web, privateKey: key('ec', { namedCurve: 'P-384' }) } }],
    ['P-521', { csr: { ...web, privateKey: key('ec', { namedCurve: 'P-521' }) } }],
    ['Ed25519', { csr: { ...web, privateKey: key('ed25519') } }],
    ['a duration', { csr: web, body: { notAfter: '2h45m' } }],
    ['a begin in the future', { csr: web, body: { notBefore: '1h', notAfter: '10m' } }],
    ['points in time', { csr: web, body: { notBefore: inHours(1), notAfter: inHours(3) } }],
    ['the longest life', { csr: web, body: { notAfter: '24h' } }],
    ['the shortest life, to which the backdate counts', { csr: web, body: { notAfter: '4m' } }],
    ['template data, which the default template ignores', { csr: web, body: { templateData: { a: 1 } } }],
    ['an audience without version', { csr: web, claims: { aud: 'https://localhost/sign' } }],
    ['an audience with a port', { csr: web, claims: { aud: 'https://localhost:1234/1.0/sign' } }],
    ['an audience among others', { csr: web, claims: { aud: ['https://elsewhere/x', 'https://127.0.0.1/1.0/sign'] } }],
    ['step’s old audience', { csr: web, claims: { aud: 'step-certificate-authority' } }],
    ['an SSH audience', { csr: web, claims: { aud: 'https://localhost/1.0/ssh/sign' } }],
    ['a token without id', { csr: web, claims: { jti: undefined, other: 'a' } }],
    ['a token without end', { csr: web, claims: { exp: undefined } }],
    ['a token that ended within the tolerance', { csr: web, claims: { exp: Math.floor(Date.now() / 1000) - 30 } }],
  ])('%s', async (_, wish) => {
    const { ours, theirs } = await sign(wish)
    expect({ ...ours, body: '' }).toEqual({ ...theirs, body: '' })
    expect([ours.status, ours.body]).toEqual([201, expect.any(String)])
    expect(await contentOf(ours)).toEqual(await contentOf(theirs))
    // Members in the same order, and the same escapes.
    const shape = ({ body }: Seen): string => body.replace(/-----BEGIN.*?-----END CERTIFICATE-----/g, 'pem')
    expect(shape(ours)).toBe(shape(theirs))
  })
})

describe('the same renewed certificate', () => {
  it.each([
    ['with names of all kinds', { sans: four }],
    ['without a common name in the names', { sub: 'Web', sans: ['web.test'] }],
  ])('%s', async (_, claims) => {
    const { ours, theirs } = await sign({ csr: { privateKey: sharedKey }, claims })
    const renew = async ({ url }: Member, { body }: Seen): Promise<Seen> => {
      const { certChain } = JSON.parse(body) as { certChain: string[] }
      const agent = agentFor(pair.folder, {
        cert: certChain.join(''),
        key: sharedKey.export({ type: 'pkcs8', format: 'pem' }),
      })
      const answer = await send(agent, `${url}/renew`, { method: 'POST' })
      agent.destroy()
      return seenOf(answer)
    }
    const [ourNext, theirNext] = await Promise.all([renew(pair.signet, ours), renew(pair.stepCa, theirs)])
    expect([ourNext.status, ourNext.headers]).toEqual([201, theirNext.headers])
    expect(await contentOf(ourNext)).toEqual(await contentOf(theirNext))
  })
})

describe('the same refusal comes of', () => {
  const now = Math.floor(Date.now() / 1000)
  it.each<[string, number, Wish]>([
    ['another DNS name', 403, { csr: { ...web, sans: ['db.test'] } }],
    ['one DNS name more', 403, { csr: { ...web, sans: ['web.test', 'db.test'] } }],
    ['one DNS name less', 403, { csr: { ...web, sans: ['web.test'] }, claims: { sans: ['web.test', 'db.test'] } }],
    ['an IP address', 403, { csr: { ...web, sans: ['10.0.0.1', '::1'] } }],
    ['an e-mail address', 403, { csr: { ...web, sans: ['a@b.test'] } }],
    ['a URI', 403, { csr: { ...web, sans: ['spiffe://a/b'] }, claims: { sans: ['spiffe://a/c'] } }],
    ['another common name', 403, { csr: { subject: { commonName: 'db.test' } } }],
    ['too long a life', 403, { csr: web, body: { notAfter: '48h' } }],
    ['too short a life', 403, { csr: web, body: { notAfter: '3m59s' } }],
    ['an end in the past', 400, { csr: web, body: { notAfter: '2020-01-01T00:00:00Z' } }],
    [
      'an end before the begin',
      400,
      { csr: web, body: { notBefore: '2h', notAfter: inHours(1).slice(0, 11) + '00:00:00Z' } },
    ],
    ['an expired token', 401, { csr: web, claims: { exp: now - 120, iat: now - 10 } }],
    ['a token of tomorrow', 401, { csr: web, claims: { nbf: now + 3600 } }],
    ['a token made in the future', 401, { csr: web, claims: { iat: now + 3600 } }],
    ['a token older than the authority', 401, { csr: web, claims: { iat: now - 3600 } }],
    ['a token without subject', 401, { csr: web, claims: { sub: '' } }],
    ['a token of someone else', 401, { csr: web, claims: { iss: 'nobody' } }],
    ['a token for another authority', 401, { csr: web, claims: { aud: 'https://elsewhere/1.0/sign' } }],
    ['a token for nobody', 401, { csr: web, claims: { aud: undefined } }],
    ['a token for renewal', 401, { csr: web, claims: { aud: 'https://localhost/renew' } }],
    ['no token at all', 401, { csr: web, body: { ott: 'x.y.z' } }],
    ['a confirmation of another CSR', 403, { csr: web, claims: { cnf: { 'x5rt#S256': 'AAAA' } } }],
  ])('%s: %i', async (_, status, wish) => {
    const { ours, theirs } = await sign(wish)
    expect([ours, ours.status]).toEqual([theirs, status])
  })
})

/** As `src/http/README.md` lists them. */
describe('names that signet writes in one form, or not at all', () => {
  const sanOf = ({ body }: Seen): string | undefined => {
    const { crt } = JSON.parse(body) as { crt?: string }
    return crt === undefined ? undefined : new X509Certificate(crt).subjectAltName
  }
  it.each([
    ['upper case in DNS names', ['Web.Test'], 'DNS:Web.Test', 'DNS:web.test'],
    [
      'upper case in hosts',
      ['A@B.Test', 'URN://Web.Test/A'],
      'email:A@B.Test, URI:urn://Web.Test/A',
      'email:A@b.test, URI:urn://web.test/A',
    ],
    ['a final dot', ['web.test.'], 'DNS:web.test.', 'DNS:web.test'],
    ['a name twice', ['web.test', 'web.test'], 'DNS:web.test, DNS:web.test', 'DNS:web.test'],
  ])('%s', async (_, sans, theirForm, ourForm) => {
    const { ours, theirs } = await sign({ csr: {}, claims: { sans } })
    expect([sanOf(theirs), sanOf(ours)]).toEqual([theirForm, ourForm])
  })

  it.each([
    ['with a space', 'Jane Doe', 201, 400],
    ['that is a path', '/a/b', 201, 400],
    ['with a star inside', 'a.*.test', 201, 400],
    ['that is empty', '', 201, 400],
    ['beyond ASCII', 'müller.test', 500, 201],
  ])('a name %s', async (_, name, theirStatus, ourStatus) => {
    const { ours, theirs } = await sign({ csr: {}, claims: { sans: [name] } })
    expect([theirs.status, ours.status]).toEqual([theirStatus, ourStatus])
    expect(ourStatus === 201 ? sanOf(ours) : ours.body).toBe(
      ourStatus === 201
        ? 'DNS:xn--mller-kva.test'
        : `{"status":400,"message":"The request could not be completed: ${JSON.stringify(name).replaceAll('"', '\\"')} is not a DNS name."}\n`,
    )
  })

  it('sans that are one text instead of a list', async () => {
    const { ours, theirs } = await sign({ csr: {}, claims: { sans: 'web.test' } })
    expect([theirs.status, ours.status, sanOf(ours)]).toEqual([401, 201, 'DNS:web.test'])
  })
})
