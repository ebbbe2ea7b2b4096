import type { Clock, Random } from '../core/clock.ts'

/** The world of a command: tests pass another one. */
export type CliIo = {
  /** Data: PEM, tokens, JSON. */
  readonly out: (text: string) => void
  /** Everything that is said to a person. */
  readonly err: (text: string) => void
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
  readonly random: Random
  readonly version: string
}

/** One line about a value that was chosen or a file that was written, byte for byte as `step` prints it. */
export function printSelected(io: CliIo, label: string, value: string): void {
  io.err(`\x1b[32m\x1b[32m✔\x1b[0m \x1b[1m${label}\x1b[0m\x1b[1m:\x1b[0m ${value}\n`)
}
