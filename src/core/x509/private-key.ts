import { createCipheriv, createPrivateKey, generateKeyPair as generate, pbkdf2Sync, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import type { Random } from '../clock.ts'
import * as der from '../der/writer.ts'
import { SignetError } from '../errors.ts'
import { decodePem, encodePem, type PemBlock } from '../pem.ts'
import type { KeyAlgorithm, MlDsaAlgorithm } from './key-algorithm.ts'

export type KeyPair = { readonly publicKey: KeyObject; readonly privateKey: KeyObject }

const generateAsync = promisify(generate) as (kind: string, options: object) => Promise<KeyPair>

const generation: Readonly<Record<KeyAlgorithm | MlDsaAlgorithm, { readonly kind: string; readonly options: object }>> =
  {
    'EC-P256': { kind: 'ec', options: { namedCurve: 'P-256' } },
    'EC-P384': { kind: 'ec', options: { namedCurve: 'P-384' } },
    'EC-P521': { kind: 'ec', options: { namedCurve: 'P-521' } },
    'RSA-2048': { kind: 'rsa', options: { modulusLength: 2048 } },
    'RSA-3072': { kind: 'rsa', options: { modulusLength: 3072 } },
    'RSA-4096': { kind: 'rsa', options: { modulusLength: 4096 } },
    Ed25519: { kind: 'ed25519', options: {} },
    'ML-DSA-44': { kind: 'ml-dsa-44', options: {} },
    'ML-DSA-65': { kind: 'ml-dsa-65', options: {} },
    'ML-DSA-87': { kind: 'ml-dsa-87', options: {} },
  }

/** Makes a key pair, off the main thread. The only place in `core/` that draws randomness: node:crypto cannot be handed any. */
export function generateKeyPair(algorithm: KeyAlgorithm | MlDsaAlgorithm): Promise<KeyPair> {
  const { kind, options } = generation[algorithm]
  return generateAsync(kind, options)
}

/** As `generateKeyPair`, for RSA keys of any size. */
export function generateRsaKeyPair(bits: number): Promise<KeyPair> {
  return generateAsync('rsa', { modulusLength: bits })
}

/** How a private key is encoded. `SEC1` is for EC keys, `PKCS1` for RSA keys, `PKCS8` for all. */
export type PrivateKeyEncoding = 'PKCS1' | 'PKCS8' | 'SEC1'

const encodings = {
  PKCS1: { type: 'pkcs1', keyType: 'rsa' },
  SEC1: { type: 'sec1', keyType: 'ec' },
  PKCS8: { type: 'pkcs8', keyType: undefined },
} as const

/** PEM of the key, not encrypted; `malformed` where the encoding is not for this kind of key. */
export function exportPrivateKey(key: KeyObject, encoding: PrivateKeyEncoding): string {
  const { type, keyType } = encodings[encoding]
  if (keyType !== undefined && key.asymmetricKeyType !== keyType) {
    throw new SignetError('malformed', `${encoding} encodes ${keyType.toUpperCase()} keys only: use PKCS8`)
  }
  return key.export({ type, format: 'pem' }) as string
}

export const missingPassword = 'private key is encrypted: give its password'
/** OpenSSL tells a wrong password from damage only by chance, and its text helps nobody. */
export const wrongPassword = 'private key cannot be decrypted: wrong password or damaged file'

const privateKeyLabels = new Set(['PRIVATE KEY', 'ENCRYPTED PRIVATE KEY', 'EC PRIVATE KEY', 'RSA PRIVATE KEY'])

/**
 * Reads the first private key of a PEM text: SEC 1, PKCS #1, PKCS #8, traditional PEM encryption (RFC 1421 headers) and
 * PBES2. `malformed` if there is no key, if it is damaged, if it needs a password and there is none, or the wrong one.
 */
export function readPrivateKey(pem: string, password?: string): KeyObject {
  const block = decodePem(pem).find(({ label }) => privateKeyLabels.has(label))
  if (block === undefined) throw new SignetError('malformed', 'PEM text holds no private key')
  const encrypted = isEncrypted(block)
  if (encrypted && password === undefined) throw new SignetError('malformed', missingPassword)
  try {
    return createPrivateKey({ key: rebuiltPem(block), format: 'pem', ...(encrypted && { passphrase: password ?? '' }) })
  } catch {
    throw new SignetError('malformed', encrypted ? wrongPassword : 'private key is damaged')
  }
}

/**
 * PEM of the key under a password, as `step ca init` writes it: EC and RSA in traditional PEM with AES-256-CBC, Ed25519,
 * which has no traditional form, in PKCS #8 with PBES2.
 */
export function encryptPrivateKey(key: KeyObject, password: string, random: Random): string {
  const encoding = (['SEC1', 'PKCS1'] as const).find((name) => encodings[name].keyType === key.asymmetricKeyType)
  if (encoding === undefined) return encryptPkcs8(key, password, random)
  const { type } = encodings[encoding]
  return key.export({ type, format: 'pem', cipher: 'aes-256-cbc', passphrase: password }) as string
}

/** step's and OWASP's number of rounds of PBKDF2 with HMAC-SHA-256. */
const pbkdf2Rounds = 600_000

/** EncryptedPrivateKeyInfo with PBES2 (RFC 8018 §6.2): PBKDF2 with HMAC-SHA-256, then AES-256-CBC. */
function encryptPkcs8(key: KeyObject, password: string, random: Random): string {
  const salt = random.bytes(16)
  const iv = random.bytes(16)
  const cipher = createCipheriv('aes-256-cbc', pbkdf2Sync(password, salt, pbkdf2Rounds, 32, 'sha256'), iv)
  const encrypted = Buffer.concat([cipher.update(key.export({ type: 'pkcs8', format: 'der' })), cipher.final()])
  const hmacSha256 = der.sequence(der.oid('1.2.840.113549.2.9'), der.nullValue)
  const derivation = der.sequence(
    der.oid('1.2.840.113549.1.5.12'),
    der.sequence(der.octetString(salt), der.integer(pbkdf2Rounds), hmacSha256),
  )
  const encryption = der.sequence(der.oid('2.16.840.1.101.3.4.1.42'), der.octetString(iv))
  const algorithm = der.sequence(der.oid('1.2.840.113549.1.5.13'), der.sequence(derivation, encryption))
  return encodePem('ENCRYPTED PRIVATE KEY', der.sequence(algorithm, der.octetString(encrypted)))
}

function isEncrypted({ label, headers }: PemBlock): boolean {
  return label === 'ENCRYPTED PRIVATE KEY' || 'DEK-Info' in headers
}

/** The block alone, in a form that OpenSSL reads whatever stood around it. */
function rebuiltPem({ label, der, headers }: PemBlock): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\n`)
  const pem = encodePem(label, der)
  return lines.length === 0 ? pem : pem.replace('\n', () => `\n${lines.join('')}\n`)
}
