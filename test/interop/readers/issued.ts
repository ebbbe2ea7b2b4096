import { createPublicKey, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto'
import { createKeyIssuer } from '../../../src/adapters/keys/key-issuer.ts'
import { createSnapshot } from '../../../src/authority/config.ts'
import { issueOcspSigner } from '../../../src/authority/ocsp-signer.ts'
import { readProvisioners } from '../../../src/authority/provisioners/index.ts'
import { readJson } from '../../../src/core/json-reader.ts'
import { policyRule } from '../../../src/core/policy/rules.ts'
import { loadTextTemplates } from '../../../src/core/templates/text-templates.ts'
import type { Certificate } from '../../../src/core/x509/certificate.ts'
import {
  authoritySubject,
  createIntermediateCertificate,
  createRootCertificate,
} from '../../../src/core/x509/certificate-authority.ts'
import type { MlDsaAlgorithm } from '../../../src/core/x509/key-algorithm.ts'
import { aConfig, anAuthority, noon, someProvisioners, type TestCa } from '../../builders/authority.ts'
import { aCsr } from '../../builders/csr.ts'
import { anEcKey, keyKinds } from '../../builders/key-kinds.ts'
import { aCloudKey, anAwsToken, anRsaToken, certificateOf, keySetOf } from '../../builders/instance-tokens.ts'
import { aPolicySpec } from '../../builders/policy.ts'
import * as jwk from '../../unit/authority/jwk-harness.ts'
import { aCertificate, aClusterAuthority, kubernetes } from '../../unit/authority/k8s-sa-harness.ts'
import * as oidc from '../../unit/authority/oidc-harness.ts'
import * as x5c from '../../unit/authority/x5c-harness.ts'

/** A certificate, the one that signed it, and the root above both. */
export type Issued = {
  readonly kind: string
  readonly certificate: Certificate
  readonly issuer: Certificate
  readonly root: Certificate
}

const day = 24 * 3_600_000
const context = { requestId: 'r-1' }
const seconds = noon / 1000

/** As `ca init` makes them. */
function authoritiesOf(key: () => KeyObject, pathLengths: 'usual' | 'root issues' = 'usual'): TestCa {
  const [rootKey, issuerKey] = [key(), key()]
  const validity = { notBefore: noon - 10 * day, notAfter: noon + 1000 * day }
  const subject = authoritySubject('Test', 'Root')
  const root = createRootCertificate({ subject, serial: '8000000001', ...validity, privateKey: rootKey })
  if (pathLengths === 'root issues') return { root, issuer: createKeyIssuer([root], rootKey) }
  const intermediate = createIntermediateCertificate({
    subject: authoritySubject('Test', 'Intermediate'),
    serial: '8000000002',
    ...validity,
    spki: createPublicKey(issuerKey).export({ type: 'spki', format: 'der' }),
    issuer: root,
    issuerKey: rootKey,
  })
  return { root, issuer: createKeyIssuer([intermediate], issuerKey) }
}

const ca = authoritiesOf(() => anEcKey('P-256'))
const issuedBy = ({ root, issuer }: TestCa, kind: string, certificate: Certificate): Issued => {
  return { kind, certificate, issuer: issuer.chain[0], root }
}

/** Of every kind of key a CA, and leaves of this kind and the next: every pair has `key-kinds.test.ts`, which asks one reader. */
async function ofKeys(): Promise<Issued[]> {
  const issued: Issued[] = []
  const leafKeys = Object.entries(keyKinds).map(([name, make]) => [name, make()] as const)
  for (const [index, [name, make]] of Object.entries(keyKinds).entries()) {
    const authorities = authoritiesOf(make)
    const { root, issuer } = authorities
    issued.push({ kind: `root ${name}`, certificate: root, issuer: root, root })
    issued.push({ kind: `intermediate ${name}`, certificate: issuer.chain[0], issuer: root, root })
    const { authority } = anAuthority(aConfig({ ca: authorities, provisioners: someProvisioners(jwk.ops) }))
    for (const [leafName, privateKey] of [...leafKeys, ...leafKeys].slice(index, index + 2)) {
      const csr = aCsr({ subject: { commonName: 'web.example.com' }, privateKey })
      const { chain } = await authority.signX509(jwk.request({ csr }), context)
      issued.push(issuedBy(authorities, `leaf ${leafName} by ${name}`, chain[0]))
    }
  }
  return issued
}

const plain = '"subject": {{ toJson .Subject }}, "sans": {{ toJson .SANs }}'
/** Templates of people: what they say beyond the usual leaf. */
const templates: Readonly<Record<string, string>> = {
  'no usages': `{${plain}}`,
  'client alone': `{${plain}, "keyUsage": ["digitalSignature"], "extKeyUsage": ["clientAuth"]}`,
  'code signing': `{${plain}, "keyUsage": ["digitalSignature", "contentCommitment"], "extKeyUsage": ["codeSigning"]}`,
  'e-mail':
    '{"subject": "Jane", "emailAddresses": ["jane@example.com"], "keyUsage": ["digitalSignature"], "extKeyUsage": ["emailProtection"]}',
  'no subject': '{"dnsNames": ["a.example.com"], "keyUsage": ["digitalSignature"], "extKeyUsage": ["serverAuth"]}',
  'names of every plain kind':
    '{"subject": "x", "dnsNames": ["*.a.example.com"], "ipAddresses": ["10.0.0.1", "fd00::1"], "emailAddresses": ["jane@example.com"], "uris": ["https://example.com/x?y=z", "spiffe://example.com/a"], "keyUsage": ["digitalSignature"]}',
  'names of other kinds':
    '{"subject": "x", "sans": [{"type": "dns", "value": "a.example.com"}, {"type": "registeredID", "value": "1.3.6.1.4.1.37476.9000.64.5"}, {"type": "permanentIdentifier", "value": "7"}, {"type": "userPrincipalName", "value": "jane@corp.example.com"}, {"type": "dn", "asn1Value": {"organization": "Z", "commonName": "device"}}, {"type": "1.3.6.1.4.1.37476.9000.64.9", "value": "utf8:x"}], "keyUsage": ["digitalSignature"]}',
  'a whole subject':
    '{"subject": {"country": "DE", "organization": "Acmé", "organizationalUnit": "Ops", "locality": "B", "province": "BE", "streetAddress": "1 Way", "postalCode": "10115", "serialNumber": "7", "commonName": "web, inc."}, "dnsNames": ["a.example.com"], "keyUsage": ["digitalSignature"]}',
  'URLs and policies': `{${plain}, "keyUsage": ["digitalSignature"], "ocspServer": "http://ca.example.com/ocsp", "issuingCertificateURL": "http://ca.example.com/ca.crt", "crlDistributionPoints": ["http://ca.example.com/crl"], "policyIdentifiers": ["1.3.6.1.4.1.37476.9000.64.8"]}`,
  'an extension of its own': `{${plain}, "keyUsage": ["digitalSignature"], "extensions": [{"id": "1.3.6.1.4.1.37476.9000.64.7", "value": "BQA="}]}`,
}

async function ofTemplates(): Promise<Issued[]> {
  const issued: Issued[] = []
  const issue = async (kind: string, template: string, authorities = ca) => {
    const provisioners = someProvisioners({ ...jwk.ops, options: { x509: { template } } })
    const { authority } = anAuthority(aConfig({ ca: authorities, provisioners }))
    const { chain } = await authority.signX509(jwk.request(), context)
    issued.push(issuedBy(authorities, `template: ${kind}`, chain[0]))
  }
  for (const [kind, template] of Object.entries(templates)) await issue(kind, template)
  const authority = '"keyUsage": ["certSign", "crlSign"], "basicConstraints": {"isCA": true, "maxPathLen": 0}'
  const constraints =
    '"nameConstraints": {"critical": true, "permittedDNSDomains": ["example.com"], "excludedIPRanges": ["10.0.0.0/8"]}'
  const top = authoritiesOf(() => anEcKey('P-384'), 'root issues')
  await issue('an intermediate', `{"subject": "Sub CA", ${authority}}`, top)
  await issue('an intermediate with name constraints', `{"subject": "Sub CA", ${authority}, ${constraints}}`, top)
  return issued
}

async function ofProvisioners(): Promise<Issued[]> {
  const issued: Issued[] = []
  const add = (kind: string, { chain }: { readonly chain: readonly [Certificate, ...Certificate[]] }, by = aConfig()) =>
    void issued.push({ kind, certificate: chain[0], issuer: by.issuer.chain[0], root: by.roots[0] as Certificate })
  const csr = aCsr({ sans: ['web.example.com'], subject: { commonName: 'web.example.com' } })

  add('X5C', await x5c.anAuthorityWithCorp().authority.signX509(x5c.request(), context))
  add('OIDC', await oidc.anAuthorityWithPeople().authority.signX509(oidc.request(), context))
  const admins = oidc.anAuthorityWithPeople({ admins: ['jane@example.com'] })
  add('OIDC, an admin', await admins.authority.signX509(oidc.request({ csr }), context))

  const cluster = aClusterAuthority()
  add('K8sSA, a pod', await cluster.sign())
  add('K8sSA, a Certificate', await cluster.signCertificate())
  const top = authoritiesOf(() => anEcKey('P-256'), 'root issues')
  const sub = aClusterAuthority(kubernetes, { ca: top })
  const nameConstraints = { permittedDNSDomains: ['shop.svc'] }
  sub.cluster.policy.rules = [
    policyRule('cas', aPolicySpec({ allow: { commonNames: ['*'], isCA: true, nameConstraints } })),
  ]
  sub.cluster.certificates.set('shop/web', aCertificate({ dnsNames: [], commonName: 'Sub CA', isCA: true }))
  add('K8sSA, a CA of a Certificate', await sub.signCertificate(), aConfig({ ca: top }))

  const amazon = aCloudKey()
  const aws = readJson([{ type: 'AWS', name: 'ec2', iidRoots: 'iid.pem' }], 'provisioners', (node) =>
    readProvisioners(node, () => certificateOf(amazon)),
  )
  const times = { iat: seconds, nbf: seconds, exp: seconds + 300 }
  const ofEc2 = {
    iss: 'ec2.amazonaws.com',
    aud: 'https://ca.example.com/1.0/sign#aws/ec2',
    sub: 'web.example.com',
    jti: 'i',
    ...times,
  }
  const ec2 = anAuthority(aConfig({ provisioners: aws }))
  add(
    'AWS',
    await ec2.authority.signX509({ csr, token: anAwsToken({ claims: ofEc2, key: amazon.privateKey }) }, context),
  )
  return [...issued, ...(await ofClouds(csr))]
}

async function ofClouds(csr: ReturnType<typeof aCsr>): Promise<Issued[]> {
  const key = aCloudKey()
  const times = { iat: seconds - 60, nbf: seconds - 60, exp: seconds + 3600 }
  const issue = async (provisioner: object, documents: Readonly<Record<string, object>>, claims: object) => {
    const test = anAuthority(aConfig({ ca, provisioners: someProvisioners(provisioner) }))
    for (const [url, document] of Object.entries(documents)) test.web.documents.set(url, document)
    const token = anRsaToken({ ...times, ...claims }, key.privateKey, { kid: 'k1' })
    return (await test.authority.signX509({ csr, token }, context)).chain[0]
  }
  const engine = {
    instance_id: '152986662232938449',
    instance_name: 'web-1',
    instance_creation_timestamp: seconds - 1800,
    project_id: 'shop',
    project_number: 739419398126,
    zone: 'us-west1-c',
  }
  const account = { azp: '117', sub: '117', email: 'web@shop.iam.gserviceaccount.com', email_verified: true }
  const gcp = await issue(
    { type: 'GCP', name: 'gce' },
    { 'https://www.googleapis.com/oauth2/v3/certs': keySetOf(key, 'k1') },
    {
      iss: 'https://accounts.google.com',
      aud: 'https://ca.example.com/1.0/sign#gcp/gce',
      ...account,
      google: { compute_engine: engine },
    },
  )
  const tenantID = 'b17c217c-84db-43f0-babd-e06a71083cda'
  const [issuer, login] = [`https://sts.windows.net/${tenantID}/`, `https://login.microsoftonline.com/${tenantID}`]
  const machine = '/subscriptions/sub-1/resourcegroups/backend/providers/Microsoft.Compute/virtualMachines/web-1'
  const azure = await issue(
    { type: 'Azure', name: 'vms', tenantID },
    {
      [`${login}/.well-known/openid-configuration`]: { issuer, jwks_uri: `${login}/keys` },
      [`${login}/keys`]: keySetOf(key, 'k1'),
    },
    {
      aud: 'https://management.azure.com/',
      iss: issuer,
      oid: 'o',
      sub: 'o',
      tid: tenantID,
      ver: '1.0',
      xms_mirid: machine,
    },
  )
  return [issuedBy(ca, 'GCP', gcp), issuedBy(ca, 'Azure', azure)]
}

/** What the authority makes for itself, and what follows a first certificate. */
async function ofOthers(): Promise<Issued[]> {
  const urls = { ocsp: ['http://ca.example.com/ocsp'], issuer: [], crl: ['http://ca.example.com/crl'] }
  const config = aConfig({ ca, urls, provisioners: someProvisioners(jwk.ops) })
  const { authority, clock, store } = anAuthority(config)
  const [first] = (await authority.signX509(jwk.request(), context)).chain
  const renewed = await authority.renewX509([first.der], context)
  const rekeyed = await authority.rekeyX509([first.der], aCsr({ privateKey: anEcKey('P-384') }), context)
  const server = await authority.issueServerCertificate()
  const ports = { clock, store, random: { bytes: (count: number) => Uint8Array.from(randomBytes(count)) } }
  const signer = await issueOcspSigner(createSnapshot(config), ports)
  return [
    issuedBy(ca, 'with URLs', first),
    issuedBy(ca, 'renewed', renewed.chain[0]),
    issuedBy(ca, 'rekeyed', rekeyed.chain[0]),
    issuedBy(ca, 'of the server', server.chain[0]),
    issuedBy(ca, 'OCSP signer', signer.chain[0]),
  ]
}

/** Every kind of certificate that ours issues, by the same path as over the wire, around `noon`. */
export async function everyKind(): Promise<readonly Issued[]> {
  await loadTextTemplates()
  return [...(await ofKeys()), ...(await ofTemplates()), ...(await ofProvisioners()), ...(await ofOthers())]
}

/** Root, intermediate and leaf with ML-DSA keys, of a configuration that turns them on. */
export async function ofMlDsa(algorithm: MlDsaAlgorithm): Promise<readonly Issued[]> {
  const key = (): KeyObject => generateKeyPairSync(algorithm.toLowerCase() as 'ml-dsa-44').privateKey
  const authorities = authoritiesOf(key)
  const { root, issuer } = authorities
  const config = aConfig({ ca: authorities, mlDsa: true, provisioners: someProvisioners(jwk.ops) })
  const csr = aCsr({ subject: { commonName: 'web.example.com' }, privateKey: key() })
  const { chain } = await anAuthority(config).authority.signX509(jwk.request({ csr }), context)
  return [
    { kind: 'root', certificate: root, issuer: root, root },
    { kind: 'intermediate', certificate: issuer.chain[0], issuer: root, root },
    issuedBy(authorities, 'leaf', chain[0]),
  ]
}

/** A revocation list with an entry, and the CA that signed it. */
export async function aRevocationList(): Promise<{ readonly der: Uint8Array; readonly issuer: Certificate }> {
  const crl = { generateOnRevoke: true, cacheDuration: day, renewPeriod: day / 2, idpURL: 'http://ca.example.com/crl' }
  const { authority } = anAuthority(aConfig({ ca, crl, provisioners: someProvisioners(jwk.ops) }))
  const [leaf] = (await authority.signX509(jwk.request(), context)).chain
  const token = jwk.token({ aud: 'https://ca.example.com/1.0/revoke', sub: leaf.serial })
  const credential = { kind: 'token' as const, token }
  await authority.revokeX509({ serial: leaf.serial, reasonCode: 1, reason: '', credential }, context)
  const list = await authority.currentCrl()
  if (list === undefined) throw new Error('there is no list')
  return { der: list.der, issuer: ca.issuer.chain[0] }
}
