import { createPublicKey } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { toCaJson, toLinked } from '../../../src/authority/admin/convert.ts'
import { firstState } from '../../../src/authority/admin/first-state.ts'
import { provisionerMessage } from '../../../src/authority/admin/messages.ts'
import { changesBetween, emptyState, stateOf, type AdminState } from '../../../src/authority/admin/state.ts'
import { readProvisioner } from '../../../src/authority/provisioners/index.ts'
import { builtInClaims, resolveClaims } from '../../../src/core/claims.ts'
import { SignetError } from '../../../src/core/errors.ts'
import { readJson } from '../../../src/core/json-reader.ts'
import { loadTextTemplates } from '../../../src/core/templates/text-templates.ts'
import { pemOf } from '../../builders/ca-material.ts'
import { aProvisionerKey } from '../../builders/tokens.ts'
import { root } from '../../interop/support/credentials.ts'

await loadTextTemplates()

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const roots = base64(pemOf(root))
const files: Readonly<Record<string, string>> = {
  '/leaf.tpl': '{"subject": {}}',
  '/secret': base64('a key'),
  '/aws.pem': pemOf(root),
}
const readFile = (path: string): string => {
  const text = files[path]
  if (text === undefined) throw new SignetError('malformed', `cannot read ${path}`)
  return text
}
const claims = { minTLSCertDuration: '10m', maxTLSCertDuration: '48h', enableSSHCA: true, disableRenewal: true }
const rules = { allow: { dns: ['*.example.com'], cn: ['a'] }, deny: { ip: ['10.0.0.0/8'] }, allowWildcardNames: true }
const template = { template: '{"subject": {}}', templateData: { a: [1] } }

/** One of each kind, with all that it can have, in cases of its own. */
const provisioners = [
  {
    type: 'jwk',
    NAME: 'ops',
    key: aProvisionerKey().jwk,
    encryptedKey: 'e.n.c.r.y',
    claims,
    options: { x509: template },
  },
  { type: 'JWK', name: 'file', key: aProvisionerKey('kid-2').jwk, options: { X509: { templateFile: '/leaf.tpl' } } },
  {
    type: 'OIDC',
    name: 'login',
    clientid: 'id',
    clientSecret: 'secret',
    configurationEndpoint: 'https://login.example.com/.well-known/openid-configuration',
    tenantID: 'tenant',
    admins: ['a@example.com'],
    domains: ['example.com'],
    groups: ['g'],
    listenAddress: '127.0.0.1:10000',
    scopes: ['email'],
    authParams: ['a=b'],
    signet: { requireVerifiedEmail: true },
  },
  { type: 'X5C', name: 'corp', roots, claims: { allowRenewalAfterExpiry: true }, options: { x509: rules } },
  {
    type: 'AWS',
    name: 'ec2',
    accounts: ['123456789012'],
    disableCustomSANs: true,
    disableTrustOnFirstUse: true,
    instanceAge: '1h',
    imdsVersions: ['v2'],
    signet: { iidRoots: pemOf(root) },
  },
  {
    type: 'GCP',
    name: 'gce',
    serviceAccounts: ['a'],
    projectIDs: ['p'],
    disableCustomSANs: true,
    disableSSHCAUser: false,
    instanceAge: '1h0m0s',
  },
  {
    type: 'Azure',
    name: 'azure',
    tenantID: 't2',
    resourceGroups: ['g'],
    subscriptionIDs: ['s'],
    objectIDs: ['o'],
    audience: 'a',
  },
  {
    type: 'ACME',
    name: 'acme',
    forceCN: true,
    requireEAB: true,
    challenges: ['http-01', 'device-attest-01'],
    attestationFormats: ['apple', 'tpm'],
    attestationRoots: roots,
    termsOfService: 'https://a.test/tos',
    website: 'https://a.test',
    caaIdentities: ['a.test'],
  },
  {
    type: 'K8sSA',
    name: 'pods',
    publicKeys: base64(
      createPublicKey({
        key: aProvisionerKey().privateKey.export({ type: 'pkcs8', format: 'pem' }),
        format: 'pem',
      }).export({ type: 'spki', format: 'pem' }) as string,
    ),
    signet: { legacyTokens: true },
  },
  { type: 'SSHPOP', name: 'pop', claims: { enableSSHCA: false } },
  {
    type: 'SCEP',
    name: 'scep',
    challenge: 'secret',
    capabilities: ['AES'],
    includeRoot: true,
    minimumPublicKeyLength: 3072,
    decrypterKey: 'file:/key',
    decrypterKeyPEM: base64('pem'),
    decrypterKeyPassword: 'pass',
    encryptionAlgorithmIdentifier: 2,
  },
  { type: 'Nebula', name: 'nebula', roots: base64(pemOf(root)) },
  {
    type: 'JWK',
    name: 'hooked',
    key: aProvisionerKey('kid-3').jwk,
    options: {
      webhooks: [
        {
          id: 'i',
          name: 'one',
          url: 'https://a.test/1',
          kind: 'enriching',
          certType: 'ALL',
          signet: { secretFile: '/secret' },
        },
        {
          name: 'two',
          url: 'https://a.test/2',
          kind: 'AUTHORIZING',
          certType: 'SSH',
          disableTLSClientAuth: true,
          signet: { basicAuth: { username: 'u', password: 'p' } },
        },
      ],
    },
  },
]

const read = (value: unknown) =>
  readJson(value, '', (node) => {
    const provisioner = readProvisioner(node, readFile)
    if (provisioner === undefined) throw new Error('not read')
    return { node, provisioner }
  })

describe('a provisioner of ca.json as a message of step, and back', () => {
  it.each(provisioners.map((value) => [value.name ?? value.NAME, value] as const))('is the same: %s', (_, value) => {
    const { node, provisioner } = read(value)
    const converted = toLinked(node, provisioner, builtInClaims, readFile)
    const canonical = readJson(converted.linked, '', provisionerMessage)
    expect(canonical).toBeDefined()
    const { provisioner: again } = read(toCaJson({ linked: canonical ?? {}, beside: converted.beside }))
    const { claims: own, options, json, ...rest } = provisioner
    // Functions are of each reading, and how claims and options are listed is step-ca's in both manners.
    const plain = (part: object): unknown => JSON.parse(JSON.stringify(part)) as unknown
    const apart = { json: {}, claims: {}, options: {}, lastMembers: {} }
    expect(plain({ ...again, ...apart })).toEqual(plain({ ...rest, ...apart }))
    expect(plain(again.options)).toEqual(plain(options))
    expect(resolveClaims(builtInClaims, again.claims)).toEqual(resolveClaims(builtInClaims, own))
    expect(again.claims.enableSSHCA).toBe(own.enableSSHCA)
    const ownPart = (fields: object) => plain({ ...fields, claims: undefined, options: undefined })
    expect(ownPart(again.json)).toEqual(ownPart(json))
  })

  it('keeps what is Signet’s own: without it, others would be believed', () => {
    const own = provisioners.filter((value) => value.signet !== undefined)
    expect(own.map(({ type }) => type)).toEqual(['OIDC', 'AWS', 'K8sSA'])
    for (const value of own) {
      const { node, provisioner } = read(value)
      const { beside, linked } = toLinked(node, provisioner, builtInClaims, readFile)
      expect(toCaJson({ linked, beside })).toMatchObject({ signet: value.signet })
    }
  })

  it('has what is in files in place of their names, and so needs none of them', () => {
    const { signet, ...rest } = provisioners.find(({ type }) => type === 'AWS') ?? {}
    for (const own of [{}, { signet: {} }]) {
      const { node, provisioner } = read({ ...rest, ...own, iidroots: '/aws.pem' })
      const json = toCaJson(toLinked(node, provisioner, builtInClaims, readFile))
      expect([json['iidRoots'], json['signet']]).toEqual([undefined, signet])
    }
    const { node, provisioner } = read({ ...rest, iidRoots: '/gone.pem', signet })
    expect(() => toLinked(node, provisioner, builtInClaims, readFile)).toThrow('cannot read /gone.pem')
  })

  it('has no data for templates that is nested more deeply than it can be walked', () => {
    const convert = (depth: number) => {
      const data = base64(`{"deep": ${'['.repeat(depth)}${']'.repeat(depth)}}`)
      const x509Template = { template: base64('{}'), data }
      return toCaJson({ linked: { type: 'JWK', name: 'ops', details: { JWK: {} }, x509Template }, beside: {} })
    }
    expect(() => convert(5000)).toThrow(
      new SignetError('malformed', 'template data is not valid JSON', { reason: 'BadRequest' }),
    )
    expect(convert(400)).toMatchObject({ options: { x509: { templateData: { deep: expect.any(Array) } } } })
  })

  it('keeps what it would inherit otherwise', () => {
    const { node, provisioner } = read({ ...provisioners[0], claims: { maxTLSCertDuration: '2h' } })
    const inherited = { ...builtInClaims, disableRenewal: true }
    const { linked } = toLinked(node, provisioner, inherited, readFile)
    expect(linked.claims).toEqual({ x509: { enabled: true, durations: { max: '2h0m0s' } }, disableRenewal: true })
  })
})

describe('the first state', () => {
  let count = 0
  const options = {
    provisioners,
    claims: builtInClaims,
    readFile,
    now: Date.UTC(2026, 0, 1),
    newId: () => `id-${(count += 1)}`,
    makeKey: () => Promise.resolve({ key: aProvisionerKey('made').jwk, encryptedKey: 'm.a.d.e.e' }),
  }

  it('has all provisioners, and the super admin step of the first JWK', async () => {
    const state = await firstState({ ...options, provisioners: provisioners.toReversed() })
    expect(state.provisioners.map(({ linked }) => linked.name)).toEqual(
      provisioners.map(({ name, NAME }) => name ?? NAME).toReversed(),
    )
    const [hooked] = state.provisioners
    expect(state.admins).toMatchObject([{ subject: 'step', type: 'SUPER_ADMIN', provisionerId: hooked?.id }])
    expect(hooked?.recordId).toBe('hooked:kid-3')
  })

  it('makes a provisioner where there is none for the admin', async () => {
    for (const given of [undefined, [], [{ type: 'ACME', name: 'acme' }]]) {
      const { provisioners: made, admins } = await firstState({ ...options, provisioners: given })
      const last = made.at(-1)
      expect(last?.linked).toMatchObject({
        type: 'JWK',
        name: 'Admin JWK',
        claims: { x509: { enabled: true, durations: { default: '5m0s' } } },
      })
      expect(admins.map(({ provisionerId }) => provisionerId)).toEqual([last?.id])
    }
  })

  it('is refused with all faults of ca.json', async () => {
    const faulty = [
      { type: 'JWK', name: 'a' },
      { type: 'colour', name: 'b' },
    ]
    await expect(firstState({ ...options, provisioners: faulty })).rejects.toThrow(
      /^authority\.provisioners\[0\]\.key is missing; .*authority\.provisioners\[1\]\.type is not supported/,
    )
  })

  it('is what its documents say, and changes are those of documents', async () => {
    const state = await firstState(options)
    const changes = changesBetween(emptyState, state)
    const documents = changes.flatMap(({ kind, id, json }) => (json === undefined ? [] : [{ kind, id, json }]))
    expect(stateOf(documents)).toEqual(state)
    const [first, ...others] = state.provisioners
    const next: AdminState = { ...state, provisioners: others, policy: { x509: {} } }
    expect(changesBetween(state, next)).toEqual([
      { kind: 'provisioner', id: first?.id, json: undefined },
      { kind: 'policy', id: 'authority', json: '{"x509":{}}' },
    ])
    expect(changesBetween(next, next)).toEqual([])
  })

  it('is compared in no time with all the keys that it may have', () => {
    const aKey = (at: number) => ({ id: `k-${at}`, provisionerId: 'p', reference: '', hmacKey: '', createdAt: at })
    const keys = Array.from({ length: 10_000 }, (_, at) => aKey(at))
    const before = { ...emptyState, externalAccountKeys: keys }
    const started = process.cpuUsage()
    const changes = changesBetween(before, { ...emptyState, externalAccountKeys: [...keys.slice(1), aKey(-1)] })
    // Each searched for among all others, they took ten.
    expect(process.cpuUsage(started).user / 1e6).toBeLessThan(0.5)
    expect(changes.map(({ kind, id, json }) => [kind, id, json !== undefined])).toEqual([
      ['externalAccountKey', 'k-0', false],
      ['externalAccountKey', 'k--1', true],
    ])
  })
})
