import { mkdir, mkdtemp, readFile, realpath, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { buildah } from './image-builder.ts'
import type { ImageBuilder } from './image-builder.ts'
import { step } from './progress.ts'
import { run } from './run.ts'
import { cacheDirectory, contentKey } from './settings.ts'

/** What Docker takes from its registry. */
const official = 'node:24-bookworm-slim'

/** Debian's packages of the base besides the essential ones: npm trusts by ca-certificates, test pods use openssl. */
const packages = ['ca-certificates', 'openssl']

/** Root of the npm package that runs now: the base image gets the same. */
async function npmDirectory(): Promise<string> {
  const started = process.env['npm_execpath'] ?? (await run('sh', ['-c', 'command -v npm'])).trim()
  return join(dirname(await realpath(started)), '..')
}

/**
 * Name of an image with Debian 12, Node 24 and npm: the official one with Docker; made here for buildah, because it
 * must work where no image registry can be reached.
 */
export async function ensureBaseImage(builder: ImageBuilder): Promise<string> {
  if (builder.name === 'docker') return official
  const npm = await npmDirectory()
  const key = contentKey(process.version, await readFile(join(npm, 'package.json')), ...packages)
  const name = `localhost/node-24-bookworm:${key}`
  if (await builder.exists(name)) return name
  const system = await ensureDebian()
  await step('make the base image', () => makeBase(name, system, npm))
  return name
}

async function ensureDebian(): Promise<string> {
  const file = join(cacheDirectory, 'images', `debian-bookworm-${contentKey(...packages)}.tar`)
  const isThere = await stat(file).then(
    () => true,
    () => false,
  )
  if (isThere) return file
  await mkdir(dirname(file), { recursive: true })
  const work = await mkdtemp(`${file}.`)
  const options = ['--variant=minbase', `--include=${packages.join(',')}`]
  try {
    await step('install Debian 12 into an archive', () =>
      run('mmdebstrap', [...options, 'bookworm', join(work, 'debian.tar')]),
    )
    await rename(join(work, 'debian.tar'), file)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
  return file
}

async function makeBase(name: string, system: string, npm: string): Promise<void> {
  const container = (await buildah('from', 'scratch')).trim()
  try {
    await buildah('add', container, system, '/')
    await buildah('copy', '--chmod', '0755', container, process.execPath, '/usr/local/bin/node')
    await buildah('copy', container, npm, '/usr/local/lib/node_modules/npm')
    const link = 'ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm'
    await buildah('run', '--isolation', 'chroot', container, '--', 'sh', '-c', link)
    await buildah('config', '--cmd', 'node', '--env', 'PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', container)
    await buildah('commit', container, name)
  } finally {
    await buildah('rm', container)
  }
}
