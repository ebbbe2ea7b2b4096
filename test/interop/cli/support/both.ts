import { expect } from 'vitest'
import type { RunOptions, RunResult } from '../../../cluster/harness/run.ts'
import { runProgram } from '../../support/programs.ts'

/** One command line run by the real `step` and by `signet`: what each said, and with which status. */
export async function runBoth(args: readonly string[], options: RunOptions = {}): Promise<[RunResult, RunResult]> {
  return Promise.all([runProgram('step', args, options), runProgram('signet', args, options)])
}

/** Requires that both say the same on standard output, byte for byte, and end with the same status. Gives back what. */
export async function expectSameOutput(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const [theirs, ours] = await runBoth(args, options)
  expect({ args, status: ours.status, stdout: ours.stdout, stderr: ours.status === 0 ? ours.stderr : '' }).toEqual({
    args,
    status: theirs.status,
    stdout: theirs.stdout,
    stderr: theirs.status === 0 ? theirs.stderr : '',
  })
  return ours
}
