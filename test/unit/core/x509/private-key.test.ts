import { createPrivateKey } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { keyAlgorithms } from '../../../../src/core/x509/key-algorithm.ts'
import {
  encryptPrivateKey,
  exportPrivateKey,
  generateKeyPair,
  readPrivateKey,
} from '../../../../src/core/x509/private-key.ts'
import { keyAlgorithmOf } from '../../../../src/core/x509/public-key.ts'
import { seededRandom, spkiOf } from '../../../builders/x509.ts'
import { openssl } from './openssl.ts'

const malformed = (message: string) => expect.objectContaining({ code: 'malformed', message })
const wrongPassword = 'private key cannot be decrypted: wrong password or damaged file'
const [ec, rsa, ed] = await Promise.all([
  generateKeyPair('EC-P256'),
  generateKeyPair('RSA-2048'),
  generateKeyPair('Ed25519'),
])

test.each(keyAlgorithms)('makes %s', async (algorithm) => {
  const { publicKey } = await generateKeyPair(algorithm)
  expect(keyAlgorithmOf(spkiOf(publicKey))).toBe(algorithm)
})

describe('exports and reads', () => {
  test.each([
    ['EC as SEC1', ec, 'SEC1', '-----BEGIN EC PRIVATE KEY-----'],
    ['EC as PKCS8', ec, 'PKCS8', '-----BEGIN PRIVATE KEY-----'],
    ['RSA as PKCS1', rsa, 'PKCS1', '-----BEGIN RSA PRIVATE KEY-----'],
    ['RSA as PKCS8', rsa, 'PKCS8', '-----BEGIN PRIVATE KEY-----'],
    ['Ed25519 as PKCS8', ed, 'PKCS8', '-----BEGIN PRIVATE KEY-----'],
  ] as const)('%s', (_, { privateKey }, encoding, firstLine) => {
    const pem = exportPrivateKey(privateKey, encoding)
    expect(pem.split('\n')[0]).toBe(firstLine)
    expect(readPrivateKey(pem).equals(privateKey)).toBe(true)
    expect(readPrivateKey(pem, 'a password that nothing needs').equals(privateKey)).toBe(true)
  })

  test('not what has no such form', () => {
    expect(() => exportPrivateKey(ec.privateKey, 'PKCS1')).toThrow(malformed('PKCS1 encodes RSA keys only: use PKCS8'))
    expect(() => exportPrivateKey(ed.privateKey, 'SEC1')).toThrow(malformed('SEC1 encodes EC keys only: use PKCS8'))
  })
})

describe('encrypts as step does', () => {
  test.each([
    ['EC', ec, 'EC PRIVATE KEY'],
    ['RSA', rsa, 'RSA PRIVATE KEY'],
  ] as const)('%s in traditional PEM', (_, { privateKey }, label) => {
    const pem = encryptPrivateKey(privateKey, 'påss word', seededRandom(1))
    const [begin, procType, dekInfo, blank] = pem.split('\n')
    expect([begin, procType, blank]).toEqual([`-----BEGIN ${label}-----`, 'Proc-Type: 4,ENCRYPTED', ''])
    expect(dekInfo).toMatch(/^DEK-Info: AES-256-CBC,[0-9A-F]{32}$/)
    expect(readPrivateKey(pem, 'påss word').equals(privateKey)).toBe(true)
    expect(openssl(['pkey', '-passin', 'pass:påss word'], pem)).toBe(exportPrivateKey(privateKey, 'PKCS8'))
  })

  test('Ed25519 in PKCS #8 with PBES2', () => {
    const pem = encryptPrivateKey(ed.privateKey, 'secret', seededRandom(1))
    expect(pem.split('\n')[0]).toBe('-----BEGIN ENCRYPTED PRIVATE KEY-----')
    expect(readPrivateKey(pem, 'secret').equals(ed.privateKey)).toBe(true)
    expect(createPrivateKey({ key: pem, passphrase: 'secret' }).equals(ed.privateKey)).toBe(true)
    const structure = openssl(['asn1parse', '-i'], pem)
    for (const part of ['PBES2', 'PBKDF2', 'hmacWithSHA256', 'aes-256-cbc', 'INTEGER           :0927C0']) {
      expect(structure).toContain(part)
    }
    expect(openssl(['pkey', '-passin', 'pass:secret'], pem)).toBe(exportPrivateKey(ed.privateKey, 'PKCS8'))
    expect(encryptPrivateKey(ed.privateKey, 'secret', seededRandom(2))).not.toBe(pem)
  })
})

describe('reads what openssl encrypts', () => {
  const plain = exportPrivateKey(ec.privateKey, 'SEC1')
  test.each([
    ['PBES2, PBKDF2 and AES-128', ['pkcs8', '-topk8', '-v2', 'aes-128-cbc', '-passout', 'pass:secret']],
    ['PBES2, scrypt and AES-256', ['pkcs8', '-topk8', '-scrypt', '-passout', 'pass:secret']],
    ['traditional, AES-128', ['ec', '-aes128', '-passout', 'pass:secret']],
    ['traditional, triple DES', ['ec', '-des3', '-passout', 'pass:secret']],
  ])('%s', (_, command) => {
    const pem = openssl(command, plain)
    expect(readPrivateKey(pem, 'secret').equals(ec.privateKey)).toBe(true)
    expect(() => readPrivateKey(pem, 'wrong')).toThrow(malformed(wrongPassword))
  })
})

describe('refuses', () => {
  const traditional = encryptPrivateKey(ec.privateKey, 'secret', seededRandom(1))

  test('a missing and a wrong password, without a word of OpenSSL', () => {
    for (const pem of [traditional, encryptPrivateKey(ed.privateKey, 'secret', seededRandom(1))]) {
      expect(() => readPrivateKey(pem)).toThrow(malformed('private key is encrypted: give its password'))
      for (const password of ['wrong', ''])
        expect(() => readPrivateKey(pem, password)).toThrow(malformed(wrongPassword))
    }
  })

  test('an unknown cipher', () => {
    const pem = traditional.replace('AES-256-CBC', 'ROT-13-CBC')
    expect(() => readPrivateKey(pem, 'secret')).toThrow(malformed(wrongPassword))
  })

  test('a damaged key and no key', () => {
    const damaged = '-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n'
    expect(() => readPrivateKey(damaged)).toThrow(malformed('private key is damaged'))
    const publicOnly = ec.publicKey.export({ type: 'spki', format: 'pem' })
    expect(() => readPrivateKey(String(publicOnly))).toThrow(malformed('PEM text holds no private key'))
  })
})

test('reads a key behind its parameters and other text', () => {
  const pem = openssl(['ecparam', '-name', 'prime256v1', '-genkey'], '')
  expect(pem).toContain('BEGIN EC PARAMETERS')
  expect(readPrivateKey(`some text\n${pem}`).asymmetricKeyType).toBe('ec')
})
