import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { run } from './run.ts'

export type ImageConfig = {
  /** With its tag: `localhost/pause:1`. */
  name: string
  entrypoint: readonly string[]
  env?: readonly string[]
  user?: string
}

const architectures: Record<string, string> = { x64: 'amd64', arm64: 'arm64' }

/** Go's and OCI's name of this machine's architecture. */
export const architecture = architectures[process.arch] ?? process.arch

/** Packs a folder as an OCI image of one layer into the archive `file`, which `ctr images import` takes. Needs tar only. */
export async function packImage(image: ImageConfig, folder: string, file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  const work = await mkdtemp(`${file}.`)
  try {
    const blobs = join(work, 'layout', 'blobs', 'sha256')
    await mkdir(blobs, { recursive: true })
    const layerFile = join(work, 'layer.tar')
    await run('tar', ['-C', folder, '--owner=0', '--group=0', '--numeric-owner', '-cf', layerFile, '.'])
    const store = async (body: string | Uint8Array): Promise<{ digest: string; size: number }> => {
      const hex = createHash('sha256').update(body).digest('hex')
      await writeFile(join(blobs, hex), body)
      return { digest: `sha256:${hex}`, size: Buffer.byteLength(body) }
    }
    const layer = await store(await readFile(layerFile))
    const config = await store(JSON.stringify(configOf(image, layer.digest)))
    const manifest = await store(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
        layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', ...layer }],
      }),
    )
    const layout = join(work, 'layout')
    await writeFile(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
    await writeFile(join(layout, 'index.json'), JSON.stringify(indexOf(image, manifest)))
    await run('tar', ['-C', layout, '-cf', file, '.'])
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

function configOf(image: ImageConfig, layer: string): unknown {
  return {
    architecture,
    os: 'linux',
    config: {
      Entrypoint: image.entrypoint,
      Env: image.env ?? ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
      ...(image.user === undefined ? {} : { User: image.user }),
    },
    rootfs: { type: 'layers', diff_ids: [layer] },
  }
}

function indexOf(image: ImageConfig, manifest: { digest: string; size: number }): unknown {
  return {
    schemaVersion: 2,
    manifests: [
      {
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        ...manifest,
        annotations: {
          'io.containerd.image.name': image.name,
          'org.opencontainers.image.ref.name': image.name.slice(image.name.lastIndexOf(':') + 1),
        },
      },
    ],
  }
}
