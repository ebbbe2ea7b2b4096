import { describe, expect, test } from 'vitest'
import * as der from '../../../../src/core/der/writer.ts'
import { noNames } from '../../../../src/core/names/names.ts'
import { encodePem } from '../../../../src/core/pem.ts'
import {
  createCertificateRequest,
  parseCertificateRequest,
  verifyCertificateRequest,
} from '../../../../src/core/x509/csr.ts'
import { encodeExtensions, type Extension } from '../../../../src/core/x509/extensions.ts'
import { keyAlgorithms } from '../../../../src/core/x509/key-algorithm.ts'
import { createName } from '../../../../src/core/x509/name.ts'
import { generateKeyPair } from '../../../../src/core/x509/private-key.ts'
import { keyAlgorithmOf } from '../../../../src/core/x509/public-key.ts'
import { signatureAlgorithmDer, signData } from '../../../../src/core/x509/signature.ts'
import { emptyName, hex, spkiOf } from '../../../builders/x509.ts'

const malformed = (message: string) => expect.objectContaining({ code: 'malformed', message })
const keys = await generateKeyPair('EC-P256')

test('holds what it was made of', () => {
  const names = {
    dns: ['a.example.com', '*.b.example.com'],
    ips: ['10.0.0.1', '2001:db8::1'],
    emails: ['me@example.com'],
    uris: ['spiffe://cluster.local/ns/a/sa/b'],
  }
  const subject = createName({ commonName: 'a.example.com', organization: ['Acme'] })
  const encoded = createCertificateRequest({
    subject,
    names,
    privateKey: keys.privateKey,
    usages: { keyUsage: ['digitalSignature', 'certSign'], extKeyUsage: ['serverAuth', '1.2.3'] },
    basicConstraints: { isCA: true, pathLength: 1 },
  })
  const request = parseCertificateRequest(encodePem('CERTIFICATE REQUEST', encoded))
  expect(request).toMatchObject({
    subject,
    names,
    otherNames: [],
    keyUsage: ['digitalSignature', 'certSign'],
    extKeyUsage: ['serverAuth', '1.2.3'],
    isCA: true,
    pathLength: 1,
    signatureAlgorithm: 'ECDSA-SHA256',
    spki: spkiOf(keys.publicKey),
  })
  verifyCertificateRequest(request)
})

test('asks for nothing where there is nothing to ask for', () => {
  const encoded = createCertificateRequest({ subject: emptyName, names: noNames, privateKey: keys.privateKey })
  const request = parseCertificateRequest(encoded)
  expect(request).toMatchObject({ extensions: [], names: noNames, keyUsage: [], isCA: false, pathLength: undefined })
  verifyCertificateRequest(request)
})

test('names are critical where the subject is empty', () => {
  const names = { ...noNames, dns: ['a'] }
  for (const [subject, critical] of [
    [emptyName, true],
    [createName({ commonName: 'a' }), false],
  ] as const) {
    const [extension] = parseCertificateRequest(
      createCertificateRequest({ subject, names, privateKey: keys.privateKey }),
    ).extensions
    expect(extension).toMatchObject({ oid: '2.5.29.17', critical })
  }
})

test.each(keyAlgorithms.filter((name) => name !== 'RSA-3072' && name !== 'RSA-4096'))(
  'is signed and verified with %s',
  async (algorithm) => {
    const { privateKey } = await generateKeyPair(algorithm)
    const request = parseCertificateRequest(
      createCertificateRequest({ subject: emptyName, names: noNames, privateKey }),
    )
    verifyCertificateRequest(request)
    expect(keyAlgorithmOf(request.spki)).toBe(algorithm)
    const damaged = { ...request, signature: request.signature.toReversed() }
    expect(() => verifyCertificateRequest(damaged)).toThrow(malformed('invalid csr'))
    expect(() => verifyCertificateRequest({ ...request, info: request.info.slice(1) })).toThrow(
      malformed('invalid csr'),
    )
  },
)

/** A request around these attributes, signed. */
const requestWith = (attributes: Uint8Array, version = 0): Uint8Array => {
  const info = der.sequence(der.integer(version), emptyName.der, spkiOf(keys.publicKey), attributes)
  const signature = signData('ECDSA-SHA256', keys.privateKey, info)
  return der.sequence(info, signatureAlgorithmDer('ECDSA-SHA256'), der.bitString(signature))
}
const attribute = (oid: string, ...values: Uint8Array[]): Uint8Array => der.sequence(der.oid(oid), der.setOf(values))
const extensionRequest = (...extensions: Extension[]): Uint8Array =>
  attribute('1.2.840.113549.1.9.14', encodeExtensions(extensions))
const extended = (oid: string, value: string): Uint8Array =>
  requestWith(der.contextStructure(0, extensionRequest({ oid, critical: false, value: hex(value) })))

describe('other forms', () => {
  test('without attributes, and with attributes that ask for nothing', () => {
    const challenge = attribute('1.2.840.113549.1.9.7', der.utf8String('secret'))
    for (const attributes of [new Uint8Array(), der.contextStructure(0), der.contextStructure(0, challenge)]) {
      const request = parseCertificateRequest(requestWith(attributes))
      verifyCertificateRequest(request)
      expect(request.extensions).toEqual([])
    }
  })

  test('names are normalised and counted once; other kinds are kept', () => {
    // dNSName "A.b." twice, directoryName, registeredID
    const request = parseCertificateRequest(extended('2.5.29.17', '3012 8204 412e622e 8203 612e62 a402 3000 8801 2a'))
    expect(request.names.dns).toEqual(['a.b'])
    expect(request.otherNames).toEqual([hex('a402 3000'), hex('8801 2a')])
  })

  test('PEM of either label', () => {
    const encoded = requestWith(new Uint8Array())
    expect(parseCertificateRequest(encodePem('NEW CERTIFICATE REQUEST', encoded)).info).toEqual(
      parseCertificateRequest(encoded).info,
    )
  })
})

describe('refuses', () => {
  test.each([
    ['no PEM', 'hello'],
    ['another block', encodePem('CERTIFICATE', hex('3000'))],
  ])('%s', (_, text) => {
    const message = 'PEM text does not start with a CERTIFICATE REQUEST block'
    expect(() => parseCertificateRequest(text)).toThrow(malformed(message))
  })

  const twice = extensionRequest({ oid: '1.2.3', critical: false, value: hex('') })
  const again: Extension = { oid: '1.2.3', critical: true, value: hex('05 00') }
  test.each([
    ['nothing', hex(''), 'request: missing'],
    ['an empty request', hex('3000'), 'info: missing'],
    ['data at the end', Uint8Array.from([...requestWith(new Uint8Array()), 0]), 'request: unexpected data at the end'],
    ['version 2', requestWith(der.contextStructure(0), 1), 'version: must be 1'],
    [
      'two extension requests',
      requestWith(der.contextStructure(0, twice, twice)),
      'extension request: present more than once',
    ],
    [
      'an extension twice',
      requestWith(der.contextStructure(0, extensionRequest(again, again))),
      'extension 1.2.3: present more than once',
    ],
    ['no names', extended('2.5.29.17', '3000'), 'subject alternative names: empty'],
    ['an empty DNS name', extended('2.5.29.17', '3002 8200'), 'subject alternative names: "" is no DNS name'],
    [
      'a NUL in a DNS name',
      extended('2.5.29.17', '3005 8203 610062'),
      'subject alternative names: "a\\u0000b" is no DNS name',
    ],
    [
      'an address of 5 octets',
      extended('2.5.29.17', '3007 8705 0102030405'),
      'subject alternative names: damaged IP address',
    ],
    ['a blank in a URI', extended('2.5.29.17', '3005 8603 612062'), 'subject alternative names: "a b" is no URI'],
    [
      'an e-mail address beyond ASCII',
      extended('2.5.29.17', '3004 8102 c3bc'),
      'subject alternative names: damaged e-mail address',
    ],
    [
      'data behind the names',
      extended('2.5.29.17', '3003 820161 0500'),
      'subject alternative names: unexpected data at the end',
    ],
    ['an empty key usage', extended('2.5.29.15', '030100'), 'key usage: no usage is set'],
    ['an empty extended key usage', extended('2.5.29.37', '3000'), 'extended key usage: no usage is set'],
    [
      'a negative path length',
      extended('2.5.29.19', '3006 0101ff 0201ff'),
      'basic constraints: number is out of range',
    ],
  ])('%s', (_, encoded, problem) => {
    expect(() => parseCertificateRequest(encoded)).toThrow(malformed(`certificate request: ${problem}`))
  })

  test('65 extensions, 4097 names, 64 KiB', () => {
    const extensions = Array.from({ length: 65 }, (_, index) => ({
      oid: `1.2.${index}`,
      critical: false,
      value: hex(''),
    }))
    expect(() =>
      parseCertificateRequest(requestWith(der.contextStructure(0, extensionRequest(...extensions)))),
    ).toThrow(malformed('certificate request: extensions: more than 64'))
    const list = der.sequence(...Array.from({ length: 4097 }, () => hex('820161')))
    const crowd = extensionRequest({ oid: '2.5.29.17', critical: false, value: list })
    expect(() => parseCertificateRequest(requestWith(der.contextStructure(0, crowd)))).toThrow(
      malformed('certificate request: subject alternative names: more than 4096 names'),
    )
    expect(() => parseCertificateRequest(new Uint8Array(64 * 1024 + 1))).toThrow(
      malformed('certificate request is larger than 64 KiB'),
    )
  })

  test('a key that node:crypto does not know, once it is needed', () => {
    const spki = der.sequence(der.sequence(der.oid('1.2.3')), der.bitString(hex('00')))
    const info = der.sequence(der.integer(0), emptyName.der, spki, der.contextStructure(0))
    const request = parseCertificateRequest(
      der.sequence(info, signatureAlgorithmDer('ECDSA-SHA256'), der.bitString(hex('00'))),
    )
    expect(() => verifyCertificateRequest(request)).toThrow(
      malformed('public key cannot be read: use EC, RSA or Ed25519'),
    )
  })
})
