import { mkdir, readFile, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ensureBaseImage } from './base-image.ts'
import { loadImage } from './engine.ts'
import type { Cluster } from './engine.ts'
import { imageBuilder } from './image-builder.ts'
import type { ImageBuild, ImageBuilder } from './image-builder.ts'
import { withLock } from './lock.ts'
import { step } from './progress.ts'
import { cacheDirectory, contentKey, projectDirectory } from './settings.ts'

export type BuiltImage = {
  /** With its tag, as a pod names it. */
  name: string
  /** The archive that `docker load` and `ctr images import` take. */
  archive: string
  bytes: number
}

export type TestImages = {
  signet: BuiltImage
  /** node and openssl on Debian. */
  app: BuiltImage
  /** The same with `USER 1000`. */
  appUser1000: BuiltImage
}

/** Files and folders of the project that the Dockerfile reads: the key of the image is made of them. */
const signetInputs = [
  'Dockerfile',
  '.dockerignore',
  '.npmrc',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  '.config',
  'crds',
  'src',
]

const archives = join(cacheDirectory, 'images')

/** Hash of the paths and contents of all files in `paths`, which are files or folders below `directory`. */
export async function inputsKey(directory: string, paths: readonly string[]): Promise<string> {
  const parts: (string | Uint8Array)[] = []
  for (const path of paths) {
    for (const file of await filesBelow(join(directory, path))) {
      parts.push(file.slice(directory.length), await readFile(file))
    }
  }
  return contentKey(...parts)
}

async function filesBelow(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) return []
  if (found.isFile()) return [path]
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

async function ensureImage(builder: ImageBuilder, image: ImageBuild): Promise<BuiltImage> {
  const [repository = '', key = ''] = image.name.split('/').at(-1)?.split(':') ?? []
  const archive = join(archives, `${repository}-${key}.tar`)
  const bytes = (): Promise<number> => stat(archive).then((found) => found.size)
  const found = await bytes().catch(() => undefined)
  if (found !== undefined) return { name: image.name, archive, bytes: found }
  await step(`build ${image.name} with ${builder.name}`, async () => {
    await mkdir(dirname(archive), { recursive: true })
    await builder.build(image)
    await rm(`${archive}.part`, { force: true })
    await builder.save(image.name, `${archive}.part`)
    await rename(`${archive}.part`, archive)
  })
  await removeOldArchives(repository)
  return { name: image.name, archive, bytes: await bytes() }
}

/** Archives that are kept of each image: going back and forth between two states of the tree builds nothing. */
const keptArchives = 4

async function removeOldArchives(repository: string): Promise<void> {
  const pattern = new RegExp(`^${repository}-[0-9a-f]{16}\\.tar$`)
  const found: { file: string; age: number }[] = []
  for (const name of await readdir(archives)) {
    if (!pattern.test(name)) continue
    const file = join(archives, name)
    found.push({ file, age: (await stat(file)).mtimeMs })
  }
  found.sort((a, b) => b.age - a.age)
  for (const { file } of found.slice(keptArchives)) await rm(file)
}

/** The image of the tree as it is, by the project's Dockerfile. An unchanged tree is not built again. */
export function buildSignetImage(): Promise<BuiltImage> {
  return withLock('images', async () => {
    const builder = await imageBuilder()
    const baseImage = await ensureBaseImage(builder)
    const key = contentKey(baseImage, await inputsKey(projectDirectory, signetInputs))
    return ensureImage(builder, {
      name: `localhost/signet:${key}`,
      context: projectDirectory,
      dockerfile: join(projectDirectory, 'Dockerfile'),
      baseImage,
    })
  })
}

/** The images that test pods run. */
export function buildTestAppImages(): Promise<Pick<TestImages, 'app' | 'appUser1000'>> {
  return withLock('images', async () => {
    const builder = await imageBuilder()
    const baseImage = await ensureBaseImage(builder)
    const context = join(import.meta.dirname, 'test-app')
    const key = contentKey(baseImage, await inputsKey(context, ['.']))
    const build = (repository: string, target: string): Promise<BuiltImage> =>
      ensureImage(builder, {
        name: `localhost/${repository}:${key}`,
        context,
        dockerfile: join(context, 'Dockerfile'),
        target,
        baseImage,
      })
    const app = await build('signet-test-app', 'root')
    return { app, appUser1000: await build('signet-test-app-user-1000', 'user-1000') }
  })
}

/** Builds all images that tests need and loads them into the cluster. */
export async function provideImages(cluster: Cluster): Promise<TestImages> {
  const images = { ...(await buildTestAppImages()), signet: await buildSignetImage() }
  for (const { name, archive } of Object.values(images)) await loadImage(cluster, name, archive)
  return images
}
