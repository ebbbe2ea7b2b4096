import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import * as der from '../../../../src/core/der/writer.ts'
import { checkPublicKey, importPublicKey, keyAlgorithmOf, readPublicKey } from '../../../../src/core/x509/public-key.ts'
import { hex, spkiOf } from '../../../builders/x509.ts'

/** A short RSA key too, to which step-ca answers 403. */
const refusal = (message: string) => expect.objectContaining({ code: 'malformed', message, reason: 'KeyNotAllowed' })

const rsaOid = '1.2.840.113549.1.1.1'
const rsaKey = (modulus: bigint, exponent: bigint): Uint8Array => {
  const key = der.sequence(der.integer(modulus), der.integer(exponent))
  return der.sequence(der.sequence(der.oid(rsaOid), der.nullValue), der.bitString(key))
}
const ecKey = (curve: Uint8Array, point: Uint8Array): Uint8Array =>
  der.sequence(der.sequence(der.oid('1.2.840.10045.2.1'), curve), der.bitString(point))
const odd = (bits: bigint): bigint => 2n ** (bits - 1n) + 1n

describe('accepts', () => {
  test.each(['P-256', 'P-384', 'P-521'])('EC %s', (namedCurve) => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve })
    expect(() => checkPublicKey(publicKey)).not.toThrow()
    expect(keyAlgorithmOf(spkiOf(publicKey))).toBe(`EC-${namedCurve.replace('-', '')}`)
  })

  test('Ed25519', () => {
    const { publicKey } = generateKeyPairSync('ed25519')
    expect(() => checkPublicKey(publicKey)).not.toThrow()
    expect(keyAlgorithmOf(spkiOf(publicKey))).toBe('Ed25519')
  })

  test('RSA from 2048 to 8192 bits', () => {
    for (const bits of [2048n, 3072n, 8192n]) {
      expect(() => checkPublicKey(rsaKey(odd(bits), 65537n))).not.toThrow()
      expect(keyAlgorithmOf(rsaKey(odd(bits), 3n))).toBe(`RSA-${bits}`)
    }
  })
})

describe('refuses', () => {
  const shortRsa = 'certificate request RSA key must be at least 2048 bits (256 bytes)'
  test.each([1024n, 2047n])('RSA of %i bits, in the words of step', (bits) => {
    expect(() => checkPublicKey(rsaKey(odd(bits), 65537n))).toThrow(refusal(shortRsa))
  })

  test.each<[title: string, modulus: bigint, exponent: bigint, message: string]>([
    ['an even modulus', 2n ** 2047n, 65537n, 'RSA modulus must be odd'],
    ['an even modulus of a short key', 2n ** 1023n, 65537n, 'RSA modulus must be odd'],
    ['a modulus of zero', 0n, 65537n, 'RSA modulus must be odd'],
    ['exponent 1', odd(2048n), 1n, 'RSA exponent must be odd and at least 3'],
    ['exponent 2', odd(2048n), 2n, 'RSA exponent must be odd and at least 3'],
    ['an even exponent', odd(2048n), 65536n, 'RSA exponent must be odd and at least 3'],
    ['exponent 0', odd(2048n), 0n, 'RSA exponent must be odd and at least 3'],
    ['an exponent of 32 bits', odd(2048n), 2n ** 31n + 1n, 'RSA exponent must be below 2^31'],
    ['8193 bits', odd(8193n), 65537n, 'RSA key must have at most 8192 bits'],
  ])('RSA with %s', (_, modulus, exponent, message) => {
    expect(() => checkPublicKey(rsaKey(modulus, exponent))).toThrow(refusal(message))
  })

  test.each([
    ['P-224', 'secp224r1', '1.3.132.0.33'],
    ['secp256k1', 'secp256k1', '1.3.132.0.10'],
    ['brainpool', 'brainpoolP256r1', '1.3.36.3.3.2.8.1.1.7'],
  ])('%s', (_, namedCurve, oid) => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve })
    const message = `elliptic curve ${oid} is not supported: use P-256, P-384 or P-521`
    expect(() => checkPublicKey(publicKey)).toThrow(refusal(message))
  })

  test('explicit curve parameters', () => {
    const message = 'elliptic curve with explicit parameters is not supported: use P-256, P-384 or P-521'
    expect(() => checkPublicKey(ecKey(der.sequence(der.integer(1)), hex('04')))).toThrow(refusal(message))
  })

  test('compressed points and points of another curve', () => {
    const message = 'EC public key must be an uncompressed point of P-256'
    const curve = der.oid('1.2.840.10045.3.1.7')
    for (const point of [hex(`02 ${'01'.repeat(32)}`), hex(`04 ${'01'.repeat(63)}`), hex('')]) {
      expect(() => checkPublicKey(ecKey(curve, point))).toThrow(refusal(message))
    }
  })

  test('Ed25519 keys of another length', () => {
    const spki = der.sequence(der.sequence(der.oid('1.3.101.112')), der.bitString(new Uint8Array(31)))
    expect(() => checkPublicKey(spki)).toThrow(refusal('Ed25519 public key must have 32 bytes'))
  })

  test.each([
    ['DSA', generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 }).publicKey, '1.2.840.10040.4.1'],
    ['X25519', generateKeyPairSync('x25519').publicKey, '1.3.101.110'],
    ['RSA-PSS keys', generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).publicKey, '1.2.840.113549.1.1.10'],
  ])('%s', (_, publicKey, oid) => {
    const message = `public key algorithm ${oid} is not supported: use EC, RSA or Ed25519`
    expect(() => checkPublicKey(publicKey)).toThrow(refusal(message))
    expect(keyAlgorithmOf(spkiOf(publicKey))).toBe(oid)
  })
})

test('points off the curve are found when the key is used', () => {
  const spki = ecKey(der.oid('1.2.840.10045.3.1.7'), hex(`04 ${'01'.repeat(64)}`))
  const message = 'public key cannot be read: use EC, RSA or Ed25519'
  expect(() => importPublicKey(spki)).toThrow(expect.objectContaining({ code: 'malformed', message }))
})

test('reads what node:crypto reads', () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 65537 })
  expect(readPublicKey(spkiOf(publicKey))).toMatchObject({ kind: 'RSA', bits: 2048, exponent: 65537n })
  expect(importPublicKey(spkiOf(publicKey)).equals(publicKey)).toBe(true)
})

test.each([
  ['nothing', hex(''), 'public key: public key info: missing'],
  ['bits that are no octets', hex('300a 3005 0603 2b6570 0301 01'), 'public key: key: not a valid BIT STRING'],
  [
    'an RSA key without exponent',
    der.sequence(der.sequence(der.oid(rsaOid)), der.bitString(der.sequence(der.integer(1)))),
    'RSA public key: exponent: missing',
  ],
])('refuses %s', (_, spki, message) => {
  expect(() => readPublicKey(spki)).toThrow(expect.objectContaining({ code: 'malformed', message }))
})
