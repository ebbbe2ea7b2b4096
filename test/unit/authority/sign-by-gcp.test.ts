import { createHmac } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import type { SignX509Request } from '../../../src/authority/grant.ts'
import { sha256Hex, utf8Bytes } from '../../../src/core/bytes.ts'
import { noNames } from '../../../src/core/names/names.ts'
import { loadTextTemplates } from '../../../src/core/templates/text-templates.ts'
import { subjectFieldsOf } from '../../../src/core/x509/name.ts'
import { encodeProvisionerExtension } from '../../../src/core/x509/provisioner-extension.ts'
import { aConfig, anAuthority, noon, someProvisioners, type TestAuthority } from '../../builders/authority.ts'
import { aCsr } from '../../builders/csr.ts'
import { aCloudKey, anRsaToken, keySetOf } from '../../builders/instance-tokens.ts'

const seconds = noon / 1000
const google = aCloudKey()
const keysUrl = 'https://www.googleapis.com/oauth2/v3/certs'

const engine = {
  instance_id: '152986662232938449',
  instance_name: 'web-1',
  instance_creation_timestamp: seconds - 1800,
  project_id: 'shop',
  project_number: 739419398126,
  zone: 'us-west1-c',
}
const account = '117354011259154104390'

/** Claims of a token that is right; `changes` of an instance go into `google.compute_engine`. */
const claims = (changes: object = {}, ofEngine: object = {}): object => ({
  iss: 'https://accounts.google.com',
  aud: 'https://ca.example.com/1.0/sign#gcp/gce',
  azp: account,
  sub: account,
  email: 'web@shop.iam.gserviceaccount.com',
  email_verified: true,
  iat: seconds,
  exp: seconds + 3600,
  google: { compute_engine: { ...engine, ...ofEngine } },
  ...changes,
})
const token = (changes: object = {}, ofEngine: object = {}, header: object = {}): string =>
  anRsaToken(claims(changes, ofEngine), google.privateKey, { kid: 'g1', ...header })

function anAuthorityWith(changes: object = {}): TestAuthority {
  const made = anAuthority(aConfig({ provisioners: someProvisioners({ type: 'GCP', name: 'gce', ...changes }) }))
  made.web.documents.set(keysUrl, keySetOf(google, 'g1'))
  return made
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

describe('a template of the provisioner', () => {
  const x509 = { template: '{"subject": {{ toJson .Subject }}, "sans": {{ toJson .SANs }}}' }
  const csr = aCsr({ subject: { commonName: 'vault' }, sans: ['vault.example.com'] })

  it('finds what Google says, and nothing of the CSR', async () => {
    await loadTextTemplates()
    const { chain } = await anAuthorityWith({ options: { x509 } }).authority.signX509(
      { csr, token: token() },
      { requestId: 'r-1' },
    )
    expect(subjectFieldsOf(chain[0].subject)).toEqual({ commonName: 'web-1' })
    expect(chain[0].names).toEqual(noNames)
  })

  it('finds the names of the instance where it may have no others', async () => {
    await loadTextTemplates()
    const { chain } = await anAuthorityWith({ options: { x509 }, disableCustomSANs: true }).authority.signX509(
      { csr: aCsr(), token: token() },
      { requestId: 'r-1' },
    )
    expect(chain[0].names.dns).toContain('web-1.us-west1-c.c.shop.internal')
  })
})

describe('sign by the identity token of a Compute Engine instance', () => {
  it('gives the names of the CSR, once for each instance', async () => {
    const csr = aCsr({ subject: { commonName: 'any name' }, sans: ['a.b', '10.0.0.1'] })
    const { chain, record } = await sign({ csr })
    expect(chain[0].names).toEqual({ dns: ['a.b'], ips: ['10.0.0.1'], emails: [], uris: [] })
    expect(chain[0].subject).toEqual(csr.subject)
    expect(record.issuedTo).toEqual({ kind: 'token', subject: '152986662232938449' })
    expect(record.provisioner).toEqual({ id: 'gcp/gce', name: 'gce', type: 'GCP' })
    expect(test.store.spent).toEqual([sha256Hex(utf8Bytes('gcp/gce.152986662232938449'))])
    const again = token({ iat: seconds + 1 })
    await expect(sign({ token: again })).rejects.toMatchObject({ code: 'unauthorized', reason: 'TokenReused' })
    await expect(sign({ token: token({}, { instance_id: '7' }) })).resolves.toBeDefined()
    expect(test.web.asked).toEqual([keysUrl])
  })

  it('writes service account and instance into the provisioner extension', async () => {
    const { chain } = await sign()
    const keyValuePairs = ['InstanceID', '152986662232938449', 'InstanceName', 'web-1']
    const extension = encodeProvisionerExtension({ type: 3, name: 'gce', credentialId: account, keyValuePairs })
    expect(chain[0].extensions).toContainEqual(extension)
  })

  it('with disableTrustOnFirstUse refuses only the same token', async () => {
    test = anAuthorityWith({ disableTrustOnFirstUse: true })
    await sign()
    await expect(sign()).rejects.toMatchObject({ reason: 'TokenReused' })
    await expect(sign({ token: token({ exp: seconds + 3599 }) })).resolves.toBeDefined()
  })

  it.each<[string, object]>([
    ['a service account by its id', { serviceAccounts: [account] }],
    ['a service account by its address', { serviceAccounts: ['web@shop.iam.gserviceaccount.com'] }],
    ['a project', { projectIDs: ['other', 'shop'] }],
    ['an instance that is young enough', { instanceAge: '30m' }],
  ])('accepts %s', async (_, provisioner) => {
    test = anAuthorityWith(provisioner)
    await expect(sign()).resolves.toBeDefined()
  })

  describe('refuses, and stores nothing for', () => {
    const unverified = 'the token is not valid: signature verification failed'
    const lacks = (name: string) => `the token has no google.compute_engine.${name}: ask for the format "full"`
    const without = (name: string) => token({}, { [name]: undefined })
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    /** Key confusion: the published key as the secret of an HMAC. */
    const confused = (): string => {
      const text = `${encode({ alg: 'HS256', kid: 'g1' })}.${encode(claims())}`
      const pem = google.publicKey.export({ type: 'spki', format: 'pem' })
      return `${text}.${createHmac('sha256', pem).update(text).digest('base64url')}`
    }
    const rows: readonly (readonly [string, object, () => string, string, string])[] = [
      [
        'another key',
        {},
        () => anRsaToken(claims(), aCloudKey().privateKey, { kid: 'g1' }),
        'TokenInvalid',
        unverified,
      ],
      ['an unknown key id', {}, () => token({}, {}, { kid: 'g2' }), 'TokenInvalid', unverified],
      ['alg none', {}, () => token({}, {}, { alg: 'none' }), 'TokenInvalid', unverified],
      ['the published key as a secret', {}, confused, 'TokenInvalid', unverified],
      ['an expired token', {}, () => token({ exp: seconds - 61 }), 'TokenExpired', 'the token is expired (exp)'],
      [
        'another issuer',
        {},
        () => token({ iss: 'accounts.google.com' }),
        'TokenInvalid',
        'the issuer (iss) of the token is not "https://accounts.google.com"',
      ],
      [
        'the audience of renewals',
        {},
        () => token({ aud: 'https://ca.example.com/1.0/renew#gcp/gce' }),
        'WrongAudience',
        'the audience (aud) of the token is not for signing here',
      ],
      [
        'a token from before the authority',
        {},
        () => token({ iat: seconds - 3601 }),
        'TokenInvalid',
        'the token was issued (iat) before this authority was made',
      ],
      [
        'another service account',
        { serviceAccounts: ['1'] },
        token,
        'InstanceNotAllowed',
        `the service account "${account}" is not one that the provisioner lists`,
      ],
      [
        'another project',
        { projectIDs: ['other'] },
        token,
        'InstanceNotAllowed',
        'the project "shop" is not one that the provisioner lists',
      ],
      [
        'an old instance',
        { instanceAge: '29m' },
        token,
        'InstanceTooOld',
        'the instance is too old (instance_creation_timestamp)',
      ],
      [
        'an instance of unknown age',
        { instanceAge: '1h' },
        () => without('instance_creation_timestamp'),
        'InstanceTooOld',
        'the instance is too old (instance_creation_timestamp)',
      ],
      ['no instance', {}, () => token({ google: undefined }), 'TokenInvalid', lacks('instance_id')],
      ...['instance_id', 'instance_name', 'project_id', 'zone'].map(
        (name) => [`no ${name}`, {}, () => without(name), 'TokenInvalid', lacks(name)] as const,
      ),
    ]
    it.each(rows)('%s', async (_, provisioner, make, reason, message) => {
      test = anAuthorityWith(provisioner)
      await expect(sign({ token: make() })).rejects.toMatchObject({ code: 'unauthorized', reason, message })
      expect([test.store.spent, test.store.records]).toEqual([[], []])
    })

    it('any token while Google cannot be asked', async () => {
      test.web.documents.delete(keysUrl)
      await expect(sign()).rejects.toMatchObject({
        code: 'unavailable',
        reason: 'ProviderUnavailable',
        message: `the keys for provisioner "gce" cannot be had: cannot fetch ${keysUrl}: connection refused`,
      })
    })
  })

  describe('with disableCustomSANs', () => {
    const names = ['web-1.c.shop.internal', 'web-1.us-west1-c.c.shop.internal']
    const text = 'certificate request does not contain the valid'
    beforeEach(() => {
      test = anAuthorityWith({ disableCustomSANs: true })
    })

    it.each([['web-1'], ['152986662232938449'], ...names.map((name) => [name]), ['']])(
      'gives the names of the instance and the common name "%s"',
      async (commonName) => {
        const csr = aCsr({ subject: commonName === '' ? {} : { commonName }, sans: names.slice(0, 1) })
        const { chain } = await sign({ csr })
        expect([chain[0].names.dns, chain[0].subject]).toEqual([names, csr.subject])
      },
    )

    it.each([
      [
        { subject: { commonName: 'x' } },
        `${text} common name - got x, want [web-1 152986662232938449 ${names.join(' ')}]`,
      ],
      [
        { sans: ['a.b'] },
        `certificate request contains unauthorized DNS names - got [a.b], allowed [${names.join(' ')}]`,
      ],
      [{ sans: ['10.0.0.1'] }, `${text} IP addresses - got [10.0.0.1], want []`],
      [{ sans: ['a@b.c'] }, `${text} email addresses - got [a@b.c], want []`],
      [{ sans: ['spiffe://a/b'] }, `${text} URIs - got [spiffe://a/b], want []`],
    ])('refuses a CSR of %j', async (csr, message) => {
      await expect(sign({ csr: aCsr(csr) })).rejects.toMatchObject({
        code: 'forbidden',
        reason: 'NameNotAllowed',
        message,
      })
      expect(test.store.spent).toEqual([])
    })
  })
})
