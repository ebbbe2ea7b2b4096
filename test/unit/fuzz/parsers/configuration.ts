import { parseCaConfig } from '../../../../src/config/ca-config.ts'
import { parseJsonText } from '../../../../src/config/json-text.ts'
import { SignetError } from '../../../../src/core/errors.ts'
import { encodePem } from '../../../../src/core/pem.ts'
import { loadTextTemplates } from '../../../../src/core/templates/text-templates.ts'
import { aProvisionerKey } from '../../../builders/tokens.ts'
import { fuzzed, type FuzzedParser } from '../fuzz.ts'
import { jsonGrammar } from '../grammars/json.ts'
import { pki } from '../seeds-x509.ts'

/** ca.json, with every section and every kind of provisioner. */

await loadTextTemplates()

const pem = encodePem('CERTIFICATE', pki.root.der)
const base64 = Buffer.from(pem).toString('base64')
const claims = {
  minTLSCertDuration: '1m',
  maxTLSCertDuration: '48h',
  defaultTLSCertDuration: '12h',
  disableRenewal: true,
}
const rules = { dns: ['*.example.com'], ip: ['10.0.0.0/8'], email: ['@a.b'], uri: ['c.d'], cn: ['x'] }
const template = '{"subject": {{ toJson .Subject }}, "sans": {{ toJson .SANs }}}'
const options = {
  x509: { allow: rules, deny: { dns: ['no.example.com'] }, template, templateData: { a: [1] } },
  ssh: {},
}

const provisioners: readonly object[] = [
  { type: 'JWK', name: 'jwk', key: aProvisionerKey().jwk, encryptedKey: 'e.n.c.r.y' },
  { type: 'JWK', name: 'jwk2', key: aProvisionerKey('k2').jwk, claims, options },
  { type: 'OIDC', name: 'oidc', clientID: 'c', configurationEndpoint: 'https://p.test', admins: ['a@b.c'] },
  {
    type: 'oidc',
    name: 'o2',
    ClientId: 'd',
    clientSecret: 's',
    configurationEndpoint: 'https://p.test/x',
    domains: ['b.c'],
    groups: ['g'],
    listenAddress: ':1',
    tenantID: 't',
    scopes: ['email'],
  },
  { type: 'X5C', name: 'x5c', roots: base64 },
  { type: 'X5C', name: 'x2', roots: base64, claims, options: { x509: { templateFile: '/t' } } },
  { type: 'K8sSA', name: 'k8s', signet: { tokenReview: true, usesPerPodPerMinute: 5 } },
  { type: 'AWS', name: 'aws', accounts: ['1'], instanceAge: '1h', imdsVersions: ['v1'], iidRoots: '/roots' },
  { type: 'AWS', name: 'aws2', disableCustomSANs: true, disableTrustOnFirstUse: true },
  { type: 'GCP', name: 'gcp', serviceAccounts: ['a'], projectIDs: ['p'], instanceAge: '1h', disableCustomSANs: true },
  {
    type: 'Azure',
    name: 'az',
    tenantID: 't',
    resourceGroups: ['g'],
    subscriptionIDs: ['s'],
    objectIDs: ['o'],
    audience: 'a',
  },
  {
    type: 'ACME',
    name: 'acme',
    challenges: ['http-01'],
    attestationFormats: ['apple'],
    attestationRoots: base64,
    requireEAB: true,
  },
  {
    type: 'SCEP',
    name: 'scep',
    challenge: 'x',
    minimumPublicKeyLength: 2048,
    decrypterCertificate: base64,
    capabilities: ['AES'],
  },
  { type: 'SSHPOP', name: 'sshpop', claims },
  { type: 'Nebula', name: 'nebula', roots: base64 },
]

const usual = {
  root: '/ca/root.crt',
  crt: '/ca/int.crt',
  key: '/ca/int.key',
  address: ':9000',
  dnsNames: ['ca.test', 'localhost'],
  db: { type: 'badgerv2', dataSource: '/ca/db' },
  logger: { format: 'text' },
  authority: { provisioners: provisioners.slice(0, 1) },
}
const authorityWith = (more: object): object => ({ authority: { ...usual.authority, ...more } })

const sections: readonly object[] = [
  { root: ['/a', '/b'], federatedRoots: ['/c'] },
  { insecureAddress: ':80', metricsAddress: '127.0.0.1:9100', password: 'secret', commonName: 'CA' },
  { dnsNames: ['a.b', '10.0.0.1', '::1', 'bücher.de'] },
  { db: { type: 'sqlite', dataSource: '/x' } },
  { db: { type: 'bbolt', dataSource: '/x', valueDir: '/y', badgerFileLoadingMode: 'fileIO' } },
  {
    tls: {
      cipherSuites: ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'],
      minVersion: 1.2,
      maxVersion: 1.3,
      renegotiation: false,
    },
  },
  {
    crl: { enabled: true, generateOnRevoke: true, cacheDuration: '24h', renewPeriod: '16h', idpURL: 'http://a.b/crl' },
  },
  {
    signet: {
      generation: 'g',
      ocsp: { enabled: true, validity: '5m' },
      urls: { ocsp: ['http://a.b'], crl: ['http://a.b'] },
    },
  },
  {
    signet: {
      kubernetes: { trustDomain: 'example.org', clusterDomain: 'cluster.local', namespace: 'n' },
      storage: { synchronous: 'off' },
    },
  },
  authorityWith({ claims, backdate: '2m', disableIssuedAtCheck: true }),
  authorityWith({ policy: { x509: { allow: rules, deny: rules, allowWildcardNames: true } } }),
  authorityWith({ template: { organization: 'o', country: 'DE' } }),
  { ssh: { hostKey: '/h', userKey: '/u' }, templates: { ssh: {} }, monitoring: { type: 'x' }, unknown: 1 },
  { kms: { type: 'softkms' }, logger: { format: 'json', traceHeader: 'X' } },
]
/** Each section with each kind of provisioner in turn, and all provisioners at once. */
const seeds = [
  ...provisioners.map((provisioner) => authorityWith({ provisioners: [provisioner] })),
  ...sections,
  ...sections.flatMap((section, index) =>
    [1, 3].map((step) => ({ ...section, ...sections[(index + step) % sections.length] })),
  ),
  authorityWith({ provisioners }),
].map((changes) => JSON.stringify({ ...usual, ...changes }))

const files: ReadonlyMap<string, string> = new Map([
  ['/t', template],
  ['/roots', pem],
])

function readConfig(text: string): unknown {
  return parseCaConfig(parseJsonText(text, 'ca.json'), (path) => {
    const file = files.get(path)
    if (file === undefined) throw new SignetError('malformed', `cannot read ${path}`)
    return file
  })
}

export const configurationParsers: readonly FuzzedParser[] = [
  fuzzed({
    title: 'ca.json',
    grammar: jsonGrammar(
      [...provisioners, claims, rules, options, template, base64, '/t', '1h', '-1h', '99999h', 'https://a b', '2 '],
      ['{{', '}}', '://', '/t', '1h', 'JWK', 'x5c'],
    ),
    seeds: [...new Set(seeds)],
    parse: readConfig,
    refusals: ['malformed'],
  }),
]
