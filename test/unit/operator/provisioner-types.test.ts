import { generateKeyPairSync } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { parseCaConfig } from '../../../src/config/ca-config.ts'
import type { Authority, ProvisionerSpec, ProvisionerType } from '../../../src/core/resources/index.ts'
import { provisionerTypes } from '../../../src/core/resources/provisioners/blocks.ts'
import { loadTextTemplates } from '../../../src/core/templates/text-templates.ts'
import { renderConfig } from '../../../src/operator/controllers/authority/render/config.ts'
import { provisionerSettings, settingsOfAll } from '../../../src/operator/provisioner-settings.ts'
import { anAuthoritySpec, aProvisioner, provisionersOfAllTypes } from '../../builders/resources.ts'
import { aRoot, pemOf } from '../../builders/ca-material.ts'
import { noon } from '../../builders/authority.ts'

const namespace = 'signet-system'
const authority: Authority = {
  apiVersion: 'signet.dev/v1',
  kind: 'Authority',
  metadata: { name: 'signet' },
  spec: anAuthoritySpec(),
}
const roots = pemOf(aRoot(noon))
const specs = provisionersOfAllTypes(roots)
const named = (name: string, spec: Partial<ProvisionerSpec>, creationTimestamp = '2026-01-01T00:00:00Z') => {
  const { k8sSA: _, ...rest } = aProvisioner().spec
  return { ...aProvisioner(), metadata: { name, creationTimestamp }, spec: { ...rest, ...spec } }
}
const settingsOf = (spec: Partial<ProvisionerSpec>) => provisionerSettings(named('it', spec), authority, namespace)

beforeAll(loadTextTemplates)

describe('a Provisioner of each type', () => {
  const url = 'https://signet.signet-system.svc/1.0/sign'
  const audiences: Record<ProvisionerType, string> = {
    JWK: url,
    K8sSA: `${url}#k8ssa/it`,
    OIDC: 'signet',
    X5C: `${url}#x5c/it`,
    AWS: `${url}#aws/it`,
    GCP: `${url}#gcp/it`,
    Azure: 'https://management.azure.com/',
  }
  it.each(provisionerTypes)('%s: has the audience that its tokens carry', (type) => {
    expect(settingsOf(specs[type])).toMatchObject({ valid: true, type, audience: audiences[type] })
  })

  it('stands in the configuration as the authority reads it', () => {
    const all = provisionerTypes.map((type) => named(type.toLowerCase(), specs[type]))
    const { text } = renderConfig(authority, settingsOfAll(all, authority, namespace), namespace)
    const { provisioners, warnings } = parseCaConfig(JSON.parse(text))
    expect(warnings).toEqual([])
    const listed = Object.fromEntries(provisioners.map(({ type, json }) => [type, json]))
    expect(listed).toMatchObject({
      OIDC: { clientID: 'signet', clientSecret: 'public', domains: ['example.com'], scopes: ['openid'] },
      X5C: { roots: Buffer.from(roots).toString('base64') },
      AWS: { accounts: ['123456789012'], instanceAge: '1h0m0s', imdsVersions: ['v2'] },
      GCP: { projectIDs: ['shop'], disableCustomSANs: true },
      Azure: { tenantID: 'tenant', resourceGroups: ['backend'], audience: 'https://management.azure.com/' },
    })
    expect(provisioners.every(({ options }) => options.x509.template !== undefined)).toBe(true)
    expect(JSON.stringify(listed)).not.toContain('requireVerifiedEmail')
  })

  it('lists roots of AWS to nobody', () => {
    const settings = settingsOf({ type: 'AWS', aws: { ...specs.AWS.aws, iidRoots: roots } })
    const { text } = renderConfig(authority, [settings], namespace)
    expect(parseCaConfig(JSON.parse(text)).provisioners[0]?.json).not.toHaveProperty('iidRoots')
    expect(text).toContain('BEGIN CERTIFICATE')
  })
})

describe('a Provisioner of type K8sSA', () => {
  const usual = { delegates: [], requireSourceAddress: false, usesPerPodPerMinute: 5 }
  const publicKeys = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({
    type: 'spki',
    format: 'pem',
  })
  const read = (k8sSA: object) => {
    const settings = settingsOf({ type: 'K8sSA', k8sSA: { ...usual, ...k8sSA } })
    if (!settings.valid) throw new Error(settings.message)
    return settings.json
  }

  it('has the tokens of this cluster reviewed by its API server', () => {
    expect(read({})).toMatchObject({ signet: { tokenReview: true, usesPerPodPerMinute: 5 } })
  })

  it('verifies those of another one by its keys, in base64 as step has them', () => {
    const offline = { issuer: 'https://east', trustDomain: 'east.example.org' }
    const base64 = (pem: string | Buffer) => Buffer.from(pem).toString('base64')
    expect(read({ offline, publicKeys })).toEqual({
      type: 'K8sSA',
      name: 'it',
      publicKeys: base64(publicKeys),
      signet: { offline, ...usual },
    })
    const jwks = { ...offline, jwksURL: 'https://east/jwks', roots }
    expect(read({ offline: jwks })).toMatchObject({ signet: { offline: { ...jwks, roots: base64(roots) } } })
  })

  it('takes old tokens by a flag, and one Provisioner only', () => {
    const spec: Partial<ProvisionerSpec> = {
      type: 'K8sSA',
      k8sSA: { ...usual, publicKeys: String(publicKeys), legacyTokens: true },
    }
    const all = ['a', 'b'].map((name) => named(name, spec))
    expect(settingsOfAll(all, authority, namespace)).toMatchObject([
      { valid: true },
      {
        valid: false,
        message: 'spec.k8sSA.legacyTokens: tokens of "k8ssa/k8sSA-default" are those of Provisioner "a" already',
      },
    ])
  })
})

describe('faults', () => {
  it.each<[string, Partial<ProvisionerSpec>, string]>([
    [
      'a template',
      { ...specs.JWK, x509: { template: '{\n  "subject": {{ nope }}}' } },
      'spec.x509.template is not valid: template: template:2:16: function "nope" not defined',
    ],
    [
      'a template of pods',
      { ...specs.K8sSA, x509: { template: '{{ if }}' } },
      'spec.x509.template is not valid: template: template:1:6: missing value for if',
    ],
    [
      'rules about names',
      { ...specs.JWK, x509: { allow: { dns: ['*'] }, deny: { ip: ['300.1.1.1'] } } },
      'spec.x509.allow.dns[0] is not valid: ',
    ],
    ['the roots of X5C', { type: 'X5C', x5c: { roots: 'no PEM' } }, 'spec.x5c.roots is not valid: '],
    [
      'the roots of AWS',
      { type: 'AWS', aws: { ...specs.AWS.aws, iidRoots: 'no PEM' } },
      'spec.aws.iidRoots is not valid: ',
    ],
    [
      'an address',
      { type: 'OIDC', oidc: { ...specs.OIDC.oidc, listenAddress: ':99999' } },
      'spec.oidc.listenAddress is not valid: ',
    ],
    [
      'keys of clusters',
      {
        type: 'K8sSA',
        k8sSA: {
          delegates: [],
          requireSourceAddress: false,
          usesPerPodPerMinute: 1,
          offline: { issuer: 'x', trustDomain: 'y' },
        },
      },
      'spec.k8sSA.offline.issuer must be a URL with https',
    ],
    ['claims', { ...specs.JWK, claims: { minTLSCertDuration: 'soon' } }, 'spec.claims.minTLSCertDuration is not valid'],
    [
      'claims of the Authority',
      { ...specs.JWK, claims: { minTLSCertDuration: '100h' } },
      'spec.claims: MaxCertDuration cannot be less than MinCertDuration',
    ],
  ])('in %s are told by the field', (_, spec, message) => {
    const settings = settingsOf(spec)
    expect(settings.valid ? '' : settings.message).toContain(message)
  })
})

describe('two Provisioners with tokens of one id', () => {
  const day = (date: number) => `2026-01-0${date}T00:00:00Z`
  const told = (...all: ReturnType<typeof named>[]) =>
    settingsOfAll(all, authority, namespace).map((one) => (one.valid ? one.name : `${one.name}: ${one.message}`))

  it.each([
    ['OIDC', 'spec.oidc.clientID: tokens of "signet"'],
    ['Azure', 'spec.azure.tenantID: tokens of "tenant"'],
  ] as const)('of type %s: the older one counts, whatever its name', (type, message) => {
    const [older, newer] = [named('z-older', specs[type], day(1)), named('a-newer', specs[type], day(2))]
    expect(told(newer, older)).toEqual([`a-newer: ${message} are those of Provisioner "z-older" already`, 'z-older'])
  })

  it('are told also where one takes the id of another type', () => {
    const thief = named('thief', { type: 'OIDC', oidc: { ...specs.OIDC.oidc, clientID: 'x5c/corp' } }, day(1))
    const corp = named('corp', specs.X5C, day(2))
    expect(told(thief, corp)).toEqual([
      'corp: metadata.name: tokens of "x5c/corp" are those of Provisioner "thief" already',
      'thief',
    ])
  })
})
