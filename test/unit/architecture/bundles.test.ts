import { build } from 'esbuild'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
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
  it('is ASCII: V8 keeps a text in which one character is beyond Latin-1 with two octets for each', () => {
    const folder = mkdtempSync(join(tmpdir(), 'signet-bundles-'))
    try {
      execFileSync(process.execPath, ['.config/build.ts', folder], { stdio: 'pipe' })
      const beyond = readdirSync(folder)
        .filter((file) => file.endsWith('.js'))
        .filter((file) => readFileSync(join(folder, file)).some((octet) => octet > 0x7f))
      expect(beyond).toEqual([])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
