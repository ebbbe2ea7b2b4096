import { cp, mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { withLock } from './lock.ts'
import { requireGo } from './packages.ts'
import { step } from './progress.ts'
import { run } from './run.ts'
import { cacheDirectory, clusterMark, contentKey, kubernetesVersion } from './settings.ts'

/** Everything that a cluster is booted from. */
const allCommands = ['kubectl', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubelet', 'kube-proxy']

const module = 'k8s.io/kubernetes'

/**
 * go.mod of a module that only exists to build Kubernetes' commands. k8s.io/kubernetes replaces its staging modules by
 * local folders; outside its own tree each needs its published version, v0.X.Y for Kubernetes v1.X.Y.
 */
export function goModFor(version: string, upstreamGoMod: string): string {
  const published = version.replace(/^v1\./, 'v0.')
  const staging = [...upstreamGoMod.matchAll(/^\s*(k8s\.io\/[a-z-]+) => \.\/staging\/src/gm)].map(([, name]) => name)
  return [
    'module kubernetes-binaries',
    'go 1.25.0',
    `require ${module} ${version}`,
    ...staging.map((name) => `replace ${name} => ${name} ${published}`),
    '',
  ].join('\n')
}

/** Flags of the linker: no symbols, and the version that each command reports. */
export function linkerFlags(version: string): string {
  const [major = '', minor = ''] = version.replace(/^v/, '').split('.')
  const values = { gitVersion: version, gitMajor: major, gitMinor: minor }
  return ['-s', '-w', ...Object.entries(values).map(([k, v]) => `-X k8s.io/component-base/version.${k}=${v}`)].join(' ')
}

/**
 * Directory of kube-apiserver, kubelet and so on. Builds what is not there of `commands`: all of them take 10 minutes
 * on 2 cores the first time, kubectl alone one.
 */
export async function ensureKubernetes(commands: readonly string[] = allCommands): Promise<string> {
  const version = kubernetesVersion
  const directory = join(cacheDirectory, `kubernetes-${version}-${contentKey(linkerFlags(version))}`)
  if ((await missingOf(directory, commands)).length === 0) return directory
  await withLock('kubernetes', async () => {
    const missing = await missingOf(directory, commands)
    if (missing.length === 0) return
    await requireGo()
    await mkdir(directory, { recursive: true })
    const source = await prepareModule(version, missing)
    for (const name of missing) {
      await step(`build ${name} ${version}`, () => build(name, version, source, directory))
    }
    await rm(source, { recursive: true, force: true })
  })
  return directory
}

async function missingOf(directory: string, commands: readonly string[]): Promise<string[]> {
  const found = await readdir(directory).catch((): string[] => [])
  return commands.filter((name) => !found.includes(name))
}

async function prepareModule(version: string, commands: readonly string[]): Promise<string> {
  const source = join(cacheDirectory, `kubernetes-${version}.module`)
  await mkdir(source, { recursive: true })
  await step(`download the sources of Kubernetes ${version}`, async () => {
    const found = await run('go', ['mod', 'download', '-json', `${module}@${version}`], { cwd: source })
    const { GoMod } = JSON.parse(found) as { GoMod: string }
    await writeFile(join(source, 'go.mod'), goModFor(version, await readFile(GoMod, 'utf8')))
    const imports = commands.map((name) => `import _ "${module}/cmd/${name}"`)
    await writeFile(join(source, 'tools.go'), ['//go:build tools', 'package tools', ...imports, ''].join('\n'))
    await run('go', ['mod', 'tidy'], { cwd: source })
  })
  return source
}

async function build(name: string, version: string, source: string, directory: string): Promise<void> {
  const file = join(source, name)
  await run('go', ['build', '-trimpath', '-ldflags', linkerFlags(version), '-o', file, `${module}/cmd/${name}`], {
    cwd: source,
    env: { ...clusterMark, CGO_ENABLED: '0' },
    timeoutMs: 3_600_000,
  })
  // The last step is a rename: a file of the final name is always whole.
  await cp(file, join(directory, `${name}.part`))
  await rename(join(directory, `${name}.part`), join(directory, name))
}
