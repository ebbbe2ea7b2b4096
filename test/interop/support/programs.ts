import { inject } from 'vitest'
import { tryRun, type RunOptions, type RunResult } from '../../cluster/harness/run.ts'

export type ProgramName = 'signet' | 'step' | 'step-ca'

/** The start of a command line. */
export function commandOf(name: ProgramName): [string, ...string[]] {
  const { signet, step, stepCa } = inject('programs')
  const commands = { signet: [process.execPath, signet], step: [step], 'step-ca': [stepCa] } as const
  return [...commands[name]]
}

/** Runs a program to its end, whatever its status; it has no terminal and its input is empty. */
export function runProgram(name: ProgramName, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const [file, ...first] = commandOf(name)
  return tryRun(file, [...first, ...args], { timeoutMs: 30_000, detached: true, ...options })
}

/** The arguments that a line without quotes means. */
export const words = (line: string): string[] => line.split(' ')
