import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import * as der from '../../../../src/core/der/writer.ts'
import { noNames } from '../../../../src/core/names/names.ts'
import type { CertificateContent } from '../../../../src/core/x509/build.ts'
import { authoritySubject, createRootCertificate } from '../../../../src/core/x509/certificate-authority.ts'
import { parseCertificate, type Certificate } from '../../../../src/core/x509/certificate.ts'
import { createName } from '../../../../src/core/x509/name.ts'
import { verifyCertificateSignature, verifyChain, type ChainOptions } from '../../../../src/core/x509/verify.ts'
import {
  day,
  hex,
  hour,
  leafContent,
  signedBy,
  spkiOf,
  testLeaf,
  testPki,
  testTime,
  type TestPki,
} from '../../../builders/x509.ts'
import { generateKeyPair } from '../../../../src/core/x509/private-key.ts'

const pki = await testPki()
const other = await testPki()
const now: ChainOptions = { at: testTime, usage: 'clientAuth' }
const untrusted = (message: string) =>
  expect.objectContaining({ code: 'unauthorized', message, reason: 'CertificateUntrusted' })

const verify = (leaf: Certificate, options: ChainOptions = now, from: TestPki = pki): Certificate[] =>
  verifyChain(leaf, [from.intermediate], [from.root], options)

/** An intermediate of the test's root that says whatever a test wants, and a leaf below it. */
const beneath = (changes: Partial<CertificateContent>, leaf: Partial<CertificateContent> = {}) => {
  const intermediate = signedBy(pki.root, pki.rootKey, {
    ...leafContent(pki),
    serial: '20',
    subject: pki.intermediate.subject,
    names: noNames,
    spki: pki.intermediate.spki,
    notAfter: testTime + 100 * day,
    keyUsage: ['certSign'],
    extKeyUsage: [],
    basicConstraints: { isCA: true },
    ...changes,
  })
  return { intermediate, leaf: signedBy(intermediate, pki.intermediateKey, leafContent(pki, leaf)) }
}
const verifyBeneath = (changes: Partial<CertificateContent>, leaf: Partial<CertificateContent> = {}): Certificate[] => {
  const made = beneath(changes, leaf)
  return verifyChain(made.leaf, [made.intermediate], [pki.root], now)
}

test('gives the chain from the leaf to the root', () => {
  const leaf = testLeaf(pki)
  expect(verify(leaf)).toEqual([leaf, pki.intermediate, pki.root])
  expect(verifyChain(pki.intermediate, [], [pki.root], { at: testTime })).toEqual([pki.intermediate, pki.root])
})

test('has no use for a key that may not be certified, whatever it signed', () => {
  // 2^31 + 11: an exponent as long as the modulus would cost the verifier a thousand times an ordinary signature.
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 0x8000000b })
  const validity = { notBefore: testTime - day, notAfter: testTime + day }
  const subject = authoritySubject('Huge', 'Root')
  const root = createRootCertificate({ subject, serial: '1', privateKey, ...validity })
  expect(root.publicKey().equals(publicKey)).toBe(true)
  expect(verifyCertificateSignature(root, root)).toBe(false)
})

test('finds its way among certificates of the same names', () => {
  const leaf = testLeaf(pki)
  const crowd = [other.intermediate, pki.intermediate, other.root]
  expect(verifyChain(leaf, crowd, [other.root, pki.root], now)).toEqual([leaf, pki.intermediate, pki.root])
})

describe.each(['EC-P384', 'EC-P521', 'Ed25519', 'RSA-2048'] as const)('with %s', (algorithm) => {
  test('verifies', async () => {
    const made = await testPki(algorithm)
    const leaf = testLeaf(made)
    expect(verify(leaf, now, made)).toHaveLength(3)
    expect(verifyCertificateSignature(leaf, made.intermediate)).toBe(true)
    expect(verifyCertificateSignature(leaf, made.root)).toBe(false)
  })
})

describe('signatures', () => {
  test('of another key, of another content, of an unknown algorithm', () => {
    const leaf = testLeaf(pki)
    const forged = signedBy(pki.intermediate, other.intermediateKey, leafContent(pki))
    const message = 'signature of the certificate is not its issuer’s'
    expect(() => verify(forged)).toThrow(untrusted(message))
    const hex = Buffer.from(leaf.der).toString('hex')
    const altered = (from: string, to: string) => parseCertificate(Buffer.from(hex.replaceAll(from, to), 'hex'))
    const name = Buffer.from(leaf.names.dns[0] ?? '').toString('hex')
    expect(() => verify(altered(name, name.replace(/.$/, '0')))).toThrow(untrusted(message))
    // ecdsa-with-SHA256 becomes ecdsa-with-SHA384, and one that nobody has given a meaning (RFC 5758 §3.2).
    const algorithms = ['2a8648ce3d040303', '2a8648ce3d040309'].map((oid) => altered('2a8648ce3d040302', oid))
    expect(algorithms.map((each) => each.signatureAlgorithm)).toEqual(['ECDSA-SHA384', '1.2.840.10045.4.3.9'])
    for (const other of algorithms) expect(() => verify(other)).toThrow(untrusted(message))
  })

  test('are verified once for one key, and again for every other', () => {
    const leaf = testLeaf(pki)
    const key = pki.intermediate.publicKey()
    expect([leaf.isSignedBy(pki.root.publicKey()), leaf.isSignedBy(key), leaf.isSignedBy(key)]).toEqual([
      false,
      true,
      true,
    ])
    expect(leaf.isSignedBy(pki.root.publicKey())).toBe(false)
  })

  test('by a key that nobody can use', () => {
    const broken = {
      ...pki.intermediate,
      publicKey: () => {
        throw new Error('no such key')
      },
    }
    expect(() => verifyChain(testLeaf(pki), [broken], [pki.root], now)).toThrow(
      untrusted('signature of the certificate is not its issuer’s'),
    )
  })

  test('are not counted without end', () => {
    const leaf = signedBy(pki.intermediate, other.intermediateKey, leafContent(pki))
    const crowd = Array.from({ length: 40 }, (_, index) => beneath({ serial: `${100 + index}` }).intermediate)
    expect(() => verifyChain(leaf, crowd, [pki.root], now)).toThrow(
      untrusted('certificate has too many possible issuers'),
    )
  })
})

test('compares no more names with constraints than Go does', () => {
  const numbered = (count: number) => Array.from({ length: count }, (_, index) => `n${index}.test`)
  const constraints = { permitted: noNames, excluded: { ...noNames, dns: numbered(600).map((name) => `x.${name}`) } }
  const leaf = { names: { ...noNames, dns: numbered(500) } }
  expect(() => verifyBeneath({ nameConstraints: constraints }, leaf)).toThrow(
    untrusted('certificate has too many names for the constraints of its issuers'),
  )
  expect(verifyBeneath({ nameConstraints: constraints }, { names: { ...noNames, dns: numbered(400) } })).toHaveLength(3)
})

describe('trust', () => {
  const message = 'certificate is signed by an unknown authority'
  test('needs the intermediate and the root', () => {
    const leaf = testLeaf(pki)
    expect(() => verifyChain(leaf, [], [pki.root], now)).toThrow(untrusted(message))
    expect(() => verifyChain(leaf, [pki.intermediate], [], now)).toThrow(untrusted(message))
    expect(() => verifyChain(leaf, [pki.intermediate], [other.root], now)).toThrow(untrusted(message))
    expect(() => verifyChain(leaf, [pki.intermediate, pki.root], [], now)).toThrow(untrusted(message))
  })

  test('is not given to a root by itself', () => {
    expect(() => verifyChain(pki.root, [], [], { at: testTime })).toThrow(untrusted(message))
  })
})

describe('validity', () => {
  test('holds from the first through the last second', () => {
    const leaf = testLeaf(pki)
    expect(verify(leaf, { at: leaf.notBefore })).toHaveLength(3)
    expect(verify(leaf, { at: leaf.notAfter + 999 })).toHaveLength(3)
    expect(() => verify(leaf, { at: leaf.notBefore - 1 })).toThrow(untrusted('certificate is not yet valid'))
  })

  test('an expired leaf has a reason of its own, but only if nothing else is wrong', () => {
    const leaf = testLeaf(pki)
    const expired = { code: 'unauthorized', message: 'certificate has expired', reason: 'CertificateExpired' }
    const late = { at: leaf.notAfter + 1000 }
    expect(() => verify(leaf, late)).toThrow(expect.objectContaining(expired))
    expect(() => verifyChain(leaf, [], [pki.root], late)).toThrow(
      untrusted('certificate is signed by an unknown authority'),
    )
  })

  test('of the issuers counts too', () => {
    expect(() => verifyBeneath({ notAfter: testTime - 1000 })).toThrow(untrusted('issuer has expired'))
    expect(() => verifyBeneath({ notBefore: testTime + hour })).toThrow(untrusted('issuer is not yet valid'))
  })
})

describe('issuers', () => {
  test.each<[title: string, changes: Partial<CertificateContent>, message: string]>([
    ['no CA', { basicConstraints: { isCA: false } }, 'issuer is not a certificate authority'],
    ['no certSign', { keyUsage: ['crlSign'] }, 'issuer may not sign certificates'],
    ['other usages', { extKeyUsage: ['serverAuth'] }, 'certificate is not for clientAuth'],
    [
      'an unknown critical extension',
      { extensions: [{ oid: '1.2.3', critical: true, value: hex('0500') }] },
      'issuer has the unknown critical extension 1.2.3',
    ],
  ])('%s', (_, changes, message) => {
    expect(() => verifyBeneath(changes)).toThrow(untrusted(message))
  })

  test('without key usage, with the usage or any usage, are fine', () => {
    for (const changes of [{ keyUsage: [] }, { extKeyUsage: ['clientAuth'] }, { extKeyUsage: ['any'] }] as const) {
      expect(verifyBeneath(changes)).toHaveLength(3)
    }
  })

  test('have no more CAs below them than they may', async () => {
    const keys = await generateKeyPair('EC-P256')
    const below = signedBy(pki.intermediate, pki.intermediateKey, {
      ...leafContent(pki),
      serial: '30',
      subject: createName({ commonName: 'Third CA' }),
      spki: spkiOf(keys.publicKey),
      keyUsage: ['certSign'],
      basicConstraints: { isCA: true },
    })
    const leaf = signedBy(below, keys.privateKey, leafContent(pki))
    expect(() => verifyChain(leaf, [below, pki.intermediate], [pki.root], now)).toThrow(
      untrusted('issuer has more CAs below it than it may'),
    )
    // Without the path length of its issuer, the root's own still stands against a second one.
    const free = signedBy(pki.root, pki.rootKey, {
      ...leafContent(pki, { names: noNames, extKeyUsage: [] }),
      subject: pki.intermediate.subject,
      spki: pki.intermediate.spki,
      keyUsage: ['certSign'],
      basicConstraints: { isCA: true },
    })
    expect(() => verifyChain(leaf, [below, free], [pki.root], now)).toThrow(
      untrusted('issuer has more CAs below it than it may'),
    )
  })
})

describe('the leaf', () => {
  test('must be for the usage', () => {
    const server = testLeaf(pki, { extKeyUsage: ['serverAuth'] })
    expect(() => verify(server)).toThrow(untrusted('certificate is not for clientAuth'))
    expect(verify(server, { at: testTime, usage: 'serverAuth' })).toHaveLength(3)
    expect(verify(server, { at: testTime })).toHaveLength(3)
    expect(verify(testLeaf(pki, { extKeyUsage: [] }))).toHaveLength(3)
  })

  test('may have no unknown critical extension', () => {
    const value = hex('0500')
    const leaf = testLeaf(pki, { extensions: [{ oid: '1.2.3', critical: true, value }] })
    expect(() => verify(leaf)).toThrow(untrusted('certificate has the unknown critical extension 1.2.3'))
    expect(verify(testLeaf(pki, { extensions: [{ oid: '1.2.3', critical: false, value }] }))).toHaveLength(3)
  })
})

describe('name constraints', () => {
  const nameConstraints = { permitted: { ...noNames, dns: ['example.com'] }, excluded: noNames }

  test('hold for every certificate below', () => {
    expect(verifyBeneath({ nameConstraints })).toHaveLength(3)
    expect(() => verifyBeneath({ nameConstraints }, { names: { ...noNames, dns: ['a.example.org'] } })).toThrow(
      untrusted('DNS name "a.example.org" is not permitted by any constraint'),
    )
  })

  test('of kinds that nobody here knows are refused', () => {
    const value = der.sequence(der.contextStructure(0, der.sequence(hex('a402 3000'))))
    const extensions = [{ oid: '2.5.29.30', critical: true, value }]
    expect(() => verifyBeneath({ extensions })).toThrow(
      untrusted('issuer constrains names of a kind that is not supported'),
    )
  })
})
