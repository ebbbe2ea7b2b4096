import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import * as pkijs from 'pkijs'
import { webcrypto } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { toHex } from '../../../../src/core/bytes.ts'
import { noNames } from '../../../../src/core/names/names.ts'
import { parseCertificate } from '../../../../src/core/x509/certificate.ts'
import {
  createCertificateRequest,
  parseCertificateRequest,
  verifyCertificateRequest,
} from '../../../../src/core/x509/csr.ts'
import { createName, subjectFieldsOf } from '../../../../src/core/x509/name.ts'
import { generateKeyPair } from '../../../../src/core/x509/private-key.ts'
import { verifyCertificateSignature, verifyChain } from '../../../../src/core/x509/verify.ts'
import { day, testLeaf, testPki, testTime } from '../../../builders/x509.ts'

/** The two libraries that everything off the issuing path uses read what we write, and we what they write. */

const names = {
  dns: ['a.example.com', '*.b.example.com'],
  ips: ['10.0.0.1', '2001:db8::1'],
  emails: ['me@example.com'],
  uris: ['spiffe://cluster.local/ns/a/sa/b'],
}
const subject = createName({ commonName: 'a.example.com', organization: ['Acme'], country: ['DE'] })
const ecdsa = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const keys = await webcrypto.subtle.generateKey(ecdsa, true, ['sign', 'verify'])

describe('@peculiar/x509', () => {
  test.each(['EC-P256', 'EC-P384', 'EC-P521', 'RSA-2048', 'Ed25519'] as const)(
    'reads our certificates, signed by %s',
    async (algorithm) => {
      const pki = await testPki(algorithm)
      const ours = testLeaf(pki, {
        names,
        subject,
        serial: (2n ** 127n).toString(),
        keyUsage: ['digitalSignature', 'keyEncipherment'],
      })
      const theirs = new x509.X509Certificate(ours.der)
      expect(theirs.serialNumber).toBe((2n ** 127n).toString(16))
      expect(theirs.subject).toBe('C=DE, O=Acme, CN=a.example.com')
      expect(theirs.issuer).toBe('O=Test, CN=Test Intermediate CA')
      expect([theirs.notBefore.getTime(), theirs.notAfter.getTime()]).toEqual([ours.notBefore, ours.notAfter])
      expect(theirs.getExtension(x509.SubjectAlternativeNameExtension)?.names.toJSON()).toEqual([
        { type: 'dns', value: 'a.example.com' },
        { type: 'dns', value: '*.b.example.com' },
        { type: 'email', value: 'me@example.com' },
        { type: 'ip', value: '10.0.0.1' },
        { type: 'ip', value: '2001:db8::1' },
        { type: 'url', value: 'spiffe://cluster.local/ns/a/sa/b' },
      ])
      const { digitalSignature, keyEncipherment } = x509.KeyUsageFlags
      expect(theirs.getExtension(x509.KeyUsagesExtension)?.usages).toBe(digitalSignature | keyEncipherment)
      expect(theirs.getExtension(x509.ExtendedKeyUsageExtension)?.usages).toEqual([
        x509.ExtendedKeyUsage.serverAuth,
        x509.ExtendedKeyUsage.clientAuth,
      ])
      expect(theirs.getExtension(x509.SubjectKeyIdentifierExtension)?.keyId).toBe(
        toHex(ours.subjectKeyId ?? new Uint8Array()),
      )
      expect(theirs.getExtension(x509.AuthorityKeyIdentifierExtension)?.keyId).toBe(
        toHex(ours.authorityKeyId ?? new Uint8Array()),
      )
      const issuer = new x509.X509Certificate(pki.intermediate.der)
      expect(issuer.getExtension(x509.BasicConstraintsExtension)).toMatchObject({ ca: true, pathLength: 0 })
      expect(await theirs.verify({ publicKey: issuer.publicKey, signatureOnly: true })).toBe(true)
    },
  )

  test('reads our requests', async () => {
    const { privateKey } = await generateKeyPair('EC-P384')
    const ours = createCertificateRequest({
      subject,
      names,
      privateKey,
      basicConstraints: { isCA: true, pathLength: 0 },
    })
    const theirs = new x509.Pkcs10CertificateRequest(ours)
    expect(await theirs.verify()).toBe(true)
    expect(theirs.subject).toBe('C=DE, O=Acme, CN=a.example.com')
    expect(theirs.extensions.map(({ type }) => type)).toEqual(['2.5.29.19', '2.5.29.17'])
  })

  test('writes requests that we read', async () => {
    const { digitalSignature, keyCertSign } = x509.KeyUsageFlags
    const theirs = await x509.Pkcs10CertificateRequestGenerator.create({
      name: 'CN=a.example.com, O=Acme+OU=Söhne',
      keys,
      signingAlgorithm: ecdsa,
      extensions: [
        new x509.KeyUsagesExtension(digitalSignature | keyCertSign, true),
        new x509.BasicConstraintsExtension(true, 2, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, '1.2.3'], false),
        new x509.SubjectAlternativeNameExtension([
          { type: 'dns', value: 'a.example.com' },
          { type: 'ip', value: '2001:db8::1' },
          { type: 'email', value: 'me@example.com' },
          { type: 'url', value: 'spiffe://cluster.local/x' },
          { type: 'dn', value: 'CN=x' },
        ]),
      ],
    })
    const ours = parseCertificateRequest(theirs.toString('pem'))
    verifyCertificateRequest(ours)
    expect(subjectFieldsOf(ours.subject)).toEqual({
      commonName: 'a.example.com',
      organization: ['Acme'],
      organizationalUnit: ['Söhne'],
    })
    expect(ours).toMatchObject({
      names: {
        dns: ['a.example.com'],
        ips: ['2001:db8::1'],
        emails: ['me@example.com'],
        uris: ['spiffe://cluster.local/x'],
      },
      keyUsage: ['digitalSignature', 'certSign'],
      extKeyUsage: ['serverAuth', '1.2.3'],
      isCA: true,
      pathLength: 2,
    })
    expect(ours.otherNames).toHaveLength(1)
  })

  test('writes certificates that we read and validate', async () => {
    const root = await x509.X509CertificateGenerator.createSelfSigned({
      serialNumber: '00f1',
      name: 'CN=Their Root',
      notBefore: new Date(testTime - day),
      notAfter: new Date(Date.UTC(2060, 0, 1)),
      keys,
      signingAlgorithm: ecdsa,
      extensions: [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    })
    const ours = parseCertificate(new Uint8Array(root.rawData))
    expect(ours).toMatchObject({ serial: '241', isCA: true, pathLength: undefined, notAfter: Date.UTC(2060, 0, 1) })
    expect(verifyCertificateSignature(ours, ours)).toBe(true)
    const leaf = await x509.X509CertificateGenerator.create({
      serialNumber: '02',
      subject: 'CN=leaf',
      issuer: root.subject,
      notBefore: new Date(testTime - day),
      notAfter: new Date(testTime + day),
      publicKey: keys.publicKey,
      signingKey: keys.privateKey,
      signingAlgorithm: ecdsa,
      extensions: [await x509.AuthorityKeyIdentifierExtension.create(root)],
    })
    const chain = verifyChain(parseCertificate(new Uint8Array(leaf.rawData)), [], [ours], { at: testTime })
    expect(chain.map(({ serial }) => serial)).toEqual(['2', '241'])
  })
})

describe('pkijs', () => {
  test('writes our certificates and requests again, octet for octet', async () => {
    const nameConstraints = {
      permitted: { ...noNames, dns: ['example.com'] },
      excluded: { ...noNames, ips: ['0.0.0.0/0'] },
    }
    const pki = await testPki('EC-P256', { nameConstraints })
    const request = createCertificateRequest({ subject, names, privateKey: pki.leafKeys.privateKey })
    for (const certificate of [pki.root, pki.intermediate, testLeaf(pki, { names, subject })]) {
      const theirs = pkijs.Certificate.fromBER(Uint8Array.from(certificate.der).buffer)
      expect(new Uint8Array(theirs.toSchema(true).toBER())).toEqual(certificate.der)
    }
    const theirs = pkijs.CertificationRequest.fromBER(Uint8Array.from(request).buffer)
    expect(new Uint8Array(theirs.toSchema(true).toBER())).toEqual(request)
    expect(await theirs.verify()).toBe(true)
  })

  test('validates our chains', async () => {
    const pki = await testPki()
    const theirs = ({ der }: { der: Uint8Array }) => pkijs.Certificate.fromBER(Uint8Array.from(der).buffer)
    const validate = (leaf: { der: Uint8Array }, at: number) =>
      new pkijs.CertificateChainValidationEngine({
        trustedCerts: [theirs(pki.root)],
        certs: [theirs(pki.intermediate), theirs(leaf)],
        checkDate: new Date(at),
      }).verify()
    const leaf = testLeaf(pki)
    expect(await validate(leaf, testTime)).toMatchObject({ result: true })
    expect(await validate(leaf, testTime + 2 * day)).toMatchObject({ result: false })
    expect(verifyChain(leaf, [pki.intermediate], [pki.root], { at: testTime })).toHaveLength(3)
  })

  test('writes certificates that we read', async () => {
    const certificate = new pkijs.Certificate()
    const pki = await testPki()
    const theirs = pkijs.Certificate.fromBER(Uint8Array.from(pki.root.der).buffer)
    certificate.version = 2
    certificate.serialNumber = theirs.serialNumber
    certificate.issuer = theirs.subject
    certificate.subject = theirs.subject
    certificate.notBefore.value = new Date(testTime)
    certificate.notAfter.value = new Date(testTime + day)
    await certificate.subjectPublicKeyInfo.importKey(keys.publicKey)
    await certificate.sign(keys.privateKey, 'SHA-256')
    const ours = parseCertificate(new Uint8Array(certificate.toSchema().toBER()))
    expect(ours).toMatchObject({ serial: '1', notBefore: testTime, notAfter: testTime + day })
    expect(verifyCertificateSignature(ours, ours)).toBe(true)
  })
})
