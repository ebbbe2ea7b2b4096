import { utf8Bytes } from '../bytes.ts'
import { SignetError } from '../errors.ts'
import { goJson } from '../go-json.ts'
import { indentJson } from '../json-indent.ts'
import { parseJson } from '../json.ts'
import { isObject } from '../json-reader.ts'
import type { JoseKey } from './key.ts'

export type Members = Readonly<Record<string, unknown>>

/** With the members in the order of their names, as Go writes a map. */
const sorted = (members: Members): Members =>
  Object.fromEntries(
    Object.keys(members)
      .toSorted()
      .map((name) => [name, members[name]]),
  )

/** Signs claims as a JWT in compact form (RFC 7519). */
export async function signJwt({ key, alg }: JoseKey, header: Members, claims: Members): Promise<string> {
  const { CompactSign } = await import('jose')
  const signing = new CompactSign(utf8Bytes(goJson(sorted(claims))))
  try {
    return await signing.setProtectedHeader(sorted({ ...header, alg }) as { alg: string }).sign(key)
  } catch (error) {
    throw new SignetError('malformed', `error serializing JWT: ${(error as Error).message}`)
  }
}

export type Jwt = {
  readonly header: Members
  readonly claims: Members
  /** Header, payload and signature, as lines of JSON. */
  readonly text: string
}

/** Reads a JWT without verifying it; `malformed` if it is none. */
export function parseJwt(token: string): Jwt {
  const parts = token.trim().split('.')
  const [header = '', payload = '', signature = ''] = parts
  if (parts.length !== 3)
    throw new SignetError('malformed', 'error parsing token: it is not three parts with dots between')
  if (!parts.every((part) => /^[\w-]*$/.test(part)))
    throw new SignetError('malformed', 'error parsing token: it is not in base64url')
  const [headerText, payloadText] = [header, payload].map((part) => Buffer.from(part, 'base64url').toString()) as [
    string,
    string,
  ]
  const read = (text: string): Members => {
    const value = parseJson(text)
    if (!isObject(value)) throw new SyntaxError('no object')
    return value
  }
  try {
    return {
      header: read(headerText),
      claims: read(payloadText),
      text: indentJson(`{"header":${headerText},"payload":${payloadText},"signature":"${signature}"}`),
    }
  } catch {
    throw new SignetError('malformed', 'error parsing token: its header or its payload is no JSON object')
  }
}

/** Requires the signature of the key with the key's algorithm. */
export async function verifySignature(token: string, { key, alg }: JoseKey): Promise<void> {
  const { compactVerify } = await import('jose')
  try {
    await compactVerify(token.trim(), key, { algorithms: [alg] })
  } catch {
    throw new SignetError('forbidden', 'validation failed: invalid signature')
  }
}
