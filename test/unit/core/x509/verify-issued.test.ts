import { describe, expect, test } from 'vitest'
import { noNames } from '../../../../src/core/names/names.ts'
import { issuerFactsOf, type CertificateContent } from '../../../../src/core/x509/build.ts'
import { createName } from '../../../../src/core/x509/name.ts'
import { encodeProvisionerExtension } from '../../../../src/core/x509/provisioner-extension.ts'
import { checkIssuedCertificate, checkIssuedContents } from '../../../../src/core/x509/verify-issued.ts'
import { hex, hour, leafContent, signedBy, testPki, testTime } from '../../../builders/x509.ts'

const pki = await testPki()
const other = await testPki()
const issuer = issuerFactsOf(pki.intermediate)
const extension = encodeProvisionerExtension({ type: 1, name: 'me', credentialId: '', keyValuePairs: [] })
const nameConstraints = { permitted: { ...noNames, dns: ['a'] }, excluded: noNames }
const prepared = leafContent(pki, { extensions: [extension] })

const sign = (changes: Partial<CertificateContent>) =>
  signedBy(pki.intermediate, pki.intermediateKey, { ...prepared, ...changes }).der
const differs = (fields: string) =>
  expect.objectContaining({ code: 'internal', message: `issued certificate differs from what was prepared: ${fields}` })

test('gives the certificate that is what was prepared', () => {
  const issued = checkIssuedCertificate(sign({}), prepared, issuer)
  expect(issued.serial).toBe('3')
  const authority: CertificateContent = {
    ...prepared,
    keyUsage: ['crlSign', 'certSign'],
    extKeyUsage: ['1.3.6.1.5.5.7.3.1', '1.2.3', 'clientAuth'],
    basicConstraints: { isCA: true, pathLength: 0 },
    nameConstraints,
    notBefore: testTime + 1,
    notAfter: testTime + hour + 999,
  }
  expect(checkIssuedCertificate(sign(authority), authority, issuer).isCA).toBe(true)
})

test('compares an extension that is given as octets with them', () => {
  const given = { oid: '2.5.29.15', critical: false, value: hex('030205a0') }
  const content = { ...prepared, extensions: [given, extension] }
  expect(checkIssuedCertificate(sign(content), content, issuer).keyUsage).toHaveLength(2)
  const critical = { ...content, extensions: [{ ...given, critical: true }, extension] }
  expect(() => checkIssuedCertificate(sign(critical), content, issuer)).toThrow(differs('extensions'))
})

describe('finds', () => {
  test.each<[fields: string, changes: Partial<CertificateContent>]>([
    ['serial number', { serial: '4' }],
    ['subject', { subject: createName({ commonName: 'b' }) }],
    ['notBefore', { notBefore: prepared.notBefore + 1000 }],
    ['notAfter', { notAfter: prepared.notAfter + 1000 }],
    ['public key, subject key id', { spki: other.intermediate.spki }],
    ['names', { names: { ...noNames, dns: ['a.example.com', 'b'] } }],
    ['names', { names: noNames }],
    ['names', { names: { ...noNames, uris: ['a.example.com'] } }],
    ['key usage', { keyUsage: ['digitalSignature', 'keyEncipherment'] }],
    ['key usage', { keyUsage: [] }],
    ['extended key usage', { extKeyUsage: ['serverAuth'] }],
    ['basic constraints', { basicConstraints: { isCA: true } }],
    ['name constraints', { nameConstraints }],
    ['extensions', { extensions: [] }],
    ['extensions', { extensions: [extension, { oid: '1.2.3', critical: false, value: hex('') }] }],
    ['extensions', { extensions: [{ ...extension, value: hex('0500') }] }],
    ['serial number, notAfter', { serial: '4', notAfter: prepared.notAfter + 1000 }],
  ])('another %s', (fields, changes) => {
    expect(() => checkIssuedCertificate(sign(changes), prepared, issuer)).toThrow(differs(fields))
    expect(() => checkIssuedContents(sign(changes), prepared, issuer)).toThrow(differs(fields))
  })

  test('a certificate of another key with the same name', () => {
    const forged = signedBy(other.intermediate, other.intermediateKey, prepared).der
    expect(() => checkIssuedCertificate(forged, prepared, issuer)).toThrow(differs('authority key id, signature'))
    expect(() => checkIssuedContents(forged, prepared, issuer)).toThrow(differs('authority key id'))
  })

  test('another issuer', () => {
    const fromRoot = signedBy(pki.root, pki.rootKey, prepared).der
    expect(() => checkIssuedCertificate(fromRoot, prepared, issuer)).toThrow(
      differs('issuer, authority key id, signature'),
    )
  })

  test('another algorithm than the issuer’s', () => {
    const facts = { ...issuer, signatureAlgorithm: 'ECDSA-SHA384' }
    expect(() => checkIssuedCertificate(sign({}), prepared, facts)).toThrow(differs('signature algorithm'))
  })

  test('damage', () => {
    expect(() => checkIssuedCertificate(sign({}).slice(1), prepared, issuer)).toThrow(
      expect.objectContaining({ code: 'malformed' }),
    )
  })
})
