import { existsSync, readFileSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { withLock } from '../../cluster/harness/lock.ts'
import { ensurePackages } from '../../cluster/harness/packages.ts'
import { step } from '../../cluster/harness/progress.ts'
import { run } from '../../cluster/harness/run.ts'
import { cacheDirectory, contentKey } from '../../cluster/harness/settings.ts'

/**
 * Path of a Python that has the packages of a requirements file, in an environment of its own outside the tree; makes it
 * (half a minute) where there is none for this text yet. Throws with what pip says where they cannot be had.
 */
export async function pythonWith(requirements: string): Promise<string> {
  const directory = join(cacheDirectory, 'python', contentKey(readFileSync(requirements)))
  const python = join(directory, 'bin', 'python')
  const done = join(directory, 'complete')
  await withLock(`python-${contentKey(readFileSync(requirements))}`, async () => {
    if (existsSync(done)) return
    await ensurePackages([{ what: 'python3', package: 'python3-venv' }])
    await rm(directory, { recursive: true, force: true })
    await mkdir(join(directory, '..'), { recursive: true })
    await step('install Python packages', async () => {
      await run('python3', ['-m', 'venv', directory])
      await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements])
    })
    await mkdir(`${done}.new`)
    await rename(`${done}.new`, done)
  })
  return python
}
