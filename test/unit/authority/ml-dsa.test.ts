import { createPublicKey, generateKeyPairSync, X509Certificate, type KeyObject } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createKeyIssuer } from '../../../src/adapters/keys/key-issuer.ts'
import { parseCaConfig } from '../../../src/config/ca-config.ts'
import {
  authoritySubject,
  createIntermediateCertificate,
  createRootCertificate,
} from '../../../src/core/x509/certificate-authority.ts'
import { mlDsaAlgorithms, type MlDsaAlgorithm } from '../../../src/core/x509/key-algorithm.ts'
import { encryptPrivateKey, readPrivateKey } from '../../../src/core/x509/private-key.ts'
import { checkPublicKey, keyAlgorithmOf, mlDsaKeys } from '../../../src/core/x509/public-key.ts'
import { aConfig, anAuthority, noon, someProvisioners, type TestCa } from '../../builders/authority.ts'
import { aCsr } from '../../builders/csr.ts'
import { countingRandom } from '../../fakes/counting-random.ts'
import { ops, request } from './jwk-harness.ts'

const day = 24 * 3_600_000
const keyOf = (algorithm: MlDsaAlgorithm): KeyObject =>
  generateKeyPairSync(algorithm.toLowerCase() as 'ml-dsa-44').privateKey
const spkiOf = (key: KeyObject) => createPublicKey(key).export({ type: 'spki', format: 'der' })
const names = { subject: { commonName: 'web.example.com' } }

function aCaOf(algorithm: MlDsaAlgorithm): TestCa & { readonly key: KeyObject } {
  const [rootKey, key] = [keyOf(algorithm), keyOf(algorithm)]
  const validity = { notBefore: noon - 10 * day, notAfter: noon + 1000 * day }
  const subject = authoritySubject('Test', 'Root')
  const root = createRootCertificate({ subject, serial: '1', ...validity, privateKey: rootKey })
  const intermediate = createIntermediateCertificate({
    subject: authoritySubject('Test', 'Intermediate'),
    serial: '2',
    ...validity,
    spki: spkiOf(key),
    issuer: root,
    issuerKey: rootKey,
  })
  return { root, issuer: createKeyIssuer([intermediate], key), key }
}

describe.each(mlDsaAlgorithms)('%s, where ca.json turns it on', (algorithm) => {
  const ca = aCaOf(algorithm)
  const provisioners = someProvisioners(ops)

  it('is a key of CAs and leaves, as RFC 9881 has them and Node verifies them', async () => {
    const csr = aCsr({ ...names, privateKey: keyOf(algorithm) })
    const { authority } = anAuthority(aConfig({ ca, provisioners, mlDsa: true }))
    const { chain } = await authority.signX509(request({ csr }), { requestId: 'r-1' })
    const [leaf, intermediate] = chain
    const [node, above, top] = [leaf.der, ca.issuer.chain[0].der, ca.root.der].map((der) => new X509Certificate(der))
    expect(node?.verify(ca.issuer.chain[0].publicKey())).toBe(true)
    expect([above, top].map((each) => each?.verify(ca.root.publicKey()))).toEqual([true, true])
    expect(keyAlgorithmOf(leaf.spki)).toBe(algorithm)
    expect([leaf.signatureAlgorithm, intermediate?.signatureAlgorithm]).toEqual([algorithm, algorithm])
    expect(leaf.keyUsage).toEqual(['digitalSignature'])
    const renewed = await authority.renewX509([leaf.der, ca.issuer.chain[0].der], { requestId: 'r-2' })
    expect(new X509Certificate(renewed.chain[0].der).verify(ca.issuer.chain[0].publicKey())).toBe(true)
  })

  it('is refused with parameters, or of another length', () => {
    const spki = spkiOf(ca.key)
    const { octets } = mlDsaKeys[algorithm]
    // The last octet goes: three lengths in front of the key count one less.
    const short = Buffer.from(spki.subarray(0, -1))
    short.writeUInt16BE(short.readUInt16BE(2) - 1, 2)
    short.writeUInt16BE(short.readUInt16BE(19) - 1, 19)
    expect(() => checkPublicKey(short, true)).toThrow(`${algorithm} public key must have ${octets} bytes`)
  })
})

describe('ML-DSA, where nobody asks for it', () => {
  const [algorithm] = mlDsaAlgorithms

  it('is written with a password and read again', () => {
    const key = keyOf(algorithm)
    const pem = encryptPrivateKey(key, 'a password', countingRandom())
    expect(readPrivateKey(pem, 'a password').equals(key)).toBe(true)
  })

  it('is no key of certificates', async () => {
    const { authority } = anAuthority(aConfig({ provisioners: someProvisioners(ops) }))
    const csr = aCsr({ ...names, privateKey: keyOf(algorithm) })
    await expect(authority.signX509(request({ csr }), { requestId: 'r-1' })).rejects.toMatchObject({
      code: 'malformed',
      reason: 'KeyNotAllowed',
      message: 'ML-DSA-44 keys are not certified here',
    })
  })

  it('is no key of a renewal, though it was one of the certificate', async () => {
    const config = aConfig({ provisioners: someProvisioners(ops), mlDsa: true })
    const { authority } = anAuthority(config)
    const csr = aCsr({ ...names, privateKey: keyOf(algorithm) })
    const [leaf, intermediate] = (await authority.signX509(request({ csr }), { requestId: 'r-1' })).chain
    authority.reconfigure({ ...config, mlDsa: false })
    await expect(
      authority.renewX509([leaf.der, ...(intermediate === undefined ? [] : [intermediate.der])], { requestId: 'r-2' }),
    ).rejects.toMatchObject({
      code: 'malformed',
      reason: 'KeyNotAllowed',
      message: 'ML-DSA-44 keys are not certified here',
    })
  })

  it('is no key of an issuer', () => {
    const ca = aCaOf(algorithm)
    expect(() => anAuthority(aConfig({ ca }))).toThrow(
      'crt has an ML-DSA-44 key, which few programs know yet: set signet.experimental.mlDsa to use it',
    )
  })

  it('is turned on in ca.json', () => {
    const file = (signet: object) =>
      parseCaConfig({ root: '/r', crt: '/c', key: '/k', address: ':443', authority: {}, signet }).signet.experimental
    expect([file({}), file({ experimental: {} }), file({ experimental: { mlDsa: true } })]).toEqual([
      { mlDsa: false },
      { mlDsa: false },
      { mlDsa: true },
    ])
    expect(() => file({ experimental: { mldsa: true } })).toThrow('signet.experimental.mldsa is not known')
  })
})
