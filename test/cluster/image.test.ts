import { beforeAll, describe, expect, it } from 'vitest'
import { buildSignetImage, type BuiltImage } from './harness/images.ts'
import { run } from './harness/run.ts'

type Config = { config: { User: string; Entrypoint: string[]; Env: string[]; Volumes?: unknown } }

let image: BuiltImage
let config: Config
let files: string[] = []

/** The archive is in the form of `docker save`: a manifest that names the configuration and the layers. */
beforeAll(async () => {
  image = await buildSignetImage()
  const member = async (name: string) => JSON.parse(await run('tar', ['-xOf', image.archive, name])) as unknown
  const [manifest] = (await member('manifest.json')) as { Config: string; Layers: string[] }[]
  config = (await member(manifest?.Config ?? '')) as Config
  for (const layer of manifest?.Layers ?? []) {
    const list = await run('sh', ['-c', 'tar -xOf "$0" "$1" | tar -t', image.archive, layer])
    files.push(...list.split('\n').map((file) => file.replace(/^\.?\//, '')))
  }
  files = files.filter((file) => file !== '' && !file.endsWith('/'))
})

describe('the image', () => {
  it('runs as a numeric user that is not root', () => {
    expect(config.config.User).toBe('65532:65532')
    expect(config.config.Entrypoint).toEqual(['node', '/app/dist/cli.js'])
  })

  it('holds node, four small programs, their libraries and Signet', () => {
    const outside = files.filter(
      (file) => !file.startsWith('app/') && !/^usr\/lib(64)?\/(.*\/)?[\w.+-]+\.so[.\d]*$/.test(file),
    )
    expect(outside.toSorted()).toEqual([
      'bin',
      'etc/group',
      'etc/nsswitch.conf',
      'etc/passwd',
      'lib',
      'lib64',
      ...['cat', 'date', 'sh', 'sleep'].map((program) => `usr/bin/${program}`),
      ...['node', 'signet'].map((program) => `usr/local/bin/${program}`),
    ])
    const folders = new Set(
      files.filter((file) => file.startsWith('app/')).map((file) => file.split('/').slice(1, 2).join('')),
    )
    expect([...folders].toSorted()).toEqual(['crds', 'dist', 'package.json', 'sidecar.sh'])
  })

  it('knows no package registry and no certificate of the machine that built it', async () => {
    expect(files.filter((file) => /node_modules|npmrc|\.pem$|\.crt$|package-lock/.test(file))).toEqual([])
    const text = JSON.stringify(config)
    expect(text).not.toMatch(/NPM_CONFIG_[A-Z]+=(?!\/run\/secrets)/)
    expect(config.config.Env.toSorted()).toEqual([
      'MALLOC_ARENA_MAX=2',
      'MALLOC_TRIM_THRESHOLD_=131072',
      'PATH=/usr/local/bin:/usr/bin:/bin',
    ])
  })

  it('stays small', () => {
    // Node alone is 118 MiB.
    expect(image.bytes / 1024 / 1024).toBeLessThan(150)
  })
})
