import { X509Certificate, createPublicKey, createSecretKey, type KeyObject } from 'node:crypto'
import { SignetError } from '../core/errors.ts'
import { checkAlgorithm, defaultAlgorithm } from '../core/jose/algorithms.ts'
import { decryptJwe, parseJwe } from '../core/jose/jwe.ts'
import { bareKey, readJwk, thumbprintOf, type JoseKey } from '../core/jose/key.ts'
import { isObject } from '../core/json-reader.ts'
import { parseJson } from '../core/json.ts'
import { readPrivateKey } from '../core/x509/private-key.ts'
import { readInputText } from './files.ts'
import type { CliIo } from './io.ts'
import { getPassword } from './passwords.ts'
import { exclusiveFlags, requiredOneOf, requiredWithFlag } from './usage-errors.ts'

export const isPem = (text: string): boolean => text.startsWith('-----BEGIN ')

type PemReader = (pem: string) => KeyObject

/** What a PEM block that holds no private key gives, by its label. */
const publicReaders: Readonly<Record<string, PemReader>> = {
  CERTIFICATE: (pem) => new X509Certificate(pem).publicKey,
  'PUBLIC KEY': createPublicKey,
  'RSA PUBLIC KEY': createPublicKey,
}

/** The first key of a PEM text: a private one, a public one, or that of a certificate. `name` is the file’s. */
export async function readPemKey(
  io: CliIo,
  text: string,
  { name, passwordFile }: { readonly name: string; readonly passwordFile: string | undefined },
): Promise<KeyObject> {
  const label = /-----BEGIN ([^-]+)-----/.exec(text)?.[1] ?? ''
  const read = Object.hasOwn(publicReaders, label) ? publicReaders[label] : undefined
  const isEncrypted = /^(?:-----BEGIN ENCRYPTED PRIVATE KEY-----|DEK-Info:)/m.test(text)
  const question = { file: passwordFile, label: `Please enter the password to decrypt ${name}` }
  const password = read === undefined && isEncrypted ? await getPassword(io, question) : undefined
  try {
    return read === undefined ? readPrivateKey(text, password) : read(text)
  } catch (error) {
    const why = error instanceof SignetError ? error.message : `${label} is damaged`
    throw new SignetError('malformed', `error reading ${name}: ${why}`)
  }
}

/** The text in a JWE under a password; a text that is none stays as it is. */
export async function decryptIfNeeded(
  io: CliIo,
  text: string,
  { name, passwordFile }: { readonly name: string; readonly passwordFile: string | undefined },
): Promise<string> {
  const jwe = parseJwe(text)
  if (jwe === undefined) return text
  const question = { file: passwordFile, label: `Please enter the password to decrypt ${name}` }
  return Buffer.from(await decryptJwe(jwe, await getPassword(io, question))).toString()
}

export function parseKeyJson(text: string, name: string): unknown {
  try {
    return parseJson(text)
  } catch {
    // Without the parser's text, which quotes the file.
    throw new SignetError('malformed', `error reading ${name}: unsupported format`)
  }
}

/** Which key is meant, and for what: the values of flags, by `step`’s names. */
export type KeyChoice = {
  readonly key: string | undefined
  readonly jwks: string | undefined
  readonly kid: string | undefined
  readonly use: 'sig' | 'enc'
  readonly alg?: string | undefined
  readonly subtle?: boolean
  /** No algorithm is taken for granted of a key that could have several. */
  readonly fixedOnly?: boolean
  readonly passwordFile?: string | undefined
}

/** Requires `--key`, or `--jwks` with `--kid`. */
export function checkKeyFlags({ key, jwks, kid }: Pick<KeyChoice, 'key' | 'jwks' | 'kid'>): void {
  if (key === undefined && jwks === undefined) throw requiredOneOf(['key', 'jwks'])
  if (key !== undefined && jwks !== undefined) throw exclusiveFlags('key', 'jwks')
  if (jwks !== undefined && kid === undefined) throw requiredWithFlag('kid', 'jwks')
}

/** The key that flags choose, in whatever form its file is, with its algorithm, which fits. */
export async function chooseKey(io: CliIo, choice: KeyChoice): Promise<JoseKey> {
  checkKeyFlags(choice)
  const found = choice.jwks === undefined ? await readKeyFile(io, choice) : await readKeySet(io, choice.jwks, choice)
  const name = choice.key ?? choice.jwks ?? ''
  const use = found.use === '' ? choice.use : found.use
  if (use !== choice.use) {
    const expected = choice.use === 'sig' ? "'sig' (signature)" : "'enc' (encryption)"
    throw new SignetError('malformed', `invalid jwk use: found '${use}', expecting ${expected}`)
  }
  const { alg: wanted = '', subtle = false, fixedOnly = false } = choice
  const guessed = found.alg || wanted || defaultAlgorithm({ ...found, use }, fixedOnly)
  if (!subtle && wanted !== '' && wanted !== guessed)
    throw new SignetError('malformed', `alg ${wanted} does not match the alg on ${name}`)
  const alg = subtle && wanted !== '' ? wanted : guessed
  if (alg === '') throw new SignetError('malformed', "flag '--alg' is required with the given key")
  return { ...found, use, alg }
}

async function readKeyFile(io: CliIo, choice: KeyChoice): Promise<JoseKey> {
  const { key: name = '', kid, alg = '', passwordFile } = choice
  const text = await readInputText(io, name)
  const source = { name, passwordFile }
  const found = isPem(text)
    ? withThumbprint(await readPemKey(io, text, source), kid)
    : await readJsonKey(io, text, { ...source, isSecret: alg.startsWith('HS') })
  if (kid !== undefined && found.kid !== '' && found.kid !== kid)
    throw new SignetError('malformed', `kid ${kid} does not match the kid on ${name}`)
  return { ...found, kid: found.kid || (kid ?? '') }
}

const withThumbprint = (key: KeyObject, kid: string | undefined): JoseKey => ({
  ...bareKey(key),
  kid: kid ?? thumbprintOf(key),
})

type JsonSource = { readonly name: string; readonly passwordFile: string | undefined; readonly isSecret: boolean }

/** A JWK; for HMAC also a file that is the secret itself. */
async function readJsonKey(io: CliIo, text: string, source: JsonSource): Promise<JoseKey> {
  const isJson = text.trimStart().startsWith('{') || parseJwe(text) !== undefined
  if (source.isSecret && !isJson) return bareKey(createSecretKey(Buffer.from(text)))
  return readJwk(parseKeyJson(await decryptIfNeeded(io, text, source), source.name))
}

async function readKeySet(io: CliIo, name: string, { kid, passwordFile }: KeyChoice): Promise<JoseKey> {
  const set = parseKeyJson(await decryptIfNeeded(io, await readInputText(io, name), { name, passwordFile }), name)
  const keys = isObject(set) && Array.isArray(set['keys']) ? (set['keys'] as unknown[]) : []
  const [found, ...more] = keys.filter((one) => isObject(one) && one['kid'] === kid)
  if (found === undefined) throw new SignetError('malformed', `cannot find key with kid ${kid} on ${name}`)
  if (more.length > 0) throw new SignetError('malformed', `multiple keys with kid ${kid} have been found on ${name}`)
  return readJwk(found)
}

/** As `chooseKey`, for what needs the private half. */
export async function choosePrivateKey(io: CliIo, choice: KeyChoice): Promise<JoseKey> {
  const key = await chooseKey(io, choice)
  const purpose = choice.use === 'sig' ? 'signing' : 'decryption'
  if (key.key.type === 'public') throw new SignetError('malformed', `cannot use a public key for ${purpose}`)
  checkAlgorithm(key)
  return key
}

/** The JWK on standard input, decrypted if it is encrypted. */
export async function readStdinJwk(io: CliIo, passwordFile: string | undefined): Promise<JoseKey> {
  const text = Buffer.from(await io.readStdin()).toString()
  const name = 'your private JWK'
  return readJwk(parseKeyJson(await decryptIfNeeded(io, text, { name, passwordFile }), 'JWK'))
}

/** The JWK in a file, decrypted if it is encrypted. */
export async function readJwkFile(io: CliIo, name: string, passwordFile: string | undefined): Promise<JoseKey> {
  return readJwk(parseKeyJson(await decryptIfNeeded(io, await readInputText(io, name), { name, passwordFile }), name))
}
