import { createPublicKey, type KeyObject } from 'node:crypto'
import { SignetError } from '../errors.ts'
import { decodePem, type PemBlock } from '../pem.ts'
import type { TokenKey } from './key-set.ts'
import { tokenAlgorithmsOf } from './verify.ts'

/** Of a cluster that rotates its keys there are two or three; each is tried on each token. */
const maximumKeys = 16

const importers: Readonly<Record<string, (der: Uint8Array) => KeyObject>> = {
  'PUBLIC KEY': (der) => createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' }),
  'RSA PUBLIC KEY': (der) => createPublicKey({ key: Buffer.from(der), format: 'der', type: 'pkcs1' }),
}

/**
 * The public keys of a PEM text, in its order, each with the algorithms that a token by it may have. `malformed` for a block
 * that is no public key (a private one does not belong here), for a key that signs no tokens, and for none at all.
 */
export function readPemKeys(text: string): readonly TokenKey[] {
  const blocks = decodePem(text)
  if (blocks.length === 0) throw new SignetError('malformed', 'it holds no public key in PEM')
  if (blocks.length > maximumKeys) throw new SignetError('malformed', `it holds more than ${maximumKeys} keys`)
  return blocks.map(readKey)
}

function readKey({ label, der }: PemBlock): TokenKey {
  const importer = Object.hasOwn(importers, label) ? importers[label] : undefined
  if (importer === undefined) throw new SignetError('malformed', `PEM block ${label} is no public key`)
  const key = tryImport(importer, der)
  const algorithms = key === undefined ? [] : tokenAlgorithmsOf(key)
  if (key !== undefined && algorithms.length > 0) return { key, algorithms }
  throw new SignetError('malformed', `PEM block ${label} is not a key that signs tokens: use RSA, EC or Ed25519`)
}

function tryImport(importer: (der: Uint8Array) => KeyObject, der: Uint8Array): KeyObject | undefined {
  try {
    return importer(der)
  } catch {
    return undefined
  }
}
