import { createHmac, createPublicKey, generateKeyPairSync, randomUUID, sign as signText } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodePem } from '../../src/core/pem.ts'
import { aCsr, type CsrOptions } from '../builders/csr.ts'
import { freePort } from '../harness/free-port.ts'
import { contentOf } from './support/content-of.ts'
import { startIdentityProvider, type IdentityProvider } from './support/identity-provider.ts'
import { seenOf, startPair, type Member, type Pair, type Seen } from './support/pair.ts'

let provider: IdentityProvider
let pair: Pair

beforeAll(async () => {
  provider = await startIdentityProvider({})
  const people = { type: 'OIDC', name: 'people', ...provider.client, configurationEndpoint: `${provider.url}/` }
  const limits = { admins: ['root@example.com', 'ops'], domains: ['example.com'], groups: ['dev', 'ops'] }
  const claims = { maxTLSCertDuration: '8h', defaultTLSCertDuration: '2h' }
  const strict = { ...people, name: 'strict', clientID: 'strict', ...limits, claims, authParams: ['prompt=login'] }
  pair = await startPair({ authority: { provisioners: [people, strict] } }, provider.env)
})
afterAll(async () => {
  await pair.stop()
  await provider.stop()
})

type Wish = {
  readonly claims?: Readonly<Record<string, unknown>>
  readonly header?: object
  readonly csr?: CsrOptions
  readonly body?: object
  /** Makes the part after the last dot; by the provider's key unless given. */
  readonly signature?: (text: string) => string
}

const now = (): number => Math.floor(Date.now() / 1000)
const byProvider = (text: string) => signText('sha256', Buffer.from(text), provider.key).toString('base64url')

function tokenOf({ claims, header, signature = byProvider }: Wish): string {
  const all = {
    iss: provider.url,
    aud: 'step',
    sub: 'u-1',
    email: 'jane@example.com',
    iat: now(),
    exp: now() + 300,
    nonce: randomUUID(),
    ...claims,
  }
  const parts = [{ alg: 'RS256', kid: 'signing', ...header }, all]
  const text = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${text}.${signature(text)}`
}

/** Sends the same CSR with the same token to both: each of them spends it. */
async function sign(wish: Wish, ott = tokenOf(wish)): Promise<{ ours: Seen; theirs: Seen }> {
  const csr = encodePem('CERTIFICATE REQUEST', aCsr(wish.csr).der)
  const body = JSON.stringify({ csr, ott, ...wish.body })
  const post = async (member: Member): Promise<Seen> => seenOf(await member.send('/1.0/sign', { body }))
  const [ours, theirs] = await Promise.all([post(pair.signet), post(pair.stepCa)])
  return { ours, theirs }
}

const asked = { subject: { commonName: 'Web', organization: ['Ops'] }, sans: ['web.test', '10.0.0.1', 'a@b.test'] }
const strict = { aud: 'strict', groups: ['dev'] }

describe('the same certificate comes of', () => {
  it.each<[string, Wish]>([
    ['an address', {}],
    ['a CSR that asks for more', { csr: asked }],
    ['no address', { claims: { email: undefined } }],
    ['an address that is not verified', { claims: { email_verified: false } }],
    ['a subject of strange characters', { claims: { sub: 'auth0|a b\'c/d#e%f?g&h=i+j(k)*l!m~n$o,p;q@r:s"t<u>é' } }],
    ['an audience among several', { claims: { aud: ['step', 'other'] } }],
    ['a client as azp', { claims: { aud: ['other', 'step'], azp: 'step' } }],
    ['a tenant and an address', { claims: { tid: 'somebody' } }],
    ['no end', { claims: { exp: undefined } }],
    ['an RSA key', { csr: { privateKey: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey } }],
    ['a domain and a group', { claims: strict }],
    ['an admin by address', { claims: { ...strict, email: 'root@EXAMPLE.com' }, csr: asked }],
    [
      'an admin by group of another domain',
      { claims: { aud: 'strict', groups: ['ops'], email: 'x@y.org' }, csr: asked },
    ],
    [
      'an admin who asks for nothing but a name',
      { claims: { aud: 'strict', groups: ['ops'] }, csr: { sans: ['a.b'] } },
    ],
    ['a duration', { claims: strict, body: { notAfter: '1h' } }],
  ])('%s', async (_, wish) => {
    const { ours, theirs } = await sign(wish)
    expect([ours.status, ours.headers]).toEqual([theirs.status, theirs.headers])
    expect(ours.status).toBe(201)
    expect(await contentOf(ours)).toEqual(await contentOf(theirs))
  })
})

/** The HMAC that a verifier would compute that takes the public key for a secret (RFC 8725 §2.1). */
function hmacWithPublicKey(text: string): string {
  const secret = createPublicKey(provider.key).export({ type: 'spki', format: 'pem' })
  return createHmac('sha256', secret).update(text).digest('base64url')
}

describe('the same refusal comes of', () => {
  const { privateKey: forged } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  it.each<[string, number, Wish]>([
    ['alg none', 401, { header: { alg: 'none' }, signature: () => '' }],
    ['key confusion: HS256 with a public key', 401, { header: { alg: 'HS256' }, signature: hmacWithPublicKey }],
    ['another key', 401, { signature: (text) => signText('sha256', Buffer.from(text), forged).toString('base64url') }],
    ['a key that nobody publishes', 401, { header: { kid: 'x' } }],
    ['no key id', 401, { header: { kid: undefined } }],
    ['azp mismatch', 401, { claims: { azp: 'other' } }],
    ['confused provisioner: found by azp, for another client', 401, { claims: { aud: 'strict', azp: 'step' } }],
    ['an audience of another client', 401, { claims: { aud: 'other' } }],
    ['another issuer', 401, { claims: { iss: 'https://elsewhere' } }],
    ['an expired token', 401, { claims: { exp: now() - 120 } }],
    ['a token of tomorrow', 401, { claims: { nbf: now() + 3600 } }],
    ['a token made in the future', 401, { claims: { iat: now() + 3600 } }],
    ['a token older than the authority', 401, { claims: { iat: now() - 3600 } }],
    ['another domain', 401, { claims: { ...strict, email: 'jane@example.org' } }],
    ['a domain that only ends alike', 401, { claims: { ...strict, email: 'jane@notexample.com' } }],
    ['no group', 401, { claims: { aud: 'strict' } }],
    ['groups of another type', 401, { claims: { aud: 'strict', groups: 'dev' } }],
    ['too long a life', 403, { claims: strict, body: { notAfter: '9h' } }],
  ])('%s: %i', async (_, status, wish) => {
    const { ours, theirs } = await sign(wish)
    expect([ours, ours.status]).toEqual([theirs, status])
  })

  it.each([
    ['its nonce', { nonce: 'n-1' }],
    ['its hash', { nonce: undefined }],
  ])('replay, known by %s: 401', async (_, claims) => {
    const token = tokenOf({ claims })
    await sign({}, token)
    const { ours, theirs } = await sign({}, token)
    expect([ours, ours.status]).toEqual([theirs, 401])
  })
})

it('both list the provisioners alike', async () => {
  const [ours, theirs] = await Promise.all([pair.signet.send('/provisioners'), pair.stepCa.send('/provisioners')])
  expect(seenOf(ours)).toEqual(seenOf(theirs))
})

/** As `src/http/README.md` lists them. */
describe('deliberate differences', () => {
  it('an algorithm that the provider does not publish for its key', async () => {
    const pss = (text: string) =>
      signText('sha256', Buffer.from(text), { key: provider.key, padding: 6, saltLength: 32 }).toString('base64url')
    const { ours, theirs } = await sign({ header: { alg: 'PS256' }, signature: pss })
    expect([ours.status, theirs.status]).toEqual([401, 201])
  })

  it('a provider that is down at the start and comes up later', async () => {
    const port = await freePort()
    const late = { type: 'OIDC', name: 'late', clientID: 'step', configurationEndpoint: `https://127.0.0.1:${port}` }
    const other = await startPair({ authority: { provisioners: [late] } }, provider.env)
    try {
      const listed = async ({ send }: Member): Promise<unknown> => JSON.parse((await send('/provisioners')).body)
      const plain = { ...late, clientSecret: '' }
      expect(await listed(other.signet)).toMatchObject({ provisioners: [plain] })
      expect(await listed(other.stepCa)).toMatchObject({ provisioners: [{ ...plain, state: 'Uninitialized' }] })
      const body = () => JSON.stringify({ csr: encodePem('CERTIFICATE REQUEST', aCsr().der), ott: tokenOf({}) })
      const [ours, theirs] = await Promise.all([
        other.signet.send('/sign', { body: body() }),
        other.stepCa.send('/sign', { body: body() }),
      ])
      expect([ours.status, ours.headers['retry-after']]).toEqual([503, '10'])
      expect([theirs.status, JSON.parse(theirs.body)]).toEqual([
        401,
        { status: 401, message: 'provisioner "late" is disabled due to an initialization error' },
      ])
    } finally {
      await other.stop()
    }
  })
})
