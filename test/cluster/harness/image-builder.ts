import { access, mkdir, readdir, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { dockerAnswers } from './kind.ts'
import { ensurePackages, imageNeeds } from './packages.ts'
import { run, tryRun } from './run.ts'
import { cacheDirectory } from './settings.ts'

export type ImageBuild = {
  /** With its tag. */
  name: string
  context: string
  dockerfile: string
  /** The stage to build; the last one where it is not given. */
  target?: string
  baseImage: string
}

/** Docker or buildah: what a machine has. */
export type ImageBuilder = {
  name: 'docker' | 'buildah'
  build(image: ImageBuild): Promise<void>
  /** Writes the image as an archive that ctr, kind and docker load. */
  save(image: string, file: string): Promise<void>
  exists(image: string): Promise<boolean>
}

/** A build of a cold cache downloads the npm packages. */
const buildTimeoutMs = 1_800_000

/** Layers after which buildah's storage is emptied: a build adds a dozen, up to half a gigabyte in all. */
const keptLayers = 300

async function emptyFullStorage(): Promise<void> {
  const layers = await readdir(join(storage, 'root', 'overlay')).catch(() => [])
  if (layers.length > keptLayers) await rm(storage, { recursive: true, force: true })
}

/** Docker where an engine answers, else buildah. Called under the lock of the images. */
export async function imageBuilder(): Promise<ImageBuilder> {
  if (await dockerAnswers()) return docker
  await ensurePackages(imageNeeds)
  await emptyFullStorage()
  await mkdir(storage, { recursive: true })
  return buildahBuilder
}

async function buildArguments(image: ImageBuild): Promise<string[]> {
  const target = image.target === undefined ? [] : ['--target', image.target]
  const base = ['--build-arg', `BASE_IMAGE=${image.baseImage}`]
  return [...target, ...base, ...(await npmSecrets()), '-t', image.name, '-f', image.dockerfile, image.context]
}

/** What this machine's npm needs to reach its package registry; the Dockerfile takes it as optional secrets. */
async function npmSecrets(): Promise<string[]> {
  const files = { npmrc: join(homedir(), '.npmrc'), 'npm-ca': process.env['NODE_EXTRA_CA_CERTS'] ?? '' }
  const secrets: string[] = []
  for (const [id, file] of Object.entries(files)) {
    const isThere = await access(file).then(
      () => true,
      () => false,
    )
    if (isThere) secrets.push('--secret', `id=${id},src=${file}`)
  }
  return secrets
}

const docker: ImageBuilder = {
  name: 'docker',
  async build(image) {
    const env = { DOCKER_BUILDKIT: '1' }
    await run('docker', ['build', ...(await buildArguments(image))], { env, timeoutMs: buildTimeoutMs })
  },
  async save(image, file) {
    await run('docker', ['save', '--output', file, image])
  },
  async exists(image) {
    return (await tryRun('docker', ['image', 'inspect', image])).status === 0
  },
}

/** Images and layers of buildah, apart from those that the machine's owner may have. */
const storage = join(cacheDirectory, 'buildah')

/** The command line that runs buildah in a mount namespace of its own: its storage leaves a mount behind otherwise. */
function inMountNamespace(args: readonly string[]): [string, string[]] {
  const store = ['--root', join(storage, 'root'), '--runroot', join(storage, 'run'), '--storage-driver', 'overlay']
  return ['unshare', ['--mount', '--', 'buildah', ...store, ...args]]
}

/** Runs buildah on our storage and returns its standard output. */
export function buildah(...args: string[]): Promise<string> {
  return run(...inMountNamespace(args), { timeoutMs: buildTimeoutMs })
}

const buildahBuilder: ImageBuilder = {
  name: 'buildah',
  async build(image) {
    await buildah('bud', '--isolation', 'chroot', '--layers', ...(await buildArguments(image)))
  },
  async save(image, file) {
    await buildah('push', image, `docker-archive:${file}:${image}`)
  },
  async exists(image) {
    return (await tryRun(...inMountNamespace(['inspect', '--type', 'image', image]))).status === 0
  },
}
