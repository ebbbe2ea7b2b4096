import { build } from 'esbuild'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { processes } from '../../../src/app/processes.ts'

const files = [...new Set([...processes.values()].map(({ file }) => file))]

/** Files that end up in the bundle of a process; those of packages below `node_modules/`. */
async function filesIn(file: string): Promise<string[]> {
  const { metafile } = await build({
    entryPoints: [`src/app/${file}.ts`],
    bundle: true,
    platform: 'node',
    format: 'esm',
    write: false,
    metafile: true,
    logLevel: 'silent',
    outdir: 'unused',
  })
  return Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  )
}

const below = (paths: readonly string[], folder: string) => paths.filter((path) => path.startsWith(folder))

describe.each(files)('the bundle of %s', (file) => {
  it('carries of the Kubernetes client only what reads a kubeconfig, and of the resources only types', async () => {
    const paths = await filesIn(file)
    const client = 'node_modules/@kubernetes/client-node/'
    const allowed = new Set([`${client}dist/config_types.js`, `${client}dist/exec_auth.js`])
    expect(below(paths, client).filter((path) => !allowed.has(path))).toEqual([])
    expect(below(paths, 'node_modules/undici/')).toEqual([])
    expect(below(paths, 'src/core/resources/schema.ts')).toEqual([])
  })
})

describe('the bundle of workload', () => {
  it('carries no Kubernetes client at all: it runs in every pod', async () => {
    expect(below(await filesIn('workload'), 'node_modules/@kubernetes/')).toEqual([])
  })
})

describe('what the build writes', () => {
  let folder: string

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'signet-bundles-'))
    execFileSync(process.execPath, ['.config/build.ts', folder], { stdio: 'pipe' })
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it('is ASCII: V8 keeps a text in which one character is beyond Latin-1 with two octets for each', () => {
    const beyond = readdirSync(folder)
      .filter((file) => file.endsWith('.js'))
      .filter((file) => readFileSync(join(folder, file)).some((octet) => octet > 0x7f))
    expect(beyond).toEqual([])
  })

  it('is loaded for a command only as far as it needs it', () => {
    const probe = join(folder, 'probe.cjs')
    const script = `require('./commands.js').runCommand(['version']).then(() => {
      const files = Object.keys(require.cache).filter((file) => file !== __filename)
      console.log(files.reduce((sum, file) => sum + require('node:fs').statSync(file).size, 0))
      console.log(process.moduleLoadList.filter((name) => /NativeModule (crypto|child_process|tls|https)$/.test(name)).join())
    })`
    writeFileSync(probe, script)
    const [version, size, builtIn] = execFileSync(process.execPath, [probe], { encoding: 'utf8' }).split('\n')
    expect(version).toMatch(/^signet \d/)
    // 105 KiB when this was written, most of it commander.
    expect(Number(size)).toBeLessThan(130 * 1024)
    expect(builtIn).toBe('')
  })
})
