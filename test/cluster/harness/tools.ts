import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ensureKubernetes } from './kubernetes-build.ts'
import { withLock } from './lock.ts'
import { requireGo } from './packages.ts'
import { step } from './progress.ts'
import { run } from './run.ts'
import { cacheDirectory } from './settings.ts'

/** Command → the Go package and version that it is built from. */
const goTools = {
  helm: { module: 'helm.sh/helm/v4/cmd/helm', version: 'v4.3.1' },
  kind: { module: 'sigs.k8s.io/kind', version: 'v0.31.0' },
  step: { module: 'github.com/smallstep/cli/cmd/step', version: 'v0.30.2' },
  'step-ca': { module: 'github.com/smallstep/certificates/cmd/step-ca', version: 'v0.30.2' },
} as const

/** The version that the tests are written for. */
export const toolVersion = (name: keyof typeof goTools): string => goTools[name].version

export type ToolName = keyof typeof goTools | 'kubectl'

/** Path of a command of exactly the version that the tests are written for; builds it (0.5 to 4 minutes) where it is not cached. */
export async function ensureTool(name: ToolName): Promise<string> {
  if (name === 'kubectl') return join(await ensureKubernetes(['kubectl']), 'kubectl')
  const { module, version } = goTools[name]
  const directory = join(cacheDirectory, 'tools', `${name}-${version}`)
  const file = join(directory, name)
  const isThere = (): Promise<boolean> =>
    stat(file).then(
      () => true,
      () => false,
    )
  if (await isThere()) return file
  await withLock(`${name}-${version}`, async () => {
    if (!(await isThere()))
      await step(`build ${name} ${version}`, () => install(name, `${module}@${version}`, directory))
  })
  return file
}

async function install(name: string, goPackage: string, directory: string): Promise<void> {
  await requireGo()
  await mkdir(directory, { recursive: true })
  const work = await mkdtemp(join(directory, '.build-'))
  try {
    const env = { CGO_ENABLED: '0', GOBIN: work }
    await run('go', ['install', '-trimpath', goPackage], { env, timeoutMs: 1_800_000 })
    await rename(join(work, name), join(directory, name))
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}
