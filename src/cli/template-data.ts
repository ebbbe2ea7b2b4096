import { SignetError } from '../core/errors.ts'
import { readInputText } from './files.ts'
import type { CliIo } from './io.ts'
import { invalidFlag } from './usage-errors.ts'

type Given = { readonly set: readonly string[]; readonly 'set-file': string | undefined }

/** The variables that `--set` and `--set-file` give (`templateDataFlags`); the former win. A value that is no JSON is a text. */
export async function templateData(io: Pick<CliIo, 'readStdin'>, flags: Given): Promise<Record<string, unknown>> {
  const file = flags['set-file']
  const data = file === undefined ? {} : objectOf(file, await readInputText(io, file))
  for (const text of flags.set) {
    const at = text.indexOf('=')
    if (at < 0) throw invalidFlag('set', text, 'write it as key=value')
    data[text.slice(0, at)] = jsonOrText(text.slice(at + 1))
  }
  return data
}

function objectOf(file: string, text: string): Record<string, unknown> {
  const value = jsonOrText(text)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new SignetError('malformed', `--set-file: ${file} is not a JSON object`)
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}
