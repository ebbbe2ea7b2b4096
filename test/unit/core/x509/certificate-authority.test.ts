import { expect, test } from 'vitest'
import { noNames } from '../../../../src/core/names/names.ts'
import {
  authorityLifetime,
  authoritySubject,
  createIntermediateCertificate,
  createRootCertificate,
} from '../../../../src/core/x509/certificate-authority.ts'
import { generateKeyPair } from '../../../../src/core/x509/private-key.ts'
import { createName, subjectFieldsOf } from '../../../../src/core/x509/name.ts'
import { randomSerial } from '../../../../src/core/x509/serial.ts'
import { verifyCertificateSignature } from '../../../../src/core/x509/verify.ts'
import { seededRandom, spkiOf, testPki, testTime } from '../../../builders/x509.ts'

const validity = { notBefore: testTime, notAfter: testTime + authorityLifetime }
const pki = await testPki()
const request = {
  subject: authoritySubject('Acme', 'Intermediate'),
  serial: '7',
  spki: pki.intermediate.spki,
  issuer: pki.root,
  issuerKey: pki.rootKey,
  notBefore: testTime,
  notAfter: pki.root.notAfter,
}

test('a root is what `step ca init` makes', async () => {
  const { privateKey, publicKey } = await generateKeyPair('EC-P256')
  const subject = authoritySubject('Acme', 'Root')
  const root = createRootCertificate({ subject, serial: '5', privateKey, ...validity })
  expect(subjectFieldsOf(root.subject)).toEqual({ commonName: 'Acme Root CA', organization: ['Acme'] })
  expect(root.notAfter - root.notBefore).toBe(3650 * 24 * 3_600_000)
  expect(root).toMatchObject({
    isCA: true,
    pathLength: 1,
    keyUsage: ['certSign', 'crlSign'],
    extKeyUsage: [],
    serial: '5',
  })
  expect(root.issuer.der).toEqual(root.subject.der)
  expect(root.extensions.map(({ oid }) => oid)).toEqual(['2.5.29.15', '2.5.29.19', '2.5.29.14'])
  expect(root.spki).toEqual(spkiOf(publicKey))
  expect(verifyCertificateSignature(root, root)).toBe(true)
})

test('an intermediate is what `step ca init` makes', () => {
  const intermediate = createIntermediateCertificate(request)
  expect(subjectFieldsOf(intermediate.subject)).toEqual({ commonName: 'Acme Intermediate CA', organization: ['Acme'] })
  expect(intermediate).toMatchObject({ isCA: true, pathLength: 0, keyUsage: ['certSign', 'crlSign'], extKeyUsage: [] })
  expect(intermediate.extensions.map(({ oid }) => oid)).toEqual(['2.5.29.15', '2.5.29.19', '2.5.29.14', '2.5.29.35'])
  expect(intermediate.authorityKeyId).toEqual(pki.root.subjectKeyId)
  expect(verifyCertificateSignature(intermediate, pki.root)).toBe(true)
})

test('an intermediate with name constraints', () => {
  const nameConstraints = {
    permitted: { ...noNames, dns: ['example.com'] },
    excluded: { ...noNames, ips: ['0.0.0.0/0'] },
  }
  const intermediate = createIntermediateCertificate({ ...request, nameConstraints })
  expect(intermediate.nameConstraints).toEqual({ ...nameConstraints, hasOtherKinds: false })
  expect(intermediate.extensions.find(({ oid }) => oid === '2.5.29.30')?.critical).toBe(true)
})

test('an RSA root keeps to PSS only if its certificate does', async () => {
  expect((await testPki('RSA-2048')).intermediate.signatureAlgorithm).toBe('SHA256-RSA')
})

test('faults are found before anything is signed', () => {
  const malformed = (message: string) => expect.objectContaining({ code: 'malformed', message })
  expect(() => createIntermediateCertificate({ ...request, notAfter: pki.root.notAfter + 1000 })).toThrow(
    malformed('CA certificate: certificate would outlive its issuer'),
  )
  expect(() =>
    createIntermediateCertificate({
      ...request,
      issuer: pki.intermediate,
      issuerKey: pki.intermediateKey,
      subject: createName({ commonName: 'x' }),
    }),
  ).toThrow(malformed('CA certificate: issuer has path length 0 and may not sign a CA certificate'))
})

test('a key that is not the issuer’s is found', () => {
  expect(() => createIntermediateCertificate({ ...request, issuerKey: pki.intermediateKey })).toThrow(
    expect.objectContaining({
      code: 'internal',
      message: 'issued certificate differs from what was prepared: signature',
    }),
  )
})

test('serial numbers have 128 random bits and are never zero', () => {
  const random = seededRandom(3)
  const serials = Array.from({ length: 100 }, () => BigInt(randomSerial(random)))
  expect(new Set(serials).size).toBe(100)
  expect(serials.every((serial) => serial > 0n && serial < 2n ** 128n)).toBe(true)
  expect(randomSerial({ bytes: (length) => new Uint8Array(length) })).toBe('1')
  expect(randomSerial({ bytes: (length) => new Uint8Array(length).fill(255) })).toBe((2n ** 128n - 1n).toString())
})
