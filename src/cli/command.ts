import type { TimeDuration } from '../core/duration.ts'
import type { CliIo } from './io.ts'
import type { StepFolder } from './step-path.ts'

type Common = {
  /** Other names, as `step` has them: `['f']` for `-f`, `['issuer']` for `--issuer`. */
  readonly aliases?: readonly string[]
  /** What stands for the value in the help; `value` unless given. */
  readonly placeholder?: string
  /** Begins with a small letter, ends without a period. */
  readonly description: string
  /** Neither STEP_<NAME> nor defaults.json give it; some of step's flags are so. */
  readonly commandLineOnly?: true
  readonly hidden?: true
  /** Why it is refused wherever it is given. */
  readonly refused?: string
}

/** What a flag takes: a row of the table `flags` of a command, by its name without dashes. */
export type Flag = Common &
  (
    | { readonly kind: 'bool'; readonly default?: true }
    | {
        /** An empty text is as if it were not given. `file` is a path, which shells complete. */
        readonly kind: 'string' | 'file'
        readonly default?: string
        readonly required?: true
        readonly choices?: readonly string[]
      }
    /** May be repeated; with `commas`, each may be a list. */
    | { readonly kind: 'strings'; readonly commas?: true; readonly required?: true }
    | { readonly kind: 'int'; readonly default?: number }
    /** A Go duration, in milliseconds. */
    | { readonly kind: 'duration' }
    /** A time in RFC 3339, or a Go duration from now. */
    | { readonly kind: 'time' }
  )

export type Flags = Readonly<Record<string, Flag>>

type Texts<F extends Flag> = F extends { choices: readonly (infer Choice)[] } ? Choice : string
type Given<F extends Flag, Value> = F extends { default: unknown } | { required: true } ? Value : Value | undefined

/** The value that a command gets of a flag. */
export type FlagValue<F extends Flag> = F['kind'] extends 'bool'
  ? boolean
  : F['kind'] extends 'strings'
    ? readonly string[]
    : F['kind'] extends 'int' | 'duration'
      ? Given<F, number>
      : F['kind'] extends 'time'
        ? TimeDuration | undefined
        : Given<F, Texts<F>>

export type FlagValues<F extends Flags> = { readonly [Name in keyof F]: FlagValue<F[Name]> }

/** A value without a flag's name. Those that are optional come last, then at most one that repeats. */
export type Argument = {
  readonly name: string
  readonly description: string
  readonly optional?: true
  readonly repeats?: true
}

/** A line that may be typed, and what it does. */
export type Example = { readonly comment: string; readonly command: string }

export type CommandContext<F extends Flags = Flags> = {
  /** As many as the command's table of arguments allows. */
  readonly args: readonly string[]
  readonly flags: FlagValues<F>
  /** Was the flag given: on the command line, in the environment or in defaults.json? */
  readonly isGiven: (flag: keyof F & string) => boolean
  readonly io: CliIo
  /** The folder of step's configuration, with the context that this run is about. */
  readonly step: StepFolder
  /** `signet ca init`, for messages. */
  readonly name: string
}

/** One verb. Its name and summary stand in the table of its noun, so that a list of verbs needs none of their code. */
export type CommandSpec<F extends Flags = Flags> = {
  /** Sentences for the help, after the summary. */
  readonly description?: string
  readonly arguments?: readonly Argument[]
  readonly flags: F
  /** At most one flag of each list may be given. */
  readonly exclusive?: readonly (readonly (keyof F & string)[])[]
  /** Neither contexts nor defaults.json are read: for what must work although they are broken. */
  readonly withoutContext?: true
  /** At least one. */
  readonly examples: readonly Example[]
  /** Resolves to the exit code, 0 if it is none. Throws SignetError, or ExitError for another code than 1. */
  run(context: CommandContext<F>): Promise<number | void> | number | void
}

/** A noun: the verbs, or further nouns, below a word. */
export type CommandGroup = {
  readonly description?: string
  readonly commands: Readonly<Record<string, CommandEntry>>
  readonly examples: readonly Example[]
}

/** `load` imports the file of the verb or the `index.ts` of the noun, which is evaluated only then. */
export type CommandEntry = {
  readonly summary: string
  readonly hidden?: true
  readonly load: () => Promise<{ readonly command: CommandSpec } | { readonly group: CommandGroup }>
}

/** Gives `run` the types of the flags in its table. The tables of nouns hold commands of whatever flags. */
export function defineCommand<const F extends Flags>(spec: CommandSpec<F>): CommandSpec
export function defineCommand(spec: CommandSpec): CommandSpec {
  return spec
}

/** A failure with an exit code of its own. */
export class ExitError extends Error {
  readonly exitCode: number

  constructor(exitCode: number, message: string) {
    super(message)
    this.exitCode = exitCode
  }
}
