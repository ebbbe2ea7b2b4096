import { createPrivateKey, type KeyObject } from 'node:crypto'
import { SignetError } from '../errors.ts'
import { isObject } from '../json-reader.ts'
import { missingPassword, readPrivateKey, wrongPassword } from './private-key.ts'

/** As step writes keys of provisioners and JWKs: PBKDF2, then AES key wrap (RFC 7518 §4.8). */
const keyManagementAlgorithms = ['PBES2-HS256+A128KW', 'PBES2-HS384+A192KW', 'PBES2-HS512+A256KW']
/** step's number of rounds is 600,000; a file that asks for much more is no key file. */
const maximumRounds = 2_000_000

/**
 * The private key of a file in any form that step writes: PEM (`readPrivateKey`), a JWK, or a JWK encrypted with a password
 * as a JWE, in the compact form or in JSON (RFC 7516 §7). `malformed` as `readPrivateKey`.
 */
export async function readPrivateKeyFile(text: string, password?: string): Promise<KeyObject> {
  const trimmed = text.trim()
  if (compactJwe.test(trimmed)) return readJwk(await decrypt(partsOf(trimmed), password))
  if (!trimmed.startsWith('{')) return readPrivateKey(text, password)
  const json = parseObject(trimmed)
  return readJwk('ciphertext' in json ? await decrypt(json, password) : json)
}

const compactJwe = /^[\w-]+\.[\w-]+\.[\w-]+\.[\w-]+\.[\w-]+$/

/** The members that the JSON form has for the five parts of the compact one. */
function partsOf(compact: string): Json {
  const names = ['protected', 'encrypted_key', 'iv', 'ciphertext', 'tag']
  return Object.fromEntries(compact.split('.').map((part, index) => [names[index] ?? '', part]))
}

type Json = Readonly<Record<string, unknown>>

async function decrypt(jwe: Json, password: string | undefined): Promise<Json> {
  if (password === undefined) throw new SignetError('malformed', missingPassword)
  // Only for who has such a file: it costs start-up time and memory.
  const { flattenedDecrypt } = await import('jose')
  try {
    const options = { keyManagementAlgorithms, maxPBES2Count: maximumRounds }
    const { plaintext } = await flattenedDecrypt(jwe as never, Buffer.from(password), options)
    return parseObject(Buffer.from(plaintext).toString('utf8'))
  } catch {
    throw new SignetError('malformed', wrongPassword)
  }
}

function readJwk(jwk: Json): KeyObject {
  try {
    return createPrivateKey({ key: jwk, format: 'jwk' })
  } catch {
    throw new SignetError('malformed', 'JWK is damaged, or no private key of kind EC, RSA or OKP')
  }
}

function parseObject(text: string): Json {
  try {
    const value = JSON.parse(text) as unknown
    if (isObject(value)) return value
  } catch {
    // Without the parser's text, which quotes the file.
  }
  throw new SignetError('malformed', 'key file is neither PEM nor JSON')
}
