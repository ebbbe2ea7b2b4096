import {
  chmodSync,
  chownSync,
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
  type Stats,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { SignetError } from '../core/errors.ts'
import type { CliIo } from './io.ts'
import { confirm } from './prompt.ts'

/** All files that commands read and write. A path `-` is standard input where something is read. */

/** The password in a file, without the white space at its end. `malformed` if there is no such file or it is empty. */
export function readPasswordFile(flag: string, file: string): string {
  const password = readTextFile(flag, file).trimEnd()
  if (password === '') throw new SignetError('malformed', `${flag}: ${file} is empty: write a password into it`)
  return password
}

/** The text of a file that a flag names; `malformed` if it cannot be read. */
export function readTextFile(flag: string, file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new SignetError('malformed', `${flag}: cannot read ${file}: ${(error as NodeJS.ErrnoException).code}`)
  }
}

/** The octets of a file, or of standard input if it is `-`. A byte order mark at the start is skipped, as by `step`. */
export async function readInput(io: Pick<CliIo, 'readStdin'>, file: string): Promise<Uint8Array> {
  if (file === '-') return io.readStdin()
  const octets = attempt('read', file, () => readFileSync(file))
  return octets[0] === 0xef && octets[1] === 0xbb && octets[2] === 0xbf ? octets.subarray(3) : octets
}

/** As `readInput`, as text. */
export async function readInputText(io: Pick<CliIo, 'readStdin'>, file: string): Promise<string> {
  return Buffer.from(await readInput(io, file)).toString('utf8')
}

/** The text of a file, undefined if there is none. */
export function readTextFileIfAny(file: string): string | undefined {
  return attempt('read', file, () => {
    try {
      return readFileSync(file, 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
  })
}

export type NewFile = {
  readonly path: string
  readonly content: string | Uint8Array
  /** Of a file that is new, 0600 unless given; one that is replaced keeps its own, and its owner. */
  readonly mode?: number
}

export type WriteOptions = {
  /** Replaces without a question. */
  readonly force: boolean
}

/** Writes one file; see `writeFiles`. */
export function writeFile(
  io: CliIo,
  path: string,
  content: string | Uint8Array,
  options: WriteOptions & { readonly mode?: number },
): Promise<void> {
  const { mode = 0o600, force } = options
  return writeFiles(io, [{ path, content, mode }], { force })
}

/**
 * Writes files that belong together, all or none: first a person is asked about each that exists, then all are written
 * beside their places, then put there. Nothing is ever half-written, whatever fails or whoever ends the process.
 * `malformed` if one cannot be written, or the person does not want it.
 */
export async function writeFiles(io: CliIo, files: readonly NewFile[], { force }: WriteOptions): Promise<void> {
  const targets = files.map(targetOf)
  for (const { path, stats } of targets) {
    if (stats === undefined || isPipeLike(stats)) continue
    if (stats.isDirectory()) throw new SignetError('malformed', `cannot write ${path}: it is a folder`)
    if (!force && !(await confirm(io, { label: `Would you like to overwrite ${path}`, flag: 'force' })))
      throw new SignetError('malformed', `${path} exists already and stays as it was`)
  }
  const staged: Staged[] = []
  try {
    for (const target of targets) staged.push(stage(target, Buffer.from(io.random.bytes(4)).toString('hex')))
    for (const one of staged) attempt('write', one.path, one.place)
  } finally {
    for (const { temporary } of staged) if (temporary !== undefined) rmSync(temporary, { force: true })
  }
}

type Target = NewFile & { readonly stats: Stats | undefined; readonly place: string }

/** Through symbolic links, which stay. */
function targetOf(file: NewFile): Target {
  const stats = attempt('write', file.path, () => statSync(file.path, { throwIfNoEntry: false }))
  return {
    ...file,
    stats,
    place: stats === undefined ? file.path : attempt('write', file.path, () => realpathSync(file.path)),
  }
}

/** /dev/stdout, /dev/null, a FIFO: nothing that could be replaced. */
const isPipeLike = (stats: Stats): boolean => !stats.isFile() && !stats.isDirectory()

type Staged = { readonly path: string; readonly temporary?: string; readonly place: () => void }

/** Codes of a folder in which nothing may be made or replaced, although the file in it may be written: a file mounted alone. */
const folderIsClosed = new Set(['EACCES', 'EPERM', 'EROFS', 'EBUSY', 'EXDEV'])

/** `unique` is a part of a file's name that nothing else has. */
function stage({ path, content, mode = 0o600, stats, place }: Target, unique: string): Staged {
  if (stats !== undefined && isPipeLike(stats)) return { path, place: () => writeFileSync(path, content) }
  const inPlace = (): void => writeFileSync(place, content)
  const temporary = join(dirname(place), `.${basename(place).slice(0, 200)}.${unique}.tmp`)
  try {
    writeNew(temporary, content, stats?.mode ?? mode, stats)
  } catch (error) {
    rmSync(temporary, { force: true })
    if (stats !== undefined && folderIsClosed.has(codeOf(error))) return { path, place: inPlace }
    throw fileError('write', path, error)
  }
  return {
    path,
    temporary,
    place() {
      if (stats === undefined) return linkNew(temporary, place)
      try {
        renameSync(temporary, place)
      } catch (error) {
        if (!folderIsClosed.has(codeOf(error))) throw error
        inPlace()
      }
      syncFolder(dirname(place))
    },
  }
}

function writeNew(file: string, content: string | Uint8Array, mode: number, like: Stats | undefined): void {
  const descriptor = openSync(file, 'wx', 0o600)
  try {
    const octets = typeof content === 'string' ? Buffer.from(content) : content
    for (let at = 0; at < octets.length;) at += writeSync(descriptor, octets, at)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
  if (like !== undefined && like.uid !== process.geteuid?.()) chownSync(file, like.uid, like.gid)
  chmodSync(file, mode & 0o7777)
}

/** A file that appeared in the meantime is not replaced: `link` fails where `rename` would not. */
function linkNew(temporary: string, place: string): void {
  try {
    linkSync(temporary, place)
  } catch (error) {
    // File systems without hard links.
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(codeOf(error))) throw error
    renameSync(temporary, place)
  }
  syncFolder(dirname(place))
}

function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is no folder',
  ENOSPC: 'no space left on the device',
  EDQUOT: 'the quota is used up',
  EROFS: 'the file system is read-only',
  EEXIST: 'it exists already',
  ELOOP: 'too many symbolic links',
  ENAMETOOLONG: 'the name is too long',
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? ''

/** What a failure of the file system means to a person. */
export function fileError(verb: 'read' | 'write' | 'make', file: string, error: unknown): SignetError {
  const code = codeOf(error)
  return new SignetError('malformed', `cannot ${verb} ${file}: ${reasons[code] ?? code}`, { cause: error })
}

function attempt<T>(verb: 'read' | 'write', file: string, act: () => T): T {
  try {
    return act()
  } catch (error) {
    throw fileError(verb, file, error)
  }
}
