import type { Clock, Random } from '../core/clock.ts'

/** The world of a command: tests pass another one. Files are read and written by `files.ts`, an authority by `client`. */
export type CliIo = {
  /** Data: PEM, tokens, JSON. */
  readonly out: (data: string | Uint8Array) => void
  /** Everything that is said to a person. */
  readonly err: (text: string) => void
  /** All of standard input. */
  readonly readStdin: () => Promise<Uint8Array>
  /** Is standard input a terminal, so that a person would have to end it? */
  readonly stdinIsTerminal: boolean
  /** Where a person answers: standard input if it is a terminal, else the one that the process belongs to; or there is none. */
  readonly openTerminal: () => Terminal | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
  readonly random: Random
  readonly version: string
  /** `linux`, `darwin` …, as Node names them. */
  readonly platform: string
  /** Runs a program with the streams of this process; resolves to its status, 128 + n if signal n ended it. */
  readonly run: (command: string, args: readonly string[]) => Promise<number>
  readonly kill: (pid: number, signal: number | NodeJS.Signals) => void
  /** Calls back at each of these signals in place of ending the process, until the returned function is called. */
  readonly onSignal: (signals: readonly NodeJS.Signals[], listener: (signal: NodeJS.Signals) => void) => () => void
}

/** Keys are read one by one and not echoed. */
export type Terminal = {
  /** The next key: a character, or an escape sequence such as `\x1b[A`; undefined when the terminal is gone. */
  readonly readKey: () => Promise<string | undefined>
  /** Leaves the terminal as it was found. */
  readonly close: () => void
}

/** One line about a value that was chosen or a file that was written, byte for byte as `step` prints it. */
export function printSelected(io: CliIo, label: string, value: string): void {
  io.err(`\x1b[32m\x1b[32m✔\x1b[0m \x1b[1m${label}\x1b[0m\x1b[1m:\x1b[0m ${value}\n`)
}
