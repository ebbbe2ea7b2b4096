import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
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

/** A new user who knows nothing yet. */
export type BareHome = Omit<StepHome, 'bootstrapped'>

function bareHome(env: Readonly<Record<string, string>>): BareHome {
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
    remove: () => rmSync(path, { recursive: true, force: true }),
  }
}

/** Bootstraps a new user to `url` by the fingerprint of the folder's root; `env` is added to every environment of `step`. */
export async function stepHome(
  { fingerprint }: CaFolder,
  url: string,
  env: Readonly<Record<string, string>> = {},
): Promise<StepHome> {
  const home = bareHome(env)
  const bootstrapped = await home.step('ca', 'bootstrap', '--ca-url', url, '--fingerprint', fingerprint)
  return { ...home, bootstrapped }
}

/** A new user with the files that bootstrap leaves (step-client.test.ts compares them), where it is not what is tested. */
export function knowingHome({ fingerprint, root }: CaFolder, url: string): BareHome {
  const home = bareHome({})
  for (const folder of ['certs', 'config']) mkdirSync(home.file('.step', folder), { recursive: true })
  const rootFile = home.file('.step', 'certs', 'root_ca.crt')
  writeFileSync(rootFile, root)
  const defaults = JSON.stringify({ 'ca-url': url, fingerprint, root: rootFile })
  writeFileSync(home.file('.step', 'config', 'defaults.json'), defaults)
  return home
}
