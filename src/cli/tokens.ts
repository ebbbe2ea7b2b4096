import { SignetError } from '../core/errors.ts'
import type { Flags } from './command.ts'

/** Name and aliases → name. */
export function namesOfFlags(flags: Flags): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(flags).flatMap(([name, { aliases = [] }]) =>
      [name, ...aliases].map((each): [string, string] => [each, name]),
    ),
  )
}

/**
 * Writes every flag as `--name=value`, as commander reads it whatever comes next. `step`'s rules are those of Go's package
 * `flag`: one dash or two before any name, a value beside or after, `--bool=false`, and flags among the arguments up to `--`.
 * What is unknown, or has no value, stays for commander to tell.
 */
export function normalizeTokens(args: readonly string[], flags: Flags): string[] {
  const names = namesOfFlags(flags)
  const tokens: string[] = []
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? ''
    if (arg === '--') return [...tokens, ...args.slice(index)]
    const [, written = '', value] = /^--?([^-=][^=]*)(?:=(.*))?$/s.exec(arg) ?? []
    const name = names.get(written)
    if (name === undefined) {
      tokens.push(arg)
    } else if (flags[name]?.kind === 'bool') {
      tokens.push(`--${name}=${parseBool(name, value ?? 'true')}`)
    } else if (value !== undefined) {
      tokens.push(`--${name}=${value}`)
    } else if (index + 1 < args.length) {
      index += 1
      tokens.push(`--${name}=${args[index]}`)
    } else {
      tokens.push(`--${name}`)
    }
  }
  return tokens
}

const booleans: Readonly<Record<string, boolean>> = {
  ...Object.fromEntries(['1', 't', 'T', 'true', 'TRUE', 'True'].map((text) => [text, true])),
  ...Object.fromEntries(['0', 'f', 'F', 'false', 'FALSE', 'False'].map((text) => [text, false])),
}

/** The texts that Go's `strconv.ParseBool` takes. `malformed` for any other. */
export function parseBool(flag: string, text: string): boolean {
  const value = booleans[text]
  if (value !== undefined) return value
  throw new SignetError('malformed', `invalid boolean value "${text}" for --${flag}: write true or false`)
}
