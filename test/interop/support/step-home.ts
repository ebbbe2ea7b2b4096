import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import type { RunResult } from '../../cluster/harness/run.ts'
import type { CaFolder } from './ca-folder.ts'
import { runProgram } from './programs.ts'

/** A user of `step`: an own STEPPATH and working directory, which know an authority by bootstrap. */
export type StepHome = {
  readonly path: string
  /** Runs `step` with these arguments; what it says comes without colours. */
  readonly step: (...args: readonly string[]) => Promise<RunResult>
  readonly file: (...names: readonly string[]) => string
  readonly text: (name: string) => string
  /** What `step ca bootstrap` said. */
  readonly bootstrapped: RunResult
  readonly remove: () => void
}

/** Bootstraps a new user to `url` by the fingerprint of the folder's root; `env` is added to every environment of `step`. */
export async function stepHome(
  { fingerprint }: CaFolder,
  url: string,
  env: Readonly<Record<string, string>> = {},
): Promise<StepHome> {
  const path = mkdtempSync(join(tmpdir(), 'step-home-'))
  const file = (...names: readonly string[]): string => join(path, ...names)
  const step = async (...args: readonly string[]): Promise<RunResult> => {
    const options = { cwd: path, env: { STEPPATH: file('.step'), ...env } }
    const { stdout, stderr, status } = await runProgram('step', args, options)
    return { stdout: stripVTControlCharacters(stdout), stderr: stripVTControlCharacters(stderr), status }
  }
  return {
    path,
    step,
    file,
    text: (name) => readFileSync(file(name), 'utf8'),
    bootstrapped: await step('ca', 'bootstrap', '--ca-url', url, '--fingerprint', fingerprint),
    remove: () => rmSync(path, { recursive: true, force: true }),
  }
}
