import { parseDuration, parseTimeDuration } from '../core/duration.ts'
import { SignetError } from '../core/errors.ts'
import type { CommandContext, Flag, Flags } from './command.ts'
import { parseBool } from './tokens.ts'
import { exclusiveFlags, invalidChoice, invalidFlag, requiredFlag } from './usage-errors.ts'

/** Where flags get their values from, in this order; then there is the default of the table. */
export type FlagSources = {
  /** All that was on the command line for a flag, in order. */
  readonly commandLine: ReadonlyMap<string, readonly string[]>
  readonly env: Readonly<Record<string, string | undefined>>
  /** The members of defaults.json, those of the profile over those of the authority. */
  readonly defaults: Readonly<Record<string, unknown>>
}

export type ReadFlags = Pick<CommandContext, 'flags' | 'isGiven'>

type Table = { readonly flags: Flags; readonly exclusive?: readonly (readonly string[])[] | undefined }

/** Finds and reads the value of every flag of a command. `malformed` if one is wrong, missing or too much. */
export function readFlags(table: Table, sources: FlagSources, commandName: string): ReadFlags {
  const given = new Map<string, readonly string[]>()
  const values: Record<string, unknown> = {}
  for (const [name, flag] of Object.entries(table.flags)) {
    const texts = find(name, flag, sources)
    if (texts !== undefined) given.set(name, texts)
    if (texts !== undefined && flag.refused !== undefined)
      throw new SignetError('not-implemented', `flag '--${name}': ${flag.refused}`)
    values[name] = readFlag(name, flag, texts)
    if ('required' in flag && isMissing(values[name])) throw requiredFlag(commandName, name)
  }
  for (const group of table.exclusive ?? []) {
    const [first, second] = group.filter((name) => given.has(name))
    if (first !== undefined && second !== undefined) throw exclusiveFlags(first, second)
  }
  return { flags: values as ReadFlags['flags'], isGiven: (name) => given.has(name) }
}

/** `STEP_` and the flag's name in capitals: `STEP_CA_URL`. */
export function environmentName(flag: string): string {
  return `STEP_${flag.toUpperCase().replaceAll('-', '_')}`
}

const isMissing = (value: unknown): boolean => value === undefined || (Array.isArray(value) && value.length === 0)

function find(name: string, flag: Flag, { commandLine, env, defaults }: FlagSources): readonly string[] | undefined {
  const written = commandLine.get(name)
  if (written !== undefined || flag.commandLineOnly === true) return written
  const text = env[environmentName(name)]
  if (text !== undefined && text !== '')
    return flag.kind === 'strings' ? text.split(',').map((one) => one.trim()) : [text]
  const member = [name, ...(flag.aliases ?? [])].find((each) => Object.hasOwn(defaults, each))
  if (member === undefined) return undefined
  const value = defaults[member]
  return (Array.isArray(value) ? value : [value]).map(String)
}

/** Of several texts the last counts, but for a flag that collects them. */
function readFlag(name: string, flag: Flag, texts: readonly string[] | undefined): unknown {
  if (flag.kind === 'strings') return (texts ?? []).flatMap((text) => (flag.commas === true ? commaList(text) : [text]))
  const text = texts?.at(-1)
  if (flag.kind === 'bool') return text === undefined ? flag.default === true : parseBool(name, text)
  if (text === undefined) return 'default' in flag ? flag.default : undefined
  if (flag.kind === 'string' || flag.kind === 'file') return readText(name, flag, text)
  return text === '' ? undefined : readers[flag.kind](name, text)
}

function readText(name: string, flag: Flag & { kind: 'string' | 'file' }, text: string): string | undefined {
  if (flag.choices !== undefined && !flag.choices.includes(text)) throw invalidChoice(name, text, flag.choices)
  return text === '' ? flag.default : text
}

const commaList = (text: string): string[] =>
  text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')

const readers = {
  int(name: string, text: string): number {
    const value = Number(text)
    if (/^[+-]?\d+$/.test(text) && Number.isSafeInteger(value)) return value
    throw invalidFlag(name, text, 'it must be a whole number')
  },
  duration: (name: string, text: string) => reworded(name, text, () => parseDuration(text)),
  time: (name: string, text: string) => reworded(name, text, () => parseTimeDuration(text)),
}

function reworded<T>(name: string, text: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw invalidFlag(name, text, (error as Error).message)
  }
}
