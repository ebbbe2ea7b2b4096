import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { SignetError } from '../core/errors.ts'
import { writeFile } from './files.ts'
import { printSelected, type CliIo } from './io.ts'
import { select } from './prompt.ts'
import { readJsonObject, stepBasePath, type StepContext } from './step-path.ts'

/** The files contexts.json and current-context.json in step's folder. */
export type Contexts = {
  readonly all: ReadonlyMap<string, StepContext>
  /** The one in current-context.json. */
  readonly current: StepContext | undefined
}

type World = Pick<CliIo, 'env'>

const contextsFile = (io: World): string => join(stepBasePath(io), 'contexts.json')
const currentFile = (io: World): string => join(stepBasePath(io), 'current-context.json')

/** Reads both files; without them there is no context. `malformed` or `not-found` if they cannot be used. */
export function readContexts(io: World): Contexts {
  const entries = Object.entries(readJsonObject(contextsFile(io)) ?? {})
  const all = new Map(entries.map(([name, value]) => [name, readContext(name, value)]))
  const stored = readJsonObject(currentFile(io))
  return { all, current: stored === undefined ? undefined : contextNamed(all, textOf(stored['context'])) }
}

/** `not-found` if there is none of this name. */
export function contextNamed(all: Contexts['all'], name: string): StepContext {
  const found = all.get(name)
  if (found === undefined) throw new SignetError('not-found', `could not load context '${name}'`)
  return found
}

/**
 * The context that a command is about: the one that `--context` names, else the current one. If there are some and none is
 * current, the only one is taken, or a person asked, and it is current from then on.
 */
export async function chooseContext(io: CliIo, name: string | undefined): Promise<StepContext | undefined> {
  const { all, current } = readContexts(io)
  if (all.size === 0) return undefined
  if (name !== undefined) return contextNamed(all, name)
  return current ?? askForContext(io, all)
}

/** Chooses among all contexts, and keeps the choice. */
export async function askForContext(io: CliIo, all: Contexts['all']): Promise<StepContext> {
  const [only, second] = all.values()
  let chosen = only
  if (only !== undefined && second === undefined) printSelected(io, 'Context', only.name)
  else
    chosen = await select(io, {
      label: 'Select a context for this command',
      name: 'Context',
      flag: 'context',
      items: [...all.values()],
    })
  if (chosen === undefined) throw new SignetError('not-found', 'there is no context')
  await saveCurrentContext(io, chosen.name)
  return chosen
}

/** Makes a context the current one. */
export async function saveCurrentContext(io: CliIo, name: string): Promise<void> {
  await writeFile(io, currentFile(io), JSON.stringify({ context: name }), { mode: 0o644, force: true })
}

/** Adds a context or replaces the one of its name; the first becomes the current one. */
export async function saveContext(io: CliIo, context: StepContext): Promise<void> {
  const { all, current } = readContexts(io)
  mkdirSync(stepBasePath(io), { recursive: true, mode: 0o700 })
  await writeContexts(io, [...all.values()].filter(({ name }) => name !== context.name).concat(context))
  if (current === undefined) await saveCurrentContext(io, context.name)
}

/** Takes a context out of contexts.json; its folders stay. The current one is refused. */
export async function forgetContext(io: CliIo, name: string): Promise<void> {
  const { all, current } = readContexts(io)
  if (!all.has(name)) throw new SignetError('not-found', `context '${name}' not found`)
  if (current?.name === name) {
    const message = "cannot remove current context; use 'signet context select' to switch contexts"
    throw new SignetError('malformed', message)
  }
  await writeContexts(
    io,
    [...all.values()].filter((context) => context.name !== name),
  )
}

/** By name and with the indentation of `step`. */
async function writeContexts(io: CliIo, contexts: readonly StepContext[]): Promise<void> {
  const entries = contexts
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .map(({ name, authority, profile }) => [name, { profile, authority }])
  const text = JSON.stringify(Object.fromEntries(entries), null, 4)
  await writeFile(io, contextsFile(io), text, { force: true })
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

const advice = '; check your $STEPPATH/contexts.json file'

function readContext(name: string, value: unknown): StepContext {
  const { authority, profile } = (value ?? {}) as { authority?: unknown; profile?: unknown }
  for (const [member, text] of Object.entries({ authority, profile })) {
    if (typeof text === 'string' && text !== '') continue
    const message = `error in context '${name}': context cannot have an empty ${member} value${advice}`
    throw new SignetError('malformed', message)
  }
  return { name, authority: String(authority), profile: String(profile) }
}
