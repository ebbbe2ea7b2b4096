import { sign, type KeyObject } from 'node:crypto'
import { utf8Bytes } from '../bytes.ts'
import { SignetError } from '../errors.ts'
import { tokenAlgorithmsOf } from './verify.ts'

/** Hash of each algorithm that tokens are signed with; EdDSA has its own. */
const hashes: Readonly<Record<string, string | undefined>> = {
  ES256: 'sha256',
  ES384: 'sha384',
  ES512: 'sha512',
  RS256: 'sha256',
  EdDSA: undefined,
}

/** A JWT (RFC 7519) in compact form. The algorithm is the first that fits the key; `malformed` for a key that has none. */
export function signToken(
  claims: Readonly<Record<string, unknown>>,
  key: KeyObject,
  header: Readonly<Record<string, unknown>>,
): string {
  const [algorithm] = tokenAlgorithmsOf(key)
  if (algorithm === undefined) throw new SignetError('malformed', 'this key signs no tokens: use RSA, EC or Ed25519')
  const text = [{ alg: algorithm, ...header, typ: 'JWT' }, claims].map(encode).join('.')
  const signature = sign(hashes[algorithm], utf8Bytes(text), { key, dsaEncoding: 'ieee-p1363' })
  return `${text}.${signature.toString('base64url')}`
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
