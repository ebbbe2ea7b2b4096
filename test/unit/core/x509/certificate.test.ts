import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import * as der from '../../../../src/core/der/writer.ts'
import { noNames } from '../../../../src/core/names/names.ts'
import { encodePem } from '../../../../src/core/pem.ts'
import { assembleCertificate, buildTbsCertificate, issuerFactsOf } from '../../../../src/core/x509/build.ts'
import { certificatesToPem, parseCertificate, parseCertificates } from '../../../../src/core/x509/certificate.ts'
import { createName, parseName } from '../../../../src/core/x509/name.ts'
import { encodeProvisionerExtension } from '../../../../src/core/x509/provisioner-extension.ts'
import { signatureAlgorithmDer } from '../../../../src/core/x509/signature.ts'
import { provisionerOf } from '../../../builders/provisioner-extension.ts'
import { emptyName, hex, hour, leafContent, spkiOf, testLeaf, testPki, testTime } from '../../../builders/x509.ts'

const malformed = (message: string) => expect.objectContaining({ code: 'malformed', message })
const pki = await testPki()

test('says what it was made of', () => {
  const names = {
    dns: ['a.example.com'],
    ips: ['10.0.0.1', '2001:db8::1'],
    emails: ['me@example.com'],
    uris: ['spiffe://cluster.local/ns/a/sa/b'],
  }
  const provisioner = { type: 1, name: 'me', credentialId: 'kid', keyValuePairs: [] }
  const serial = (2n ** 128n - 1n).toString()
  const leaf = testLeaf(pki, { names, serial, extensions: [encodeProvisionerExtension(provisioner)] })
  expect(leaf).toMatchObject({
    serial,
    names,
    otherNames: [],
    subject: createName({ commonName: 'a.example.com' }),
    issuer: pki.intermediate.subject,
    notBefore: testTime - hour,
    notAfter: testTime + 23 * hour,
    spki: spkiOf(pki.leafKeys.publicKey),
    keyUsage: ['digitalSignature'],
    extKeyUsage: ['serverAuth', 'clientAuth'],
    isCA: false,
    pathLength: undefined,
    nameConstraints: undefined,
    authorityKeyId: pki.intermediate.subjectKeyId,
    unknownCritical: [],
    signatureAlgorithm: 'ECDSA-SHA256',
    fingerprint: createHash('sha256').update(leaf.der).digest('hex'),
  })
  expect(provisionerOf(leaf.extensions)).toEqual(provisioner)
  expect(leaf.publicKey().equals(pki.leafKeys.publicKey)).toBe(true)
})

test('writes extensions in the order of Go, and nothing that was not asked for', () => {
  const oids = testLeaf(pki, { extensions: [{ oid: '1.2.3', critical: true, value: hex('0500') }] }).extensions
  expect(oids.map(({ oid, critical }) => [oid, critical])).toEqual([
    ['2.5.29.15', true],
    ['2.5.29.37', false],
    ['2.5.29.14', false],
    ['2.5.29.35', false],
    ['2.5.29.17', false],
    ['1.2.3', true],
  ])
  const bare = testLeaf(pki, { keyUsage: [], extKeyUsage: [], names: noNames })
  expect(bare.extensions.map(({ oid }) => oid)).toEqual(['2.5.29.14', '2.5.29.35'])
})

test('names are critical where the subject is empty', () => {
  const leaf = testLeaf(pki, { subject: emptyName })
  expect(leaf.extensions.find(({ oid }) => oid === '2.5.29.17')?.critical).toBe(true)
})

test('the subject key id is the SHA-1 of the key’s bits', () => {
  const point = spkiOf(pki.leafKeys.publicKey).slice(-65)
  expect(testLeaf(pki).subjectKeyId).toEqual(Uint8Array.from(createHash('sha1').update(point).digest()))
})

test('an extension given as octets replaces the one that the fields make', () => {
  const given = { oid: '2.5.29.15', critical: false, value: hex('03 02 05 a0') }
  const leaf = testLeaf(pki, { extensions: [given] })
  expect(leaf.keyUsage).toEqual(['digitalSignature', 'keyEncipherment'])
  expect(leaf.extensions.filter(({ oid }) => oid === given.oid)).toEqual([given])
})

test('cuts times to seconds and switches to GeneralizedTime at 2050', () => {
  const notAfter = Date.UTC(2050, 0, 1)
  const leaf = testLeaf(pki, { notBefore: testTime + 999, notAfter: notAfter - 1 })
  expect([leaf.notBefore, leaf.notAfter]).toEqual([testTime, notAfter - 1000])
  expect(testLeaf(pki, { notAfter }).notAfter).toBe(notAfter)
  expect(Buffer.from(testLeaf(pki, { notAfter }).tbs).includes('20500101000000Z')).toBe(true)
  expect(Buffer.from(leaf.tbs).includes('491231235959Z')).toBe(true)
})

test('keeps the subject octet for octet', () => {
  const subject = parseName(hex('300c 310a 3008 0603 550403 140141'))
  expect(testLeaf(pki, { subject }).subject.der).toEqual(subject.der)
})

test('a self-signed certificate has no authority key id', () => {
  expect(pki.root.authorityKeyId).toBeUndefined()
  expect(pki.root.subjectKeyId).toHaveLength(20)
})

test('PEM of several certificates', () => {
  const text = certificatesToPem(testLeaf(pki), pki.intermediate)
  expect(parseCertificates(text).map(({ serial }) => serial)).toEqual(['3', '2'])
  expect(parseCertificate(text).serial).toBe('3')
  expect(() => parseCertificates('')).toThrow(malformed('PEM text holds no CERTIFICATE block'))
})

const facts = issuerFactsOf(pki.intermediate)
const algorithm = signatureAlgorithmDer('ECDSA-SHA256')
/** A certificate of version `version` around a serial number and extensions, with a signature that nobody checks. */
const certificateOf = (serial: Uint8Array, version: number, ...rest: Uint8Array[]): Uint8Array => {
  const validity = der.sequence(der.time(testTime), der.time(testTime + hour))
  const fields = [serial, algorithm, emptyName.der, validity, emptyName.der, spkiOf(pki.leafKeys.publicKey)]
  const tbs = der.sequence(...(version > 0 ? [der.contextStructure(0, der.integer(version))] : []), ...fields, ...rest)
  return assembleCertificate(tbs, 'ECDSA-SHA256', hex('00'))
}

test('reads version 1, unique ids and a serial number of zero', () => {
  expect(parseCertificate(certificateOf(der.integer(0), 0)).serial).toBe('0')
  const ids = [der.contextValue(1, hex('00ff')), der.contextValue(2, hex('00ff'))]
  expect(parseCertificate(certificateOf(der.integer(2n ** 160n - 1n), 1, ...ids)).extensions).toEqual([])
})

describe('refuses', () => {
  const extensions = der.contextStructure(3, der.sequence())
  test.each([
    ['nothing', hex(''), 'certificate: missing'],
    ['data at the end', Uint8Array.from([...testLeaf(pki).der, 0]), 'certificate: unexpected data at the end'],
    [
      'a negative serial number',
      certificateOf(hex('0201ff'), 2),
      'serial number: must be a non-negative integer of at most 21 octets',
    ],
    [
      'a serial number of 22 octets',
      certificateOf(der.integer(2n ** 170n), 2),
      'serial number: must be a non-negative integer of at most 21 octets',
    ],
    ['version 4', certificateOf(der.integer(1), 3), 'version: must be 1, 2 or 3'],
    ['extensions in version 1', certificateOf(der.integer(1), 0, extensions), 'extensions: only version 3 has them'],
    [
      'extensions twice',
      certificateOf(der.integer(1), 2, extensions, extensions),
      'contents: unexpected data at the end',
    ],
  ])('%s', (_, encoded, problem) => {
    expect(() => parseCertificate(encoded)).toThrow(malformed(`certificate: ${problem}`))
  })

  test('two different signature algorithms', () => {
    const encoded = assembleCertificate(buildTbsCertificate(leafContent(pki), facts), 'ECDSA-SHA384', hex('00'))
    const message = 'certificate: signature algorithm: differs inside and outside of the signed part'
    expect(() => parseCertificate(encoded)).toThrow(malformed(message))
  })

  test('128 KiB', () => {
    expect(() => parseCertificate(new Uint8Array(128 * 1024 + 1))).toThrow(
      malformed('certificate is larger than 128 KiB'),
    )
  })

  test('content that has no encoding', () => {
    const build = (changes: Parameters<typeof leafContent>[1]) => () =>
      buildTbsCertificate(leafContent(pki, changes), facts)
    expect(build({ names: { ...noNames, dns: ['bücher.example'] } })).toThrow(
      malformed('"bücher.example" cannot be written as a certificate\'s DNS name'),
    )
    expect(build({ names: { ...noNames, ips: ['10.0.0'] } })).toThrow(
      malformed('"10.0.0" cannot be written as a certificate\'s IP address'),
    )
    expect(build({ extKeyUsage: ['nonsense'] })).toThrow(
      malformed('"nonsense" is not an object identifier such as 1.3.6.1.5.5.7.3.1'),
    )
  })
})

test('a damaged key is found when it is used', () => {
  const leaf = testLeaf(pki, { spki: der.sequence(der.sequence(der.oid('1.2.3')), der.bitString(hex('00'))) })
  expect(() => leaf.publicKey()).toThrow(malformed('public key cannot be read: use EC, RSA or Ed25519'))
})

test('PEM with another block first', () => {
  const text = `${encodePem('PRIVATE KEY', hex('00'))}${certificatesToPem(pki.root)}`
  expect(parseCertificate(text).serial).toBe('1')
})
