import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { isErrno } from './errno.ts'

/**
 * Files that change together, as the kubelet does it for Secrets: they lie in a directory of their own, the link `..data`
 * points to it, and the names that readers open are links through `..data`. One rename of `..data` replaces all of them.
 * A reader that opens several files and must have them of one generation resolves `..data` first.
 */

/** Contents by name. */
export type FileSet = Readonly<Record<string, string>>

const link = '..data'
const generationPrefix = '..generation-'
const setGroupId = 0o2000

/**
 * Replaces the files in `directory` by `files`, all of them with these permission bits. The generation before stays for a
 * reader that has resolved it already; older ones and half-written ones are removed.
 */
export function publish(directory: string, files: FileSet, mode: number): void {
  const previous = currentGeneration(directory)
  const generation = mkdtempSync(join(directory, generationPrefix))
  // A directory of a volume with fsGroup passes its group on to what is made in it, as long as this bit stays.
  chmodSync(generation, 0o755 | (statSync(directory).mode & setGroupId))
  for (const [name, text] of Object.entries(files)) {
    const path = join(generation, name)
    writeFileSync(path, text, { mode: 0o600 })
    chmodSync(path, mode)
  }
  replaceLink(nameOf(generation), join(directory, link))
  for (const name of Object.keys(files).filter((name) => !name.startsWith('.'))) {
    ensureLink(join(link, name), join(directory, name))
  }
  removeAllBut(directory, [nameOf(generation), previous])
}

/** The files of the current generation, all of one generation; undefined if there is none. */
export function readCurrent(directory: string): FileSet | undefined {
  const generation = currentGeneration(directory)
  if (generation === undefined) return undefined
  try {
    const path = join(directory, generation)
    return Object.fromEntries(readdirSync(path).map((name) => [name, readFileSync(join(path, name), 'utf8')]))
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  }
}

/** Writes one file in place of another of that name: a reader sees the old text or the new one. */
export function writeAtomically(path: string, text: string): void {
  const temporary = `${path}.new`
  writeFileSync(temporary, text)
  renameSync(temporary, path)
}

function currentGeneration(directory: string): string | undefined {
  try {
    return readlinkSync(join(directory, link))
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  }
}

function replaceLink(target: string, path: string): void {
  const temporary = `${path}.new`
  rmSync(temporary, { force: true })
  symlinkSync(target, temporary)
  renameSync(temporary, path)
}

function ensureLink(target: string, path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() && readlinkSync(path) === target) return
  replaceLink(target, path)
}

function removeAllBut(directory: string, kept: readonly (string | undefined)[]): void {
  for (const name of readdirSync(directory)) {
    if (name.startsWith(generationPrefix) && !kept.includes(name))
      rmSync(join(directory, name), { recursive: true, force: true })
  }
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
