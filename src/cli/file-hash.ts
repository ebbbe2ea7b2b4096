import { createHash, type Hash } from 'node:crypto'
import { createReadStream, lstatSync, readdirSync, readlinkSync, statSync, type Stats } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import { compareBytes, utf8Bytes } from '../core/bytes.ts'
import { SignetError } from '../core/errors.ts'
import type { Flags } from './command.ts'
import { fileError } from './files.ts'
import { insecureFlag } from './flags.ts'
import { invalidFlag } from './usage-errors.ts'

export const hashFlags = {
  alg: {
    kind: 'string',
    placeholder: 'algorithm',
    description: 'sha1, sha224, sha256, sha384, sha512, sha512-224, sha512-256; md5 with --insecure',
    default: 'sha256',
  },
  ...insecureFlag,
} as const satisfies Flags

/** Names of OpenSSL by those of `step`. */
const hashes: Readonly<Record<string, string>> = {
  sha: 'sha1',
  sha1: 'sha1',
  sha224: 'sha224',
  sha256: 'sha256',
  sha384: 'sha384',
  sha512: 'sha512',
  'sha512-224': 'sha512-224',
  'sha512-256': 'sha512-256',
  md5: 'md5',
}

/** The name of OpenSSL for the hash that the flags ask for. */
export function readHashName({ alg, insecure }: { readonly alg: string; readonly insecure: boolean }): string {
  const word = alg.toLowerCase()
  const name = Object.hasOwn(hashes, word) ? hashes[word] : undefined
  if (name === undefined) throw invalidFlag('alg', alg)
  if (name === 'md5' && !insecure)
    throw new SignetError('malformed', `flag '--alg ${alg}' requires the '--insecure' flag`)
  return name
}

/**
 * The hash of a file, or of a folder: of its mode, then of mode and hash of each entry in the order of their names; of a
 * folder in it only the hash, as `step` does it.
 */
export function hashOf(name: string, path: string): Promise<Buffer> {
  return attempt(path, () => statSync(path)).isDirectory() ? hashFolder(name, path) : hashFile(name, path)
}

async function hashFile(name: string, path: string): Promise<Buffer> {
  const hash = createHash(name)
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  } catch (error) {
    throw fileError('read', path, error)
  }
  return hash.digest()
}

async function hashFolder(name: string, folder: string): Promise<Buffer> {
  const hash = createHash(name)
  addMode(
    hash,
    attempt(folder, () => statSync(folder)),
  )
  const entries = attempt(folder, () => readdirSync(folder))
  for (const entry of entries.toSorted((left, right) => compareBytes(utf8Bytes(left), utf8Bytes(right)))) {
    const path = join(folder, entry)
    const stats = attempt(path, () => lstatSync(path))
    if (!stats.isDirectory()) addMode(hash, stats)
    hash.update(await hashEntry(name, path, stats))
  }
  return hash.digest()
}

function hashEntry(name: string, path: string, stats: Stats): Promise<Buffer> {
  if (!stats.isSymbolicLink()) return hashOf(name, path)
  const target = attempt(path, () => readlinkSync(path))
  return hashOf(name, isAbsolute(target) ? target : join(dirname(path), target))
}

/** Go's bits of a mode (io/fs.FileMode) for those of POSIX. */
const modeBits = [
  [0o4000, 1 << 23],
  [0o2000, 1 << 22],
  [0o1000, 1 << 20],
] as const

/** Go's bits for kinds of files, by S_IFMT. */
const kindBits: Readonly<Record<number, number>> = {
  0o040000: 2 ** 31,
  0o120000: 1 << 27,
  0o060000: 1 << 26,
  0o020000: (1 << 26) | (1 << 21),
  0o010000: 1 << 25,
  0o140000: 1 << 24,
}

function addMode(hash: Hash, { mode }: Stats): void {
  const special = modeBits.reduce((sum, [posix, go]) => sum + ((mode & posix) === 0 ? 0 : go), 0)
  const octets = Buffer.alloc(4)
  octets.writeUInt32LE((mode & 0o777) + special + (kindBits[mode & 0o170000] ?? 0))
  hash.update(octets)
}

function attempt<T>(path: string, act: () => T): T {
  try {
    return act()
  } catch (error) {
    throw fileError('read', path, error)
  }
}
