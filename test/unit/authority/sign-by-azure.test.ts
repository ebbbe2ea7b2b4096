import { beforeEach, describe, expect, it } from 'vitest'
import type { SignX509Request } from '../../../src/authority/grant.ts'
import { sha256Hex, utf8Bytes } from '../../../src/core/bytes.ts'
import { encodeProvisionerExtension } from '../../../src/core/x509/provisioner-extension.ts'
import { aConfig, anAuthority, noon, someProvisioners, type TestAuthority } from '../../builders/authority.ts'
import { aCsr } from '../../builders/csr.ts'
import { aCloudKey, anRsaToken, keySetOf } from '../../builders/instance-tokens.ts'

const seconds = noon / 1000
const microsoft = aCloudKey()
const tenantID = 'b17c217c-84db-43f0-babd-e06a71083cda'
const issuer = `https://sts.windows.net/${tenantID}/`
const discoveryUrl = `https://login.microsoftonline.com/${tenantID}/.well-known/openid-configuration`
const keysUrl = `https://login.microsoftonline.com/${tenantID}/discovery/keys`
const resource = (kind: string, name: string) =>
  `/subscriptions/sub-1/resourcegroups/backend/providers/Microsoft.${kind}/${name}`
const machine = resource('Compute/virtualMachines', 'web-1')

const claims = (changes: object = {}): object => ({
  aud: 'https://management.azure.com/',
  iss: issuer,
  iat: seconds - 300,
  nbf: seconds - 300,
  exp: seconds + 86_400,
  appid: 'app-1',
  oid: 'object-1',
  sub: 'object-1',
  tid: tenantID,
  ver: '1.0',
  xms_mirid: machine,
  ...changes,
})
const token = (changes: object = {}, header: object = {}): string =>
  anRsaToken(claims(changes), microsoft.privateKey, { kid: 'm1', ...header })

function anAuthorityWith(changes: object = {}): TestAuthority {
  const provisioners = someProvisioners({ type: 'Azure', name: 'vms', tenantId: tenantID, ...changes })
  const made = anAuthority(aConfig({ provisioners }))
  made.web.documents.set(discoveryUrl, { issuer, jwks_uri: keysUrl })
  made.web.documents.set(keysUrl, keySetOf(microsoft, 'm1'))
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

describe('sign by the token of a managed identity of Azure', () => {
  it('gives the names of the CSR, once for each machine', async () => {
    const csr = aCsr({ subject: { commonName: 'any name' }, sans: ['a.b', '10.0.0.1'] })
    const { chain, record } = await sign({ csr })
    expect(chain[0].names).toEqual({ dns: ['a.b'], ips: ['10.0.0.1'], emails: [], uris: [] })
    expect(chain[0].subject).toEqual(csr.subject)
    expect(record.issuedTo).toEqual({ kind: 'token', subject: machine })
    expect(record.provisioner).toEqual({ id: tenantID, name: 'vms', type: 'Azure' })
    expect(test.store.spent).toEqual([sha256Hex(utf8Bytes(machine))])
    await expect(sign({ token: token({ iat: seconds }) })).rejects.toMatchObject({ reason: 'TokenReused' })
    const assigned = resource('ManagedIdentity/userAssignedIdentities', 'web')
    await expect(sign({ token: token({ xms_mirid: assigned }) })).resolves.toBeDefined()
    expect(test.web.asked).toEqual([discoveryUrl, keysUrl])
  })

  it('writes the tenant into the provisioner extension', async () => {
    const { chain } = await sign()
    const extension = encodeProvisionerExtension({ type: 5, name: 'vms', credentialId: tenantID, keyValuePairs: [] })
    expect(chain[0].extensions).toContainEqual(extension)
  })

  it('with disableTrustOnFirstUse accepts the same token again', async () => {
    test = anAuthorityWith({ disableTrustOnFirstUse: true })
    await sign()
    await expect(sign()).resolves.toBeDefined()
    expect(test.store.spent).toEqual([])
  })

  it.each<[string, object, object]>([
    ['a resource group', { resourceGroups: ['backend'] }, {}],
    ['a subscription', { subscriptionIDs: ['other', 'sub-1'] }, {}],
    ['an object', { objectIDs: ['object-1'] }, {}],
    ['an audience of its own', { audience: 'api://ca' }, { aud: 'api://ca' }],
  ])('accepts %s', async (_, provisioner, changes) => {
    test = anAuthorityWith(provisioner)
    await expect(sign({ token: token(changes) })).resolves.toBeDefined()
  })

  describe('refuses, and stores nothing for', () => {
    const unverified = 'the token is not valid: signature verification failed'
    const noResource = 'the resource (xms_mirid) of the token is no virtual machine and no assigned identity'
    const rows: readonly (readonly [string, object, () => string, string, string])[] = [
      [
        'another key',
        {},
        () => anRsaToken(claims(), aCloudKey().privateKey, { kid: 'm1' }),
        'TokenInvalid',
        unverified,
      ],
      ['an unknown key id', {}, () => token({}, { kid: 'm2' }), 'TokenInvalid', unverified],
      ['alg none', {}, () => token({}, { alg: 'none' }), 'TokenInvalid', unverified],
      ['an expired token', {}, () => token({ exp: seconds - 61 }), 'TokenExpired', 'the token is expired (exp)'],
      [
        'another issuer',
        {},
        () => token({ iss: 'https://sts.windows.net/other/' }),
        'TokenInvalid',
        `the issuer (iss) of the token is not "${issuer}"`,
      ],
      [
        'another audience',
        {},
        () => token({ aud: 'https://vault.azure.net' }),
        'WrongAudience',
        'the audience (aud) of the token is not "https://management.azure.com/"',
      ],
      [
        'a token from before the authority',
        {},
        () => token({ iat: seconds - 3601 }),
        'TokenInvalid',
        'the token was issued (iat) before this authority was made',
      ],
      ['no resource', {}, () => token({ xms_mirid: undefined }), 'TokenInvalid', noResource],
      [
        'a resource of another kind',
        {},
        () => token({ xms_mirid: resource('Web/sites', 'a') }),
        'TokenInvalid',
        noResource,
      ],
      [
        'another resource group',
        { resourceGroups: ['frontend'] },
        token,
        'InstanceNotAllowed',
        'the resource group "backend" is not one that the provisioner lists',
      ],
      [
        'another subscription',
        { subscriptionIDs: ['other'] },
        token,
        'InstanceNotAllowed',
        'the subscription "sub-1" is not one that the provisioner lists',
      ],
      [
        'another object',
        { objectIDs: ['other'] },
        token,
        'InstanceNotAllowed',
        'the object "object-1" is not one that the provisioner lists',
      ],
    ]
    it.each(rows)('%s', async (_, provisioner, make, reason, message) => {
      test = anAuthorityWith(provisioner)
      await expect(sign({ token: make() })).rejects.toMatchObject({ code: 'unauthorized', reason, message })
      expect([test.store.spent, test.store.records]).toEqual([[], []])
    })

    it('a token of another tenant that comes by the audience', async () => {
      // `azp` finds the provisioner, so that nothing but its own check is left.
      const other = token({ tid: 'other', azp: tenantID })
      await expect(sign({ token: other })).rejects.toMatchObject({
        code: 'unauthorized',
        reason: 'TokenInvalid',
        message: `the tenant (tid) of the token is not "${tenantID}"`,
      })
    })

    it('any token while the tenant cannot be discovered', async () => {
      test.web.documents.set(discoveryUrl, { issuer })
      await expect(sign()).rejects.toMatchObject({
        code: 'unavailable',
        reason: 'ProviderUnavailable',
        message: `the keys for provisioner "vms" cannot be had: cannot use ${discoveryUrl}: it has no jwks_uri`,
      })
    })
  })

  describe('with disableCustomSANs', () => {
    const text = 'certificate request does not contain the valid'
    beforeEach(() => {
      test = anAuthorityWith({ disableCustomSANs: true })
    })

    it('gives the name of the machine', async () => {
      const { chain } = await sign({ csr: aCsr({ subject: { commonName: 'web-1' }, sans: ['web-1'] }) })
      expect(chain[0].names).toEqual({ dns: ['web-1'], ips: [], emails: [], uris: [] })
    })

    it.each([
      [{ subject: { commonName: 'x' } }, `${text} common name - got x, want web-1`],
      [{ sans: ['a.b'] }, 'certificate request contains unauthorized DNS names - got [a.b], allowed [web-1]'],
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
