import type { KeyObject } from 'node:crypto'
import type { Random } from '../../src/core/clock.ts'
import { noNames } from '../../src/core/names/names.ts'
import {
  buildTbsCertificate,
  issuerFactsOf,
  signCertificate,
  type CertificateContent,
} from '../../src/core/x509/build.ts'
import {
  authoritySubject,
  createIntermediateCertificate,
  createRootCertificate,
  type IntermediateRequest,
} from '../../src/core/x509/certificate-authority.ts'
import { parseCertificate, type Certificate } from '../../src/core/x509/certificate.ts'
import type { KeyAlgorithm } from '../../src/core/x509/key-algorithm.ts'
import { createName } from '../../src/core/x509/name.ts'
import { generateKeyPair, type KeyPair } from '../../src/core/x509/private-key.ts'

/** The moment at which tests of certificates happen, in milliseconds since the epoch. */
export const testTime = Date.UTC(2026, 0, 15, 12, 0, 0)
export const hour = 3_600_000
export const day = 24 * hour

/** Pseudo-random numbers from 0 to 2^32 − 1 by mulberry32: the same for the same seed. */
export function seededNumbers(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
}

/** The Random port from a seed. */
export function seededRandom(seed: number): Random {
  const next = seededNumbers(seed)
  return { bytes: (length) => Uint8Array.from({ length }, () => next() & 0xff) }
}

/** The name that has no attributes. */
export const emptyName = createName({})

/** Octets from hexadecimal text, blanks between them allowed. */
export function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'))
}

/** The DER SubjectPublicKeyInfo of a key. */
export function spkiOf(publicKey: KeyObject): Uint8Array {
  return Uint8Array.from(publicKey.export({ type: 'spki', format: 'der' }))
}

export type TestPki = {
  readonly root: Certificate
  readonly rootKey: KeyObject
  readonly intermediate: Certificate
  readonly intermediateKey: KeyObject
  readonly leafKeys: KeyPair
}

/** A root and an intermediate as `step ca init` makes them, valid ten years around `testTime`. */
export async function testPki(
  algorithm: KeyAlgorithm = 'EC-P256',
  changes: Partial<IntermediateRequest> = {},
): Promise<TestPki> {
  const [rootKeys, intermediateKeys, leafKeys] = await Promise.all([
    generateKeyPair(algorithm),
    generateKeyPair(algorithm),
    generateKeyPair('EC-P256'),
  ])
  const validity = { notBefore: testTime - day, notAfter: testTime + 3650 * day }
  const root = createRootCertificate({
    subject: authoritySubject('Test', 'Root'),
    serial: '1',
    privateKey: rootKeys.privateKey,
    ...validity,
  })
  const intermediate = createIntermediateCertificate({
    subject: authoritySubject('Test', 'Intermediate'),
    serial: '2',
    spki: spkiOf(intermediateKeys.publicKey),
    issuer: root,
    issuerKey: rootKeys.privateKey,
    ...validity,
    ...changes,
  })
  return {
    root,
    rootKey: rootKeys.privateKey,
    intermediate,
    intermediateKey: intermediateKeys.privateKey,
    leafKeys,
  }
}

/** What an ordinary leaf says: CN and DNS name `a.example.com`, valid a day around `testTime`. */
export function leafContent(pki: TestPki, changes: Partial<CertificateContent> = {}): CertificateContent {
  return {
    serial: '3',
    subject: createName({ commonName: 'a.example.com' }),
    names: { ...noNames, dns: ['a.example.com'] },
    notBefore: testTime - hour,
    notAfter: testTime + 23 * hour,
    spki: spkiOf(pki.leafKeys.publicKey),
    keyUsage: ['digitalSignature'],
    extKeyUsage: ['serverAuth', 'clientAuth'],
    extensions: [],
    ...changes,
  }
}

/** Signs content with any issuer, whether it makes sense or not. */
export function signedBy(issuer: Certificate, key: KeyObject, content: CertificateContent): Certificate {
  const facts = issuerFactsOf(issuer)
  return parseCertificate(signCertificate(buildTbsCertificate(content, facts), facts.signatureAlgorithm, key))
}

/** A leaf of the test's intermediate. */
export function testLeaf(pki: TestPki, changes: Partial<CertificateContent> = {}): Certificate {
  return signedBy(pki.intermediate, pki.intermediateKey, leafContent(pki, changes))
}
