import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { SignetError } from '../core/errors.ts'
import type { CliIo } from './io.ts'

/** The folder of the configuration: `STEPPATH`, else `.step` in the home folder, as for `step`. */
export function stepPath({ env }: CliIo): string {
  const path = env['STEPPATH']
  return path !== undefined && path !== '' ? path : join(env['HOME'] ?? homedir(), '.step')
}

/** A password from a file, without the white space at its end. `malformed` if there is no such file or it is empty. */
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
