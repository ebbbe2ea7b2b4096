import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { withLock } from '../../cluster/harness/lock.ts'
import { requireGo } from '../../cluster/harness/packages.ts'
import { step } from '../../cluster/harness/progress.ts'
import { run } from '../../cluster/harness/run.ts'
import { cacheDirectory } from '../../cluster/harness/settings.ts'

export type GoBuild = {
  /** Another module's program, which the folder's go.mod names as a tool. Default: the one in the folder. */
  readonly goPackage?: string
  /** Whether parts of it are in C. */
  readonly cgo?: boolean
}

/** Path of the program whose Go module lies in `folder`; builds it (0.5 to 2 minutes) where these sources were not built yet. */
export async function buildGoProgram(folder: string, { goPackage = '.', cgo = false }: GoBuild = {}): Promise<string> {
  const name = basename(folder)
  const key = `${name}-${hashOf(folder)}`
  const directory = join(cacheDirectory, 'programs', key)
  const file = join(directory, name)
  await withLock(key, async () => {
    if (existsSync(file)) return
    await requireGo()
    await mkdir(directory, { recursive: true })
    const work = await mkdtemp(join(directory, '.build-'))
    try {
      await step(`build ${name}`, () =>
        run('go', ['build', '-trimpath', '-o', join(work, name), goPackage], {
          cwd: folder,
          env: { CGO_ENABLED: cgo ? '1' : '0' },
          timeoutMs: 1_800_000,
        }),
      )
      await rename(join(work, name), file)
    } finally {
      await rm(work, { recursive: true, force: true })
    }
  })
  return file
}

function hashOf(folder: string): string {
  const hash = createHash('sha256')
  const sources = readdirSync(folder).filter((file) => /\.go$|^go\.(mod|sum)$/.test(file))
  for (const file of sources.toSorted())
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(join(folder, file)))
  return hash.digest('hex').slice(0, 16)
}
