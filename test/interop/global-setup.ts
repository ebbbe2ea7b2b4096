// Before the first test file of the project `interop`: a build of this tree of its own, so that another one under way in
// `dist` does not matter, the real `step` and `step-ca`, and what else of Debian the tests run: strace for what only system
// calls show, a browser, a database.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { ensurePackages } from '../cluster/harness/packages.ts'
import { step } from '../cluster/harness/progress.ts'
import { run } from '../cluster/harness/run.ts'
import { ensureTool } from '../cluster/harness/tools.ts'
import { chromiumNeeds } from './support/chromium.ts'
import { postgresNeeds } from './support/postgres.ts'

/** Paths of the programs that a test file gets by `inject('programs')`. */
export type Programs = {
  /** The built `cli.js`. */
  signet: string
  step: string
  stepCa: string
}

declare module 'vitest' {
  interface ProvidedContext {
    programs: Programs
  }
}

/** Builds once for all files; gives back what removes the build. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  await ensurePackages([{ what: 'strace', package: 'strace' }, ...chromiumNeeds, ...postgresNeeds])
  const dist = await mkdtemp(join(tmpdir(), 'signet-dist-'))
  await step('build signet', () => run(process.execPath, ['.config/build.ts', dist]))
  project.provide('programs', {
    signet: join(dist, 'cli.js'),
    step: await ensureTool('step'),
    stepCa: await ensureTool('step-ca'),
  })
  return () => rm(dist, { recursive: true })
}
