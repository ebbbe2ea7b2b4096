/**
 * `signet crds apply`: brings the cluster's CRDs to those of this image. Helm installs CRDs once and never again, so the
 * chart runs this before each upgrade.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { parse } from 'yaml'
import { createKubeApi } from '../adapters/kubernetes/client.ts'
import { loadKubeConfig } from '../adapters/kubernetes/kube-config.ts'
import { SignetError } from '../core/errors.ts'
import type { KubernetesObject, Named } from '../core/resources/metadata.ts'
import type { ResourceKind } from '../core/resources/resource-kind.ts'

type Crd = KubernetesObject & { spec?: unknown }

const crds: ResourceKind<Crd> = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
}

/** The same as helm's, which applies them too when it installs: two managers would be a conflict then. */
const fieldManager = 'helm'

/** The folder of the image, seen from `dist/`. */
const shippedFolder = join(import.meta.dirname, '..', 'crds')

/** Process `crds`: applies every CRD of `--directory`, by default those of the image, and names each on a line. */
export async function runCrds(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { directory: { type: 'string', default: shippedFolder } },
    allowPositionals: true,
  })
  if (positionals.join(' ') !== 'apply') {
    throw new SignetError('malformed', 'signet crds knows only: apply [--directory DIR]')
  }
  const api = createKubeApi({ config: await loadKubeConfig(process.env), fieldManager })
  try {
    for (const crd of await readCrds(values.directory)) {
      // spec.versions is one atomic field: no field of an older version stays.
      await api.apply(crds, crd)
      process.stdout.write(`${crd.metadata.name} applied\n`)
    }
  } finally {
    api.close()
  }
  return 0
}

/** The CRDs in the YAML files of a folder. Fails with `malformed` for a file that is none and for a folder without any. */
export async function readCrds(directory: string): Promise<Named<Crd>[]> {
  const files = (await readdir(directory)).filter((name) => name.endsWith('.yaml')).sort()
  if (files.length === 0) throw new SignetError('malformed', `${directory} holds no .yaml file`)
  return Promise.all(files.map(async (file) => toCrd(file, parse(await readFile(join(directory, file), 'utf8')))))
}

function toCrd(file: string, value: unknown): Named<Crd> {
  const crd = value as Crd | null
  if (crd?.kind !== crds.kind || crd.metadata?.name === undefined) {
    throw new SignetError('malformed', `${file} is not a ${crds.kind} with a name`)
  }
  return crd as Named<Crd>
}
