import type { KeyObject } from 'node:crypto'
import { utf8Bytes } from '../bytes.ts'
import { SignetError } from '../errors.ts'
import { isObject } from '../json-reader.ts'
import { parseJson } from '../json.ts'

/** A JWE in its JSON form with one recipient (RFC 7516 §7.2.2). */
export type Jwe = Readonly<Record<string, unknown>>

/** step's and OWASP's number of rounds of PBKDF2 with HMAC-SHA-256. */
const pbkdf2Rounds = 600_000
/** A file that asks for much more than that is no file of ours. */
const maximumRounds = 2_000_000

const compactNames = ['protected', 'encrypted_key', 'iv', 'ciphertext', 'tag']
const compactForm = /^[\w-]+\.[\w-]*\.[\w-]+\.[\w-]*\.[\w-]+$/

/** Reads the compact form or the JSON form; undefined if it is no JWE. */
export function parseJwe(text: string): Jwe | undefined {
  const trimmed = text.trim()
  if (compactForm.test(trimmed)) {
    return Object.fromEntries(trimmed.split('.').flatMap((part, at) => (part === '' ? [] : [[compactNames[at], part]])))
  }
  if (!trimmed.startsWith('{')) return undefined
  const json = jsonOf(trimmed)
  return isObject(json) && typeof json['ciphertext'] === 'string' ? json : undefined
}

function jsonOf(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}

/** The `alg` that a JWE says; empty if it says none. */
export function algorithmOf(jwe: Jwe): string {
  const [first] = Array.isArray(jwe['recipients']) ? (jwe['recipients'] as unknown[]) : []
  const recipient = isObject(first) ? first['header'] : undefined
  const header = jsonOf(Buffer.from(String(jwe['protected']), 'base64url').toString())
  for (const one of [header, jwe['header'], jwe['unprotected'], recipient])
    if (isObject(one) && typeof one['alg'] === 'string') return one['alg']
  return ''
}

export const isPasswordAlgorithm = (algorithm: string): boolean => algorithm.startsWith('PBES2-')

export type JweHeader = {
  readonly alg: string
  readonly enc: string
  readonly kid?: string
  readonly typ?: string
  readonly cty?: string
}

/** Encrypts for a public key, a symmetric one or a password; one line of JSON, members in `step`'s order. */
export async function encryptJwe(data: Uint8Array, key: KeyObject | string, header: JweHeader): Promise<string> {
  // Only for who needs it: it costs start-up time and memory.
  const { FlattenedEncrypt } = await import('jose')
  const encrypting = new FlattenedEncrypt(data).setProtectedHeader(header)
  if (isPasswordAlgorithm(header.alg)) encrypting.setKeyManagementParameters({ p2c: pbkdf2Rounds })
  try {
    const { protected: head, encrypted_key, iv, ciphertext, tag } = await encrypting.encrypt(keyFor(key))
    return JSON.stringify({ protected: head, encrypted_key, iv, ciphertext, tag })
  } catch (error) {
    throw new SignetError('malformed', `error encrypting data: ${(error as Error).message}`)
  }
}

/** A private JWK or the like under a password, as `step` writes it. */
export function encryptWithPassword(text: string, password: string, cty?: string): Promise<string> {
  const header = { alg: 'PBES2-HS256+A128KW', ...(cty !== undefined && { cty }), enc: 'A256GCM' }
  return encryptJwe(utf8Bytes(text), password, header)
}

/** Decrypts with a private key, a symmetric one or a password. `malformed` if it is not the right one. */
export async function decryptJwe(jwe: Jwe, key: KeyObject | string): Promise<Uint8Array> {
  const { flattenedDecrypt, generalDecrypt } = await import('jose')
  const algorithm = algorithmOf(jwe)
  try {
    const options = { keyManagementAlgorithms: [algorithm], maxPBES2Count: maximumRounds }
    const isGeneral = Array.isArray(jwe['recipients'])
    const decrypted = isGeneral
      ? await generalDecrypt(jwe as never, keyFor(key), options)
      : await flattenedDecrypt(jwe as never, keyFor(key), options)
    return decrypted.plaintext
  } catch {
    const what = isPasswordAlgorithm(algorithm) ? 'wrong password' : 'it is for another key'
    throw new SignetError('malformed', `error decrypting data: ${what}, or the data is damaged`)
  }
}

const keyFor = (key: KeyObject | string): KeyObject | Uint8Array => (typeof key === 'string' ? utf8Bytes(key) : key)
