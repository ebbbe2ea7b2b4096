import { Argument, Command, Help, Option } from 'commander'
import type { CommandSpec, Example, Flag } from './command.ts'
import type { FoundCommand, FoundGroup } from './find-command.ts'
import { environmentName } from './flag-values.ts'
import type { CliIo } from './io.ts'
import { normalizeTokens } from './tokens.ts'
import { tooFewArguments, tooManyArguments } from './usage-errors.ts'

/** The only file that knows commander: it splits a command line, writes the help and suggests what was meant. */

/** A word with a line about it, listed in the help. */
export type Listed = { readonly name: string; readonly summary: string }

export type ParsedCommand = {
  readonly operands: readonly string[]
  /** All that was given for a flag, in order. */
  readonly values: ReadonlyMap<string, readonly string[]>
}

/**
 * Splits the arguments of a command. Throws a CommanderError after a help that was asked for or an unknown flag; `malformed`
 * if the arguments are too few or too many.
 */
export function parseCommand({ path, rest, summary, command: spec }: FoundCommand, io: CliIo): ParsedCommand {
  const name = ['signet', ...path].join(' ')
  const usage = usageOf(spec)
  const values = new Map<string, string[]>()
  const command = newCommand(name, [summary, spec.description], io)
    .usage(`${usage} [options]`.trim())
    .addHelpText('after', examplesText(spec.examples))
    .allowExcessArguments()
  for (const argument of spec.arguments ?? [])
    command.addArgument(new Argument(`[${argument.name}]`, argument.description))
  for (const [flag, row] of Object.entries(spec.flags)) {
    command.addOption(optionOf(flag, row))
    command.on(`option:${flag}`, (value: string) => values.set(flag, [...(values.get(flag) ?? []), value]))
  }
  command.parse(normalizeTokens(rest, spec.flags), { from: 'user' })
  checkCount(spec, command.args, `${name} ${usage}`.trim())
  return { operands: command.args, values }
}

/** Prints the help of a noun, or tells that it has no such verb and which is near. */
export function showGroup({ group, path, rest, summary }: FoundGroup, io: CliIo, processes: readonly Listed[]): void {
  const command = newCommand(['signet', ...path].join(' '), [summary, group.description], io)
    .usage('<command> [arguments] [options]')
    .helpCommand(false)
    .addHelpText('after', processesText(processes) + examplesText(group.examples))
  for (const [name, { summary, hidden }] of Object.entries(group.commands))
    command.addCommand(new Command(name).description(summary), { hidden: hidden === true })
  // Without an argument commander takes the help for an error.
  if (rest.length === 0) command.outputHelp()
  else command.parse([...rest], { from: 'user' })
}

function newCommand(name: string, sentences: readonly (string | undefined)[], io: CliIo): Command {
  const [first = '', ...more] = sentences.filter((one) => one !== undefined && one !== '')
  return new Command(name)
    .description([sentenceOf(first), ...more].join('\n\n'))
    .configureHelp({ optionTerm, subcommandTerm: (command) => command.name() })
    .helpOption('-h, --help', 'print this text')
    .showSuggestionAfterError()
    .showHelpAfterError(`(${name} --help lists what there is)`)
    .configureOutput({
      writeOut: io.out,
      writeErr: io.err,
      outputError: (text, write) => write(text.replace(/^error: /, 'signet: ')),
    })
    .exitOverride()
}

const sentenceOf = (summary: string): string => `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`

/** As it is typed: `<crt-file> [key-file]`. */
export function usageOf({ arguments: table = [] }: CommandSpec): string {
  return table
    .map(({ name, optional, repeats }) => {
      const dots = repeats === true ? '...' : ''
      return optional === true ? `[${name}${dots}]` : `<${name}>${dots}`
    })
    .join(' ')
}

function checkCount({ arguments: table = [] }: CommandSpec, operands: readonly string[], usage: string): void {
  const least = table.filter(({ optional }) => optional !== true).length
  const most = table.at(-1)?.repeats === true ? Infinity : table.length
  if (operands.length < least) throw tooFewArguments(usage)
  if (operands.length > most) throw tooManyArguments(usage)
}

/** Every value comes beside its flag (`normalizeTokens`), so those of booleans may be optional. */
function optionOf(name: string, flag: Flag): Option {
  const value = flag.kind === 'bool' ? '[bool]' : `<${flag.placeholder ?? 'value'}>`
  const option = new Option(`--${name} ${value}`, describeFlag(name, flag))
  return option.hideHelp(flag.hidden === true)
}

function describeFlag(name: string, flag: Flag): string {
  const notes = [
    'choices' in flag && flag.choices !== undefined ? `one of ${flag.choices.join(', ')}` : '',
    'required' in flag ? 'required' : '',
    flag.kind === 'strings' ? 'may be repeated' : '',
    'default' in flag && flag.default !== undefined ? `default ${flag.default}` : '',
    aliasText(flag),
    flag.commandLineOnly === true || flag.kind === 'bool' ? '' : `or ${environmentName(name)}`,
  ].filter((note) => note !== '')
  return notes.length === 0 ? flag.description : `${flag.description} (${notes.join('; ')})`
}

function aliasText({ aliases = [] }: Flag): string {
  return aliases.length === 0
    ? ''
    : `also ${aliases.map((name) => `${name.length === 1 ? '-' : '--'}${name}`).join(', ')}`
}

const plainHelp = new Help()
const optionTerm = (option: Option): string => plainHelp.optionTerm(option).replace(' [bool]', '')

function examplesText(examples: readonly Example[]): string {
  const lines = examples.map(({ comment, command }) => `  # ${comment}\n  ${command.replaceAll('\n', '\n  ')}`)
  return `\nExamples:\n${lines.join('\n\n')}`
}

function processesText(processes: readonly Listed[]): string {
  if (processes.length === 0) return ''
  const width = Math.max(...processes.map(({ name }) => name.length))
  const lines = processes.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`)
  return `\nProcesses (each with its own --help):\n${lines.join('\n')}\n`
}
