import { createHmac, createPublicKey } from 'node:crypto'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { SignX509Request } from '../../../src/authority/grant.ts'
import { commonNameOf, subjectFieldsOf } from '../../../src/core/x509/name.ts'
import { noon, type TestAuthority } from '../../builders/authority.ts'
import { aCsr } from '../../builders/csr.ts'
import { provisionerOf } from '../../builders/provisioner-extension.ts'
import {
  anAuthorityWithPeople,
  aProviderKey,
  endpoint,
  issuer,
  keysUrl,
  providerKey,
  request,
  seconds,
  token,
} from './oidc-harness.ts'
import { loadTextTemplates } from '../../../src/core/templates/text-templates.ts'

beforeAll(loadTextTemplates)

let test: TestAuthority
beforeEach(() => {
  test = anAuthorityWithPeople()
})
const sign = (changes: Partial<SignX509Request> = {}) => test.authority.signX509(request(changes), { requestId: 'r-1' })
const namesOf = async (changes: object) => (await sign({ token: token(changes) })).chain[0].names
const wishes = aCsr({ sans: ['web.example.com'], subject: { commonName: 'web', organization: ['Ops'] } })

describe('sign by ID token', () => {
  it('issues the address and the subject of who logged in, whatever the CSR says', async () => {
    const { chain, record } = await sign({ csr: wishes })
    const [leaf] = chain
    expect(subjectFieldsOf(leaf.subject)).toEqual({ commonName: 'u-1' })
    expect(leaf.names).toEqual({
      dns: [],
      ips: [],
      emails: ['jane@example.com'],
      uris: ['https://id.example.com#u-1'],
    })
    expect([leaf.notBefore, leaf.notAfter]).toEqual([noon - 60_000, noon + 86_400_000])
    const extension = { type: 2, name: 'people', credentialId: 'client-1', keyValuePairs: [] }
    expect(provisionerOf(leaf.extensions)).toEqual(extension)
    expect(record).toMatchObject({
      provisioner: { id: 'client-1', name: 'people', type: 'OIDC' },
      issuedTo: { kind: 'token', subject: 'u-1' },
      rule: 'provisioner',
    })
  })

  it.each([
    ['without an address', { email: undefined }, { emails: [], uris: ['https://id.example.com#u-1'] }],
    [
      'with a subject of strange characters',
      { sub: "auth0|5's é/#%" },
      { emails: ['jane@example.com'], uris: ['https://id.example.com#auth0%7C5%27s%20%C3%A9/%23%25'] },
    ],
  ])('%s', async (_, changes, names) => {
    expect(await namesOf(changes)).toMatchObject(names)
  })

  it.each(['root.example.com', '10.0.0.1', 'https://root.example.com', 'mailto:jane@example.com', 'jane@'])(
    'makes no other name of an address that is none: %s',
    async (email) => {
      await expect(sign({ token: token({ email }) })).rejects.toMatchObject({
        code: 'unauthorized',
        reason: 'TokenInvalid',
        message: 'the e-mail address of the token is none',
      })
    },
  )

  it.each([
    ['by address, its domain in any case', { admins: ['jane@EXAMPLE.com'] }, {}],
    ['by group', { admins: ['ops'] }, { groups: ['dev', 'ops'] }],
  ])('gives admins %s what their CSR asks for', async (_, settings, changes) => {
    test = anAuthorityWithPeople(settings)
    const { chain } = await sign({ csr: wishes, token: token(changes) })
    expect(subjectFieldsOf(chain[0].subject)).toEqual({ commonName: 'web', organization: ['Ops'] })
    expect(chain[0].names).toEqual({ dns: ['web.example.com'], ips: [], emails: [], uris: [] })
  })

  it('gives a template the person, also where that is an admin', async () => {
    const template = '{"subject": {{ toJson .Subject }}, "sans": {{ toJson .SANs }}, "extKeyUsage": ["clientAuth"]}'
    test = anAuthorityWithPeople({ admins: ['jane@example.com'], options: { x509: { template } } })
    const [leaf] = (await sign({ csr: wishes })).chain
    expect(subjectFieldsOf(leaf.subject)).toEqual({ commonName: 'u-1' })
    expect([leaf.names.emails, leaf.names.dns, leaf.extKeyUsage]).toEqual([['jane@example.com'], [], ['clientAuth']])
  })

  it('does not take an address in other letters for an admin’s', async () => {
    test = anAuthorityWithPeople({ admins: ['Jane@example.com'] })
    expect(commonNameOf((await sign({ csr: wishes })).chain[0].subject)).toBe('u-1')
  })

  it('lets in the domains and groups that it names, and admins of any domain', async () => {
    test = anAuthorityWithPeople({ domains: ['EXAMPLE.com'], groups: ['ops'], admins: ['root@other.org'] })
    await sign({ token: token({ groups: ['ops'] }) })
    await sign({ csr: wishes, token: token({ groups: ['ops'], email: 'root@other.org' }) })
    await sign({ token: token({ groups: ['ops'], email: undefined }) })
    expect(test.store.records).toHaveLength(3)
  })

  it('puts the tenant into the issuer', async () => {
    test = anAuthorityWithPeople({ tenantId: 't-1' })
    test.web.documents.set(endpoint, { issuer: 'https://login/{tenantid}/v2', jwks_uri: keysUrl })
    expect((await namesOf({ iss: 'https://login/t-1/v2' })).uris).toEqual(['https://login/t-1/v2#u-1'])
  })

  it.each([
    ['an audience among several', { aud: ['x', 'client-1'] }],
    ['no azp', { azp: undefined }],
  ])('takes %s', async (_, changes) => {
    await sign({ token: token(changes) })
    expect(test.store.records).toHaveLength(1)
  })

  it('replay: a token is good once, by its nonce or, without one, by its hash', async () => {
    const again = { code: 'unauthorized', reason: 'TokenReused', message: 'the token was used already' }
    await sign({ token: token({ nonce: 'n-1' }) })
    await expect(sign({ token: token({ nonce: 'n-1', iat: seconds + 1 }) })).rejects.toMatchObject(again)
    const once = token({ nonce: undefined })
    await sign({ token: once })
    await expect(sign({ token: once })).rejects.toMatchObject(again)
    expect(test.store.spent).toEqual(['client-1 n-1', expect.stringMatching(/^client-1 [0-9a-f]{64}$/)])
  })
})

describe('sign by ID token: refused tokens', () => {
  const forger = aProviderKey('one')
  /** The HMAC that a verifier would compute that takes the public key for a secret (RFC 8725 §2.1). */
  const hmacWithPublicKey = () => {
    const [head, body] = token({}, { alg: 'HS256' }).split('.')
    const secret = createPublicKey(providerKey.privateKey).export({ type: 'spki', format: 'pem' })
    return `${head}.${body}.${createHmac('sha256', secret).update(`${head}.${body}`).digest('base64url')}`
  }
  const unsigned = 'the token is not valid: signature verification failed'
  const rows: readonly (readonly [string, object, () => string, string, string?])[] = [
    ['alg none', {}, () => token({}, { alg: 'none' }), unsigned],
    ['key confusion: HS256 with a public key', {}, hmacWithPublicKey, unsigned],
    ['another key under the same id', {}, () => token({}, {}, forger), unsigned],
    ['a key that nobody publishes', {}, () => token({}, { kid: 'two' }), unsigned],
    ['no key id where keys have one', {}, () => token({}, { kid: undefined }), unsigned],
    [
      'another issuer',
      {},
      () => token({ iss: `${issuer}/` }),
      'the issuer (iss) of the token is not "https://id.example.com"',
    ],
    [
      'azp mismatch',
      {},
      () => token({ azp: 'client-2' }),
      'the authorized party (azp) of the token is not the client of its provisioner',
    ],
    [
      'confused provisioner: a token for another client',
      {},
      () => token({ aud: 'client-2' }),
      'the audience (aud) of the token is not the client of its provisioner',
      'WrongAudience',
    ],
    [
      'a token for nobody here',
      {},
      () => token({ aud: 'client-2', azp: 'client-2' }),
      'provisioner not found or invalid audience (client-2)',
      'WrongAudience',
    ],
    ['expired', {}, () => token({ exp: seconds - 61 }), 'the token is expired (exp)', 'TokenExpired'],
    ['not yet valid', {}, () => token({ nbf: seconds + 61 }), 'the token is not valid yet (nbf)'],
    ['issued in the future', {}, () => token({ iat: seconds + 61 }), 'the token was issued in the future (iat)'],
    [
      'issued before the store',
      {},
      () => token({ iat: seconds - 3601 }),
      'the token was issued (iat) before this authority was made',
    ],
    ['no subject', {}, () => token({ sub: '' }), 'the token has no subject (sub)'],
    [
      'an address of another domain',
      { domains: ['example.org', 'ample.com'] },
      () => token(),
      'the e-mail address of the token is in none of the domains of its provisioner',
    ],
    ['no group', { groups: ['ops'] }, () => token(), 'the token is in none of the groups of its provisioner'],
    [
      'an admin of no group',
      { groups: ['ops'], admins: ['jane@example.com'] },
      () => token({ groups: ['dev'] }),
      'the token is in none of the groups of its provisioner',
    ],
    [
      'an address that is not verified, where that is required',
      { signet: { requireVerifiedEmail: true } },
      () => token({ email_verified: false }),
      'the e-mail address of the token is not verified (email_verified)',
    ],
    [
      'groups of another type',
      {},
      () => token({ groups: 'ops' }),
      'the token has a groups that is not a list of texts',
    ],
    ['an address of another type', {}, () => token({ email: 1 }), 'the token has a email that is not a text'],
  ]
  const cases = rows.map(
    ([name, settings, make, message, reason = 'TokenInvalid']) => [name, settings, make, message, reason] as const,
  )
  it.each(cases)('%s', async (_, settings, make, message, reason) => {
    test = anAuthorityWithPeople(settings)
    await expect(sign({ token: make() })).rejects.toMatchObject({ code: 'unauthorized', reason, message })
    expect(test.store.records).toEqual([])
    expect(test.store.spent).toEqual([])
    expect(test.events.refusals).toEqual([{ operation: 'sign', requestId: 'r-1', reason, message }])
  })

  it('takes an unverified address otherwise, as step does', async () => {
    expect((await namesOf({ email_verified: false })).emails).toEqual(['jane@example.com'])
  })
})

describe('revoke by ID token', () => {
  const revoke = (serial: string, changes: object) =>
    test.authority.revokeX509(
      { serial, reasonCode: 0, reason: '', credential: { kind: 'token', token: token(changes) } },
      { requestId: 'r-1' },
    )
  it('is for admins, and for the serial number that they are', async () => {
    test = anAuthorityWithPeople({ admins: ['jane@example.com'] })
    expect(await revoke('12', { sub: '12' })).toMatchObject({ serial: '12' })
    await expect(revoke('12', {})).rejects.toMatchObject({
      code: 'forbidden',
      message: 'request serial number "12" and token subject "u-1" do not match',
    })
    await expect(revoke('12', { sub: '12', email: 'joe@example.com' })).rejects.toMatchObject({
      code: 'unauthorized',
      message: 'only admins of its provisioner may revoke by token',
    })
  })
})
