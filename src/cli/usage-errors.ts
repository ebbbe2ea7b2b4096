import { SignetError } from '../core/errors.ts'

/** What is wrong with a command line, in the words of `step`, which scripts look for. Flags are named without dashes. */
const usageError = (message: string): SignetError => new SignetError('malformed', message)

/** `problem` says what would be right. */
export function invalidFlag(flag: string, value: string, problem?: string): SignetError {
  const start = value === '' ? `missing value for flag '--${flag}'` : `invalid value '${value}' for flag '--${flag}'`
  return usageError(problem === undefined ? start : `${start}; ${problem}`)
}

export function invalidChoice(flag: string, value: string, choices: readonly string[]): SignetError {
  return invalidFlag(flag, value, `options are ${choices.join(', ')}`)
}

/** `command` is what comes before: `signet ca init`, or another flag such as `flag '--csr'`. */
export function requiredFlag(command: string, flag: string): SignetError {
  return usageError(`'${command}' requires the '--${flag}' flag`)
}

export function requiredWithFlag(flag: string, required: string): SignetError {
  return usageError(`flag '--${flag}' requires the '--${required}' flag`)
}

export function requiredUnlessFlag(flag: string, other: string): SignetError {
  return usageError(`flag '--${flag}' is required unless the '--${other}' flag is provided`)
}

/** One of several flags is needed. */
export function requiredOneOf(flags: readonly string[]): SignetError {
  return usageError(`one of flag ${flags.map((flag) => `--${flag}`).join(' or ')} is required`)
}

export function exclusiveFlags(flag: string, other: string): SignetError {
  return usageError(`flag '--${flag}' and flag '--${other}' are mutually exclusive`)
}

export function incompatibleFlags(flag: string, other: string): SignetError {
  return usageError(`flag '--${flag}' is incompatible with '--${other}'`)
}

/** A flag that does not go with the value of another. */
export function incompatibleFlagValue(flag: string, other: string, value: string): SignetError {
  return usageError(`flag '--${flag}' is incompatible with flag '--${other} ${value}'`)
}

export function equalArguments(first: string, second: string, usage: string): SignetError {
  return usageError(`positional arguments <${first}> and <${second}> cannot be equal in '${usage}'`)
}

/** `usage` is the command with its arguments. */
export function tooFewArguments(usage: string): SignetError {
  return usageError(`not enough positional arguments were provided in '${usage}'`)
}

export function tooManyArguments(usage: string): SignetError {
  return usageError(`too many positional arguments were provided in '${usage}'`)
}
