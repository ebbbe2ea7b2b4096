import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { SignetError } from '../core/errors.ts'
import { readTextFileIfAny } from './files.ts'
import type { CliIo } from './io.ts'

/** A combination of an authority and a profile, as contexts.json names it. */
export type StepContext = { readonly name: string; readonly authority: string; readonly profile: string }

/** step's folder: where the configuration, keys and certificates of this user are. */
export type StepFolder = {
  /** `$STEPPATH`, else `.step` in the home folder. */
  readonly base: string
  /** `base`, or with a context `authorities/<authority>` in it. */
  readonly path: string
  /** `base`, or with a context `profiles/<profile>` in it. */
  readonly profilePath: string
  readonly context: StepContext | undefined
  /** `path` and these names below it. */
  readonly file: (...names: readonly string[]) => string
  /** A path as `step` reads those in its configuration: `./` and `../` from here, `~/` from the home folder, else from `path`. */
  readonly resolve: (path: string) => string
}

/** The folder of the configuration: `STEPPATH`, else `.step` in the home folder, as for `step`. */
export function stepBasePath({ env }: Pick<CliIo, 'env'>): string {
  const path = env['STEPPATH']
  return path !== undefined && path !== '' ? join(path) : join(homeOf(env), '.step')
}

/** The folder as it is with this context, or with none. */
export function openStepFolder(io: Pick<CliIo, 'env'>, context: StepContext | undefined): StepFolder {
  const base = stepBasePath(io)
  const path = context === undefined ? base : join(base, 'authorities', context.authority)
  return {
    base,
    path,
    profilePath: context === undefined ? base : join(base, 'profiles', context.profile),
    context,
    file: (...names) => join(path, ...names),
    resolve(file) {
      if (isAbsolute(file)) return file
      if (file.startsWith('~/')) return join(homeOf(io.env), file.slice(2))
      return /^\.\.?\//.test(file) ? resolve(file) : join(path, file)
    },
  }
}

/** Members that defaults.json cannot have, because they decide which one is read. */
const banned = ['context', 'profile', 'authority']

/** defaults.json of the authority with that of the profile over it; `file` is read in their place without a context. */
export function readDefaults(io: CliIo, folder: StepFolder, file?: string): Readonly<Record<string, unknown>> {
  const { context } = folder
  if (context === undefined) return readJsonObject(file ?? folder.file('config', 'defaults.json')) ?? {}
  const members = {
    ...readJsonObject(folder.file('config', 'defaults.json')),
    ...readJsonObject(join(folder.profilePath, 'config', 'defaults.json')),
  }
  for (const name of banned.filter((each) => Object.hasOwn(members, each))) {
    io.err(`cannot set '${name}' attribute in config files\n`)
    delete members[name]
  }
  return members
}

/** The object in a JSON file, undefined if there is no such file. `malformed` if it is no object. */
export function readJsonObject(file: string): Record<string, unknown> | undefined {
  const text = readTextFileIfAny(file)
  if (text === undefined) return undefined
  try {
    const value = JSON.parse(text) as unknown
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch (error) {
    throw new SignetError('malformed', `error parsing ${file}: ${(error as Error).message}`)
  }
  throw new SignetError('malformed', `error parsing ${file}: it is not a JSON object`)
}

function homeOf(env: CliIo['env']): string {
  const home = env['HOME']
  return home !== undefined && home !== '' ? home : homedir()
}
