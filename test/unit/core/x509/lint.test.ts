import { expect, test } from 'vitest'
import { noNames } from '../../../../src/core/names/names.ts'
import { issuerFactsOf, type CertificateContent } from '../../../../src/core/x509/build.ts'
import {
  basicConstraintsExtension,
  encodedAltNameExtension,
  keyUsageExtension,
  subjectAltNameExtension,
} from '../../../../src/core/x509/extensions.ts'
import { lintCertificateContent } from '../../../../src/core/x509/lint.ts'
import { createName } from '../../../../src/core/x509/name.ts'
import { registeredId } from '../../../../src/core/x509/other-names.ts'
import { emptyName, hex, hour, leafContent, testPki, testTime } from '../../../builders/x509.ts'

const pki = await testPki()
const issuer = issuerFactsOf(pki.intermediate)
const root = issuerFactsOf(pki.root)
const lint = (changes: Partial<CertificateContent>, from = issuer): string[] =>
  lintCertificateContent(leafContent(pki, changes), from)
const authority: Partial<CertificateContent> = {
  basicConstraints: { isCA: true, pathLength: 0 },
  keyUsage: ['certSign'],
  extKeyUsage: [],
}

test('an ordinary leaf has no fault, nor has a common name that is no SAN', () => {
  expect(lint({})).toEqual([])
  expect(lint({ subject: createName({ commonName: 'someone else' }) })).toEqual([])
  expect(lint({ subject: emptyName })).toEqual([])
  expect(lint({ names: noNames })).toEqual([])
  expect(lint({ serial: (2n ** 159n - 1n).toString(), notAfter: issuer.notAfter })).toEqual([])
})

test('a CA below the root has none', () => {
  expect(lint(authority, root)).toEqual([])
  const nameConstraints = { permitted: { ...noNames, dns: ['a'] }, excluded: noNames }
  expect(lint({ ...authority, nameConstraints }, root)).toEqual([])
})

test.each<[fault: string, changes: Partial<CertificateContent>]>([
  ['serial number must be a positive decimal number', { serial: '0' }],
  ['serial number must be a positive decimal number', { serial: '-1' }],
  ['serial number must be a positive decimal number', { serial: '0x10' }],
  ['serial number must be a positive decimal number', { serial: '' }],
  ['serial number has 21 octets, more than 20', { serial: (2n ** 159n).toString() }],
  ['notAfter is not after notBefore', { notAfter: testTime - hour }],
  ['notAfter is not after notBefore', { notAfter: testTime - 2 * hour }],
  ['notBefore and notAfter must be given', { notAfter: Number.NaN }],
  ['certificate would outlive its issuer', { notAfter: issuer.notAfter + 1000 }],
  ['certificate has neither a subject nor a subject alternative name', { subject: emptyName, names: noNames }],
  [
    'subject attribute organizationalUnit has a control character',
    { subject: createName({ organizationalUnit: ['x\u0000y'] }) },
  ],
  ['subject attribute commonName has a control character', { subject: createName({ commonName: 'x\ny' }) }],
  ['subject attribute country is not two letters', { subject: createName({ country: ['Deutschland'] }) }],
  [
    'subject attribute organization is longer than 64 characters',
    { subject: createName({ organization: ['x'.repeat(65)] }) },
  ],
  ['"A.b" is not a valid DNS name', { names: { ...noNames, dns: ['A.b'] } }],
  ['"a b" is not a valid DNS name', { names: { ...noNames, dns: ['a b'] } }],
  ['"10.0.0.1" is not a valid DNS name', { names: { ...noNames, dns: ['10.0.0.1'] } }],
  ['"a.*.b" is not a valid DNS name', { names: { ...noNames, dns: ['a.*.b'] } }],
  ['"2001:DB8::1" is not a valid IP address', { names: { ...noNames, ips: ['2001:DB8::1'] } }],
  ['"no-scheme" is not a valid URI', { names: { ...noNames, uris: ['no-scheme'] } }],
  ['"me" is not a valid e-mail address', { names: { ...noNames, emails: ['me'] } }],
  ['a DNS name is present twice', { names: { ...noNames, dns: ['a', 'a'] } }],
  ['a CA certificate needs the key usage certSign', { basicConstraints: { isCA: true } }],
  ['the key usage certSign is for CA certificates only', { keyUsage: ['certSign'] }],
  ['the key usage certSign is for CA certificates only', { extensions: [keyUsageExtension(['certSign'])] }],
  ['a path length is for CA certificates only', { basicConstraints: { isCA: false, pathLength: 0 } }],
  ['name constraints are for CA certificates only', { nameConstraints: { permitted: noNames, excluded: noNames } }],
  ['issuer has path length 0 and may not sign a CA certificate', authority],
  ['public key: public key info: missing', { spki: hex('') }],
  [
    'extension 1.2.3 is present twice',
    {
      extensions: [
        { oid: '1.2.3', critical: false, value: hex('') },
        { oid: '1.2.3', critical: true, value: hex('') },
      ],
    },
  ],
  ['certificate: key usage: missing', { extensions: [{ oid: '2.5.29.15', critical: false, value: hex('') }] }],
])('%s', (fault, changes) => {
  expect(lint(changes)).toContain(fault)
})

test('an extension given as octets cannot smuggle a CA in', () => {
  const extensions = [basicConstraintsExtension({ isCA: true }), keyUsageExtension(['certSign'])]
  expect(lint({ extensions })).toEqual(['issuer has path length 0 and may not sign a CA certificate'])
  expect(lint({ extensions }, root)).toEqual(["path length must be less than the issuer's 1"])
})

test('the issuer must be a CA that signs certificates', () => {
  expect(lint({}, { ...issuer, isCA: false })).toEqual(['issuer is not a certificate authority'])
  expect(lint({}, { ...issuer, keyUsage: ['crlSign'] })).toEqual(['issuer may not sign certificates'])
  expect(lint({}, { ...issuer, notAfter: testTime - 2 * hour })).toEqual([
    'certificate would outlive its issuer',
    'certificate would begin after its issuer has expired',
  ])
})

test('the issuer’s name constraints hold, also for names given as octets', () => {
  const nameConstraints = { permitted: { ...noNames, dns: ['example.org'] }, excluded: noNames, hasOtherKinds: false }
  const fault = 'DNS name "a.example.com" is not permitted by any constraint'
  expect(lint({}, { ...issuer, nameConstraints })).toEqual([fault])
  const extensions = [subjectAltNameExtension({ ...noNames, dns: ['a.example.com'] }, false)]
  expect(lint({ names: noNames, extensions }, { ...issuer, nameConstraints })).toEqual([fault])
  expect(lint({}, { ...issuer, nameConstraints: { ...nameConstraints, hasOtherKinds: true } })).toEqual([
    'issuer constrains names of a kind that is not supported',
  ])
})

test('names of kinds that cannot be compared with the issuer’s constraints are not certified under them', () => {
  const nameConstraints = { permitted: noNames, excluded: { ...noNames, dns: ['a.test'] }, hasOtherKinds: false }
  const extensions = [encodedAltNameExtension([registeredId('1.2.3')], false)]
  expect(lint({ extensions })).toEqual([])
  expect(lint({ extensions }, { ...issuer, nameConstraints })).toEqual([
    'issuer constrains names, and a name is of a kind that cannot be compared',
  ])
})

test('who takes the issuer’s name is held to its path length and end all the same', () => {
  const { subject } = root
  expect(lint({ ...authority, subject, basicConstraints: { isCA: true, pathLength: 1 } }, root)).toEqual([
    'a CA certificate may not have the name of its issuer',
    "path length must be less than the issuer's 1",
  ])
  expect(lint({ subject, notAfter: root.notAfter + 1000 }, root)).toEqual(['certificate would outlive its issuer'])
  const { spki } = root
  expect(lint({ ...authority, subject, spki, basicConstraints: { isCA: true, pathLength: 1 } }, root)).toEqual([])
})

test('several faults are told together', () => {
  expect(lint({ serial: '0', notAfter: issuer.notAfter + 1000, keyUsage: ['certSign'] })).toHaveLength(3)
})
