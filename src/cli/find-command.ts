import { SignetError } from '../core/errors.ts'
import type { CommandGroup, CommandSpec } from './command.ts'

type Place = {
  /** The words that lead there, without `signet`. */
  readonly path: readonly string[]
  /** What is after them. */
  readonly rest: readonly string[]
}

export type FoundGroup = Place & { readonly kind: 'group'; readonly group: CommandGroup; readonly summary: string }

export type FoundCommand = Place & {
  readonly kind: 'command'
  readonly command: CommandSpec
  readonly summary: string
  /** Of `signet --config FILE …`: read in place of defaults.json. */
  readonly config: string | undefined
}

const rootSummary = 'Certificates as a Kubernetes resource, from an authority that speaks step-ca’s protocol'
const versionFlags = new Set(['-v', '--version'])
const helpFlags = new Set(['help', '-h', '--help', '-help'])

/** Follows the words at the start of a command line, and loads only what they name. `signet help a b` is `signet a b --help`. */
export async function findCommand(root: CommandGroup, args: readonly string[]): Promise<FoundGroup | FoundCommand> {
  const { config, words } = takeConfig(args)
  const [first = '', ...others] = words
  let rest = first === 'help' ? [...others, '--help'] : versionFlags.has(first) ? ['version'] : words
  let found: FoundGroup = { kind: 'group', group: root, summary: rootSummary, path: [], rest }
  for (;;) {
    const [word = '', ...others] = rest
    const entry = Object.hasOwn(found.group.commands, word) ? found.group.commands[word] : undefined
    if (entry === undefined) return { ...found, rest: rest.filter((each) => !helpFlags.has(each)) }
    const { summary } = entry
    const loaded = await entry.load()
    const place = { path: [...found.path, word], summary, rest: others }
    if ('command' in loaded) return { ...place, kind: 'command', command: loaded.command, config }
    found = { ...place, kind: 'group', group: loaded.group }
    rest = others
  }
}

/** `--config FILE` before all words, as `step` has it. */
function takeConfig(args: readonly string[]): {
  readonly config: string | undefined
  readonly words: readonly string[]
} {
  const [, value] = /^--?config(?:=(.*))?$/s.exec(args[0] ?? '') ?? []
  if (value !== undefined) return { config: value, words: args.slice(1) }
  if (!/^--?config$/.test(args[0] ?? '')) return { config: undefined, words: args }
  if (args[1] === undefined) throw new SignetError('malformed', "missing value for flag '--config'")
  return { config: args[1], words: args.slice(2) }
}
