import { CompactEncrypt, FlattenedEncrypt } from 'jose'
import { createPublicKey, type KeyObject } from 'node:crypto'
import { describe, expect, it, test } from 'vitest'
import { readPrivateKeyFile } from '../../../../src/core/x509/key-file.ts'
import { encryptPrivateKey, exportPrivateKey, generateKeyPair } from '../../../../src/core/x509/private-key.ts'
import { seededRandom } from '../../../builders/x509.ts'

const keys = await Promise.all(
  (['EC-P256', 'EC-P521', 'RSA-2048', 'Ed25519'] as const).map(async (name) => {
    const { privateKey } = await generateKeyPair(name)
    return [name, privateKey] as const
  }),
)
const jwkOf = (key: KeyObject): string => JSON.stringify(key.export({ format: 'jwk' }))
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const header = { alg: 'PBES2-HS256+A128KW', enc: 'A256GCM', cty: 'jwk+json' }
const rounds = { p2c: 1000 }

const compact = (text: string, password: string) =>
  new CompactEncrypt(bytes(text)).setProtectedHeader(header).setKeyManagementParameters(rounds).encrypt(bytes(password))
const json = async (text: string, password: string) =>
  JSON.stringify(
    await new FlattenedEncrypt(bytes(text))
      .setProtectedHeader(header)
      .setKeyManagementParameters(rounds)
      .encrypt(bytes(password)),
  )

describe.each(keys)('reads %s', (_, key) => {
  test.each([
    ['as PEM', () => exportPrivateKey(key, 'PKCS8')],
    ['as encrypted PEM', () => encryptPrivateKey(key, 'secret', seededRandom(1))],
    ['as JWK', () => `${jwkOf(key)}\n`],
    ['as compact JWE', () => compact(jwkOf(key), 'secret')],
    ['as JWE in JSON', () => json(jwkOf(key), 'secret')],
  ])('%s', async (_form, make) => {
    expect((await readPrivateKeyFile(await make(), 'secret')).equals(key)).toBe(true)
  })
})

describe('refuses', () => {
  const [[, key]] = keys as unknown as readonly [readonly [string, KeyObject]]
  const publicJwk = JSON.stringify(createPublicKey(key).export({ format: 'jwk' }))
  const missing = 'private key is encrypted: give its password'
  const wrong = 'private key cannot be decrypted: wrong password or damaged file'
  const noKey = 'JWK is damaged, or no private key of kind EC, RSA or OKP'

  it.each([
    ['a JWE without a password', () => compact(jwkOf(key), 'secret'), undefined, missing],
    ['a JWE with a wrong one', () => json(jwkOf(key), 'secret'), 'wrong', wrong],
    ['a JWE of something else', () => compact('no JSON', 'secret'), 'secret', wrong],
    ['a JWE of a public key', () => compact(publicJwk, 'secret'), 'secret', noKey],
    ['a public JWK', () => publicJwk, undefined, noKey],
    ['a symmetric JWK', () => '{"kty":"oct","k":"AAAA"}', undefined, noKey],
    ['damaged JSON, without quoting it', () => '{"d":"secret', undefined, 'key file is neither PEM nor JSON'],
    ['any other text', () => 'hello', undefined, 'PEM text holds no private key'],
  ])('%s', async (_, make, password, message) => {
    await expect(readPrivateKeyFile(await make(), password)).rejects.toMatchObject({ code: 'malformed', message })
  })

  it('a JWE that would keep the machine busy', async () => {
    const costly = Buffer.from(JSON.stringify({ ...header, p2s: 'c2FsdHNhbHQ', p2c: 2 ** 31 })).toString('base64url')
    const [, ...rest] = (await compact(jwkOf(key), 'secret')).split('.')
    await expect(readPrivateKeyFile([costly, ...rest].join('.'), 'secret')).rejects.toThrow(wrong)
  })
})
