import { beforeEach, describe, expect, it } from 'vitest'
import type { SignX509Request } from '../../../src/authority/grant.ts'
import { readProvisioners } from '../../../src/authority/provisioners/index.ts'
import { sha256Hex, utf8Bytes } from '../../../src/core/bytes.ts'
import { readJson } from '../../../src/core/json-reader.ts'
import { encodeProvisionerExtension } from '../../../src/core/x509/provisioner-extension.ts'
import { aConfig, anAuthority, noon, type TestAuthority } from '../../builders/authority.ts'
import { aCsr } from '../../builders/csr.ts'
import {
  aCloudKey,
  anAwsToken,
  certificateOf,
  identityDocument,
  type AwsTokenParts,
} from '../../builders/instance-tokens.ts'

const seconds = noon / 1000
const amazonKey = aCloudKey()
const certificate = certificateOf(amazonKey)
const aws = { type: 'AWS', name: 'ec2', iidRoots: 'iid.pem' }

const claims = (changes: object = {}): object => ({
  iss: 'ec2.amazonaws.com',
  sub: 'web.example.com',
  aud: 'https://ca.example.com/1.0/sign#aws/ec2',
  iat: seconds,
  nbf: seconds,
  exp: seconds + 300,
  jti: 'the same in all tokens of the instance',
  ...changes,
})

const token = ({ claims: changes, ...parts }: Partial<AwsTokenParts> = {}): string =>
  anAwsToken({ claims: claims(changes), key: amazonKey.privateKey, ...parts })

function anAuthorityWith(changes: object = {}): TestAuthority {
  const provisioners = readJson([{ ...aws, ...changes }], 'provisioners', (node) =>
    readProvisioners(node, () => certificate),
  )
  return anAuthority(aConfig({ provisioners }))
}

let test: TestAuthority
beforeEach(() => {
  test = anAuthorityWith()
})
const sign = (changes: Partial<SignX509Request> = {}) =>
  test.authority.signX509(
    { csr: aCsr({ sans: ['web.example.com'] }), token: token(), ...changes },
    { requestId: 'r-1' },
  )

describe('sign by the identity document of an EC2 instance', () => {
  it('gives the names of the CSR, once for each instance', async () => {
    const csr = aCsr({ subject: { commonName: 'web.example.com', organization: ['Acme'] }, sans: ['a.b', '10.0.0.1'] })
    const { chain, record } = await sign({ csr })
    expect(chain[0].names).toEqual({ dns: ['a.b'], ips: ['10.0.0.1'], emails: [], uris: [] })
    expect(chain[0].subject).toEqual(aCsr({ subject: { commonName: 'web.example.com' } }).subject)
    expect(record.issuedTo).toEqual({ kind: 'token', subject: 'i-1234567890abcdef0' })
    expect(record.provisioner).toEqual({ id: 'aws/ec2', name: 'ec2', type: 'AWS' })
    expect(test.store.spent).toEqual([sha256Hex(utf8Bytes('aws/ec2.i-1234567890abcdef0'))])
  })

  it('writes account and instance into the provisioner extension', async () => {
    const { chain } = await sign()
    const keyValuePairs = ['InstanceID', 'i-1234567890abcdef0']
    const extension = encodeProvisionerExtension({ type: 4, name: 'ec2', credentialId: '123456789012', keyValuePairs })
    expect(chain[0].extensions).toContainEqual(extension)
  })

  it('refuses the second token of an instance for ever', async () => {
    await sign()
    test.clock.advance(10_000_000_000)
    const iat = test.clock.now() / 1000
    const later = token({ claims: { iat, nbf: iat, exp: iat + 300 } })
    await expect(sign({ token: later })).rejects.toMatchObject({
      code: 'unauthorized',
      reason: 'TokenReused',
      message: 'the token was used already',
    })
    const other = token({
      document: identityDocument({ instanceId: 'i-2' }),
      claims: { iat, nbf: iat, exp: iat + 300 },
    })
    await expect(sign({ token: other })).resolves.toBeDefined()
  })

  it('with disableTrustOnFirstUse refuses only the same token', async () => {
    test = anAuthorityWith({ disableTrustOnFirstUse: true })
    const once = token()
    await sign({ token: once })
    await expect(sign({ token: once })).rejects.toMatchObject({ reason: 'TokenReused' })
    await expect(sign({ token: token({ claims: { exp: seconds + 299 } }) })).resolves.toBeDefined()
  })

  it.each<[string, object, object, Partial<AwsTokenParts>]>([
    ['an account that is listed', { accounts: ['1', '123456789012'] }, {}, {}],
    ['no accounts', { accounts: [] }, {}, {}],
    ['an instance that is young enough', { instanceAge: '30m' }, {}, {}],
    ['a port in the audience', {}, { aud: 'https://ca.example.com:9000/1.0/sign#aws/ec2' }, {}],
    ['a minute after the end', {}, { exp: seconds - 60 }, {}],
  ])('accepts %s', async (_, provisioner, changes, parts) => {
    test = anAuthorityWith(provisioner)
    await expect(sign({ token: token({ claims: changes, ...parts }) })).resolves.toBeDefined()
  })

  describe('refuses, and stores nothing for', () => {
    const none = 'the token has no identity document with a signature (amazon)'
    const unsigned = 'the identity document is not signed by AWS: no certificate fits its signature'
    const failed = 'the token is not valid: signature verification failed'
    const algorithm = 'the token is not valid: algorithm (alg) is not HS256'
    const audience = 'the audience (aud) of the token is not for signing here'
    const lost = (name: string) => ({ document: identityDocument({ [name]: undefined }) })
    const known = 'i-1234567890abcdef0, 10.158.112.84, ip-10-158-112-84.us-west-2.compute.internal'
    const rows: readonly (readonly [string, object, Partial<AwsTokenParts>, string, string])[] = [
      ['a token without a document', {}, { amazon: { document: undefined } }, 'TokenInvalid', none],
      ['a token without a signature', {}, { amazon: { signature: '' } }, 'TokenInvalid', none],
      ['a document that is a number', {}, { amazon: { document: 7 } }, 'TokenInvalid', none],
      ['a document by another key', {}, { key: aCloudKey().privateKey }, 'TokenInvalid', unsigned],
      [
        'another document',
        {},
        { amazon: { document: btoa(identityDocument({ accountId: '1' })) } },
        'TokenInvalid',
        unsigned,
      ],
      ['another secret', {}, { secret: 'x' }, 'TokenInvalid', failed],
      ['alg none', {}, { header: { alg: 'none' } }, 'TokenInvalid', algorithm],
      ['alg RS256', {}, { header: { alg: 'RS256' } }, 'TokenInvalid', algorithm],
      ['an expired token', {}, { claims: { exp: seconds - 61 } }, 'TokenExpired', 'the token is expired (exp)'],
      [
        'a token of tomorrow',
        {},
        { claims: { nbf: seconds + 61 } },
        'TokenInvalid',
        'the token is not valid yet (nbf)',
      ],
      [
        'a token from before the authority',
        {},
        { claims: { iat: seconds - 3601 } },
        'TokenInvalid',
        'the token was issued (iat) before this authority was made',
      ],
      [
        'another issuer',
        {},
        { claims: { iss: 'ec2' } },
        'TokenInvalid',
        'the issuer (iss) of the token is not "ec2.amazonaws.com"',
      ],
      [
        'the audience of renewals',
        {},
        { claims: { aud: 'https://ca.example.com/1.0/renew#aws/ec2' } },
        'WrongAudience',
        audience,
      ],
      ['a document without account', {}, lost('accountId'), 'TokenInvalid', 'the identity document has no accountId'],
      [
        'a document without instance',
        {},
        lost('instanceId'),
        'TokenInvalid',
        'the identity document has no instanceId',
      ],
      ['a document without address', {}, lost('privateIp'), 'TokenInvalid', 'the identity document has no privateIp'],
      ['a document without region', {}, lost('region'), 'TokenInvalid', 'the identity document has no region'],
      ['a document that is no JSON', {}, { document: 'x' }, 'TokenInvalid', 'the identity document has no accountId'],
      [
        'another account',
        { accounts: ['1', '2'] },
        {},
        'InstanceNotAllowed',
        'the account "123456789012" is not one that the provisioner lists',
      ],
      ['an old instance', { instanceAge: '29m59s' }, {}, 'InstanceTooOld', 'the instance is too old (pendingTime)'],
      [
        'an instance of unknown age',
        { instanceAge: '1h' },
        lost('pendingTime'),
        'InstanceTooOld',
        'the instance is too old (pendingTime)',
      ],
      [
        'a subject of its own, with disableCustomSANs',
        { disableCustomSANs: true },
        {},
        'TokenInvalid',
        `the subject (sub) of the token is none of ${known}`,
      ],
    ]
    it.each(rows)('%s', async (_, provisioner, parts, reason, message) => {
      test = anAuthorityWith(provisioner)
      await expect(sign({ token: token(parts) })).rejects.toMatchObject({ code: 'unauthorized', reason, message })
      expect([test.store.spent, test.store.records]).toEqual([[], []])
    })

    it('a token for another provisioner', async () => {
      const other = token({ claims: { aud: 'https://ca.example.com/1.0/sign#aws/other' } })
      await expect(sign({ token: other })).rejects.toMatchObject({
        code: 'unauthorized',
        reason: 'WrongAudience',
        message: 'provisioner not found or invalid audience (https://ca.example.com/1.0/sign#aws/other)',
      })
    })

    it('a document that nobody at AWS signed, where the published certificates count', async () => {
      test = anAuthorityWith({ iidRoots: '' })
      await expect(sign()).rejects.toMatchObject({ message: unsigned })
    })
  })

  describe('and its CSR', () => {
    const dns = 'ip-10-158-112-84.us-west-2.compute.internal'
    const ip = '10.158.112.84'
    const own = token({ claims: { sub: 'i-1234567890abcdef0' } })
    const text = 'certificate request does not contain the valid'

    it('must have the subject of the token as common name', async () => {
      await expect(sign({ csr: aCsr({ subject: { commonName: 'x' }, sans: ['a.b'] }) })).rejects.toMatchObject({
        code: 'forbidden',
        reason: 'NameNotAllowed',
        message: `${text} common name - got x, want web.example.com`,
      })
    })

    it.each([{ sans: [] }, { sans: [dns] }, { sans: [ip] }, { sans: [ip, dns] }])(
      'with disableCustomSANs may ask for %j',
      async ({ sans }) => {
        test = anAuthorityWith({ disableCustomSANs: true })
        const { chain } = await sign({ token: own, csr: aCsr({ sans }) })
        expect(chain[0].names).toEqual({ dns: [dns], ips: [ip], emails: [], uris: [] })
      },
    )

    it.each([
      ['a.b', `certificate request contains unauthorized DNS names - got [a.b], allowed [${dns}]`],
      ['10.0.0.1', `${text} IP addresses - got [10.0.0.1], want [${ip}]`],
      ['a@b.c', `${text} email addresses - got [a@b.c], want []`],
      ['spiffe://a/b', `${text} URIs - got [spiffe://a/b], want []`],
    ])('with disableCustomSANs may not ask for %s', async (name, message) => {
      test = anAuthorityWith({ disableCustomSANs: true })
      const refused = sign({ token: own, csr: aCsr({ sans: [name] }) })
      await expect(refused).rejects.toMatchObject({ code: 'forbidden', reason: 'NameNotAllowed', message })
      expect(test.store.spent).toEqual([])
    })
  })
})
