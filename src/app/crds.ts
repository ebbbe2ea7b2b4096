/**
 * `signet crds apply`: brings the cluster's CRDs to those of this image. Helm installs CRDs once and never again, so the
 * chart runs this before each upgrade.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { parse } from 'yaml'
import { createKubeApi, type KubeApi } from '../adapters/kubernetes/client.ts'
import { loadKubeConfig } from '../adapters/kubernetes/kube-config.ts'
import { SignetError } from '../core/errors.ts'
import type { KubernetesObject, Named } from '../core/resources/metadata.ts'
import type { ResourceKind } from '../core/resources/resource-kind.ts'

type FieldSet = { readonly [path: string]: FieldSet }
type ManagedFields = {
  manager?: string
  operation?: 'Apply' | 'Update'
  apiVersion?: string
  fieldsType?: string
  fieldsV1?: FieldSet
  subresource?: string
}
type Crd = KubernetesObject & { metadata?: { managedFields?: ManagedFields[] }; spec?: unknown }

const crds: ResourceKind<Crd> = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
}

const fieldManager = 'signet-crds'

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
      await applyCrd(api, crd)
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

/** Server-side apply after which the CRD says exactly what the file says: no field of an older version stays. */
export async function applyCrd(api: Pick<KubeApi, 'get' | 'mergePatch' | 'apply'>, crd: Named<Crd>): Promise<void> {
  const key = { name: crd.metadata.name }
  const current = await api.get(crds, key)
  const managedFields = current && takeOver(current.metadata.managedFields ?? [])
  if (managedFields) await api.mergePatch(crds, key, { metadata: { managedFields } })
  await api.apply(crds, crd)
}

/**
 * Makes us the one owner of all fields but the status, as if we had applied them: an apply removes only what its own manager
 * applied before, and it was helm or kubectl that installed the CRD. undefined where we are the only owner already.
 */
export function takeOver(entries: readonly ManagedFields[]): ManagedFields[] | undefined {
  const status = entries.filter(({ subresource }) => subresource !== undefined)
  const content = entries.filter(({ subresource }) => subresource === undefined)
  if (content.every(({ manager, operation }) => manager === fieldManager && operation === 'Apply')) return undefined
  const ours: ManagedFields = {
    manager: fieldManager,
    operation: 'Apply',
    apiVersion: crds.apiVersion,
    fieldsType: 'FieldsV1',
    fieldsV1: content.reduce<FieldSet>((all, { fieldsV1 }) => union(all, fieldsV1 ?? {}), {}),
  }
  return [ours, ...status]
}

function union(left: FieldSet, right: FieldSet): FieldSet {
  const both = Object.entries(right).map(([path, below]) => [path, union(left[path] ?? {}, below)] as const)
  return { ...left, ...Object.fromEntries(both) }
}
