import { readPasswordFile } from './files.ts'
import type { CliIo } from './io.ts'
import { askPassword } from './prompt.ts'

export type PasswordQuestion = {
  /** The path that the flag gave. */
  readonly file: string | undefined
  /** The flag, without dashes; `password-file` unless given. */
  readonly flag?: string
  /** What is asked where there is no file, as `step` asks it. */
  readonly label: string
  readonly minLength?: number
}

/** A password from the file that a flag names, else from a person. Never empty from a file. */
export function getPassword(io: CliIo, question: PasswordQuestion): Promise<string> {
  const { file, flag = 'password-file', ...rest } = question
  return file === undefined ? askPassword(io, { ...rest, flag }) : Promise.resolve(readPasswordFile(`--${flag}`, file))
}
