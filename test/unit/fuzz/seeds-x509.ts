import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { Names } from '../../../src/core/names/names.ts'
import { noNames } from '../../../src/core/names/names.ts'
import type { CertificateContent } from '../../../src/core/x509/build.ts'
import { createCertificateRequest } from '../../../src/core/x509/csr.ts'
import { createName, type SubjectFields } from '../../../src/core/x509/name.ts'
import { encodeProvisionerExtension } from '../../../src/core/x509/provisioner-extension.ts'
import { urlExtensions } from '../../../src/core/x509/published-urls.ts'
import { anOcspRequest } from '../../builders/ocsp-request.ts'
import { spkiOf, testLeaf, testPki } from '../../builders/x509.ts'

/** Valid octets of every kind, made in many shapes. */

const ec = (namedCurve: string): KeyObject => generateKeyPairSync('ec', { namedCurve }).privateKey
const privateKeys: readonly KeyObject[] = [
  ...Array.from({ length: 40 }, () => ec('P-256')),
  ...Array.from({ length: 4 }, () => ec('P-384')),
  ...Array.from({ length: 4 }, () => ec('P-521')),
  ...Array.from({ length: 4 }, () => generateKeyPairSync('ed25519').privateKey),
  generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
  generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 }).privateKey,
]
const publicOf = (key: KeyObject): Uint8Array => spkiOf(createPublicKey(key))
const keyAt = (index: number): KeyObject => privateKeys[(index * 13) % privateKeys.length] as KeyObject

const nameSets: readonly Names[] = [
  noNames,
  { ...noNames, dns: ['a.example.com'] },
  { ...noNames, dns: ['a.example.com', '*.b.example.com', 'xn--bcher-kva.de', 'localhost'] },
  { ...noNames, ips: ['10.0.0.1', '2001:db8::1'] },
  { ...noNames, emails: ['me@example.com', 'a.b+c@d.e'] },
  { ...noNames, uris: ['spiffe://cluster.local/ns/a/sa/b', 'https://u@h:1/x?y#z'] },
  { dns: ['a.b'], ips: ['192.0.2.7'], emails: ['x@y.z'], uris: ['urn:a:b'] },
  { ...noNames, dns: Array.from({ length: 40 }, (_, index) => `n${index}.example.com`) },
]
const subjects: readonly SubjectFields[] = [
  { commonName: 'a.example.com' },
  { commonName: 'a', organization: ['Söhne', 'Töchter'], country: ['DE'] },
  { commonName: 'a', extraNames: [{ type: '1.2.3', value: 'x' }] },
]

const times = <A, B, C>(left: readonly A[], right: readonly B[], make: (a: A, b: B, index: number) => C): C[] =>
  left.flatMap((a, row) => right.map((b, column) => make(a, b, row * right.length + column)))

const constraints = {
  permitted: { dns: ['a.b', '.c.d'], ips: ['10.0.0.0/8', '2001:db8::/32'], emails: ['e.f'], uris: ['.g.h'] },
  excluded: { dns: ['x.y'], ips: ['::/3'], emails: ['z@e.f'], uris: ['i.j'] },
}
const wishes = [
  {},
  { usages: { keyUsage: ['digitalSignature', 'decipherOnly'] as const, extKeyUsage: ['serverAuth', '1.2.3'] } },
  { basicConstraints: { isCA: true, pathLength: 3 } },
]

export const requests: readonly Uint8Array[] = times(
  times(nameSets, subjects, (names, subject) => ({ names, subject: createName(subject) })),
  wishes,
  (wanted, more, index) => createCertificateRequest({ ...wanted, ...more, privateKey: keyAt(index) }),
)

export const pki = await testPki('EC-P256', { nameConstraints: constraints })
const provisioner = encodeProvisionerExtension({ type: 8, name: 'k', credentialId: 'c', keyValuePairs: ['a', 'ü'] })
const urls = urlExtensions({ ocsp: ['http://a.b/ocsp'], issuer: ['http://a.b/ca'], crl: ['http://a.b/crl'] })
const leaves: readonly Partial<CertificateContent>[] = [
  {},
  { extensions: [provisioner] },
  { extensions: urls, keyUsage: ['certSign', 'crlSign'], basicConstraints: { isCA: true, pathLength: 0 } },
]

export const certificates: readonly Uint8Array[] = [
  ...times(nameSets, leaves, (names, content, index) => {
    const spki = publicOf(keyAt(index))
    return testLeaf(pki, { names, subject: createName(subjects[index % 3] ?? {}), spki, ...content }).der
  }),
  ...Array.from(
    { length: 30 },
    (_, index) => testLeaf(pki, { serial: String(2n ** BigInt(index * 5)), spki: publicOf(keyAt(index)) }).der,
  ),
  pki.intermediate.der,
  pki.root.der,
]

export const publicKeys: readonly Uint8Array[] = privateKeys.map(publicOf)

const nonces = [undefined, ...[1, 16, 32, 128].map((length) => new Uint8Array(length).fill(length))]
const serialLists = ['0', '5', '255', '65536', String(2n ** 159n)].map((serial) => [serial])
serialLists.push(
  ['1', '2', '3'],
  Array.from({ length: 16 }, (_, index) => String(index)),
)

export const ocspRequests: readonly Uint8Array[] = times(nonces, serialLists, (nonce, serials, index) =>
  (['sha1', 'sha256'] as const).map((hash) =>
    anOcspRequest({ issuer: index % 2 === 0 ? pki.intermediate : pki.root, serials, hash, ...(nonce && { nonce }) }),
  ),
).flat()
