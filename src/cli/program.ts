import { CommanderError } from 'commander'
import { isSignetError, SignetError } from '../core/errors.ts'
import { ExitError, type CommandContext, type CommandSpec } from './command.ts'
import { parseCommand, showGroup, type Listed } from './commander.ts'
import { rootGroup } from './commands/index.ts'
import { chooseContext } from './contexts.ts'
import { findCommand } from './find-command.ts'
import { readFlags } from './flag-values.ts'
import type { CliIo } from './io.ts'
import { openStepFolder, readDefaults } from './step-path.ts'

/** A process that `signet` starts by name; the launcher runs it, here it is only listed. */
export type ListedProcess = Listed

/** An exit code that says: there is no such command. As `step`. */
const unknownCommand = 3
/** A fault of the program itself. As `step`. */
const programFault = 2

/**
 * Runs one command. Resolves to the exit code: 0, what the command says, or after a failure, said on `io.err`, 1 or
 * another that means it.
 */
export async function runCommandLine(
  args: readonly string[],
  io: CliIo,
  processes: readonly ListedProcess[],
): Promise<number> {
  try {
    return await run(args, io, processes)
  } catch (error) {
    // commander has said it already.
    if (error instanceof CommanderError)
      return error.code === 'commander.unknownCommand' ? unknownCommand : error.exitCode
    return tellFailure(error, io)
  }
}

async function run(args: readonly string[], io: CliIo, processes: readonly ListedProcess[]): Promise<number> {
  const found = await findCommand(rootGroup, args)
  if (found.kind === 'group') {
    showGroup(found, io, found.path.length === 0 ? processes : [])
    return 0
  }
  const { command } = found
  const name = ['signet', ...found.path].join(' ')
  const { operands, values } = parseCommand(found, io)
  const context = await contextOf(command, io, values.get('context')?.at(-1) ?? io.env['STEP_CONTEXT'])
  const step = openStepFolder(io, context)
  const defaults = command.withoutContext === true ? {} : readDefaults(io, step, found.config)
  const read = readFlags(command, { commandLine: values, env: io.env, defaults }, name)
  const running: CommandContext = { args: operands, ...read, io, step, name }
  return (await command.run(running)) ?? 0
}

/** Only a command that knows `--context` is given one by name. */
function contextOf({ withoutContext, flags }: CommandSpec, io: CliIo, name: string | undefined) {
  if (withoutContext === true) return Promise.resolve(undefined)
  return chooseContext(io, 'context' in flags && name !== '' ? name : undefined)
}

function tellFailure(error: unknown, io: CliIo): number {
  const expected = isSignetError(error) || error instanceof ExitError
  const debug = io.env['STEPDEBUG'] === '1'
  const text =
    debug && error instanceof Error ? describe(error) : error instanceof Error ? error.message : String(error)
  io.err(`signet: ${expected ? '' : 'this is a fault of signet itself: '}${text}\n`)
  if (!expected && !debug) io.err('Run it again with STEPDEBUG=1 for the place in the program.\n')
  if (error instanceof ExitError) return error.exitCode
  return error instanceof SignetError ? 1 : programFault
}

/** With the place of the error and of what caused it. */
function describe({ stack = '', cause }: Error): string {
  return cause instanceof Error ? `${stack}\ncaused by: ${describe(cause)}` : stack
}
