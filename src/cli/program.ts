import { Command, CommanderError } from 'commander'
import { isSignetError } from '../core/errors.ts'
import { initCommand } from './commands/ca/init.ts'
import { policyTestCommand } from './commands/ca/policy/test.ts'
import type { CliIo } from './io.ts'

/** A process that `signet` starts by name; the launcher runs it, here it is only listed. */
export type ListedProcess = { readonly name: string; readonly summary: string }

/**
 * Runs one command. Resolves to the exit code: 0, or 1 after saying on `io.err` what is wrong.
 */
export async function runCommandLine(
  args: readonly string[],
  io: CliIo,
  processes: readonly ListedProcess[],
): Promise<number> {
  const program = createProgram(io, processes)
  try {
    await program.parseAsync([...args], { from: 'user' })
    return 0
  } catch (error) {
    // commander has said it already: wrong usage, or the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode
    if (!isSignetError(error)) throw error
    io.err(`signet: ${error.message}\n`)
    return 1
  }
}

function createProgram(io: CliIo, processes: readonly ListedProcess[]): Command {
  const program = new Command('signet')
    .description('Certificates as a Kubernetes resource, from an authority that speaks step-ca’s protocol.')
    .version(`signet ${io.version}`, '-v, --version', 'print the version')
    .showHelpAfterError('(add --help for all flags and commands)')
    .showSuggestionAfterError()
    .addHelpText('after', helpOfProcesses(processes))
  const policy = new Command('policy')
    .description('examine rules about the names of certificates')
    .addCommand(policyTestCommand(io))
  const ca = new Command('ca')
    .description('make a certificate authority, examine its rules')
    .addCommand(initCommand(io))
    .addCommand(policy)
  program.addCommand(ca)
  settle(program, io)
  return program
}

/** Settings that commander keeps per command. */
function settle(command: Command, io: CliIo): void {
  command.exitOverride().configureOutput({ writeOut: io.out, writeErr: io.err })
  for (const child of command.commands) {
    child.copyInheritedSettings(command)
    settle(child, io)
  }
}

function helpOfProcesses(processes: readonly ListedProcess[]): string {
  const width = Math.max(...processes.map(({ name }) => name.length))
  const lines = processes.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`)
  return `\nProcesses (each with its own --help):\n${lines.join('\n')}`
}
