import { parseAllDocuments } from 'yaml'
import { ensureTool } from '../../cluster/harness/tools.ts'
import { run } from '../../cluster/harness/run.ts'

export type PolicyRule = {
  apiGroups: string[]
  resources: string[]
  resourceNames?: string[]
  verbs: string[]
}

type Container = {
  name: string
  image: string
  env?: { name: string; value?: string }[]
  securityContext: Record<string, unknown>
  resources: { requests: Record<string, string>; limits: Record<string, string> }
  volumeMounts?: { mountPath: string }[]
}

export type PodSpec = {
  securityContext: Record<string, unknown>
  automountServiceAccountToken: boolean
  containers: Container[]
  volumes?: Record<string, unknown>[]
}

/** As far as the tests look into a rendered object. */
export type Rendered = {
  apiVersion: string
  kind: string
  metadata: { name: string; namespace?: string; labels: Record<string, string>; annotations?: Record<string, string> }
  rules?: PolicyRule[]
  webhooks?: Record<string, unknown>[]
  spec?: Record<string, unknown> & { template?: { spec: PodSpec } }
}

const template = ['template', 'signet', 'charts/signet', '--namespace', 'signet-system']

/** What helm makes of the chart with these values (`--set` syntax). Throws helm's message if it refuses them. */
export async function render(...values: string[]): Promise<Rendered[]> {
  const text = await run(await ensureTool('helm'), [...template, ...values.flatMap((value) => ['--set', value])])
  return parseAllDocuments(text).flatMap((document) => (document.toJS() as Rendered | null) ?? [])
}

/** The one object of that kind and name. */
export function find(objects: readonly Rendered[], kind: string, name: string): Rendered {
  const found = objects.filter((object) => object.kind === kind && object.metadata.name === name)
  if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} objects are a ${kind} ${name}`)
  return found[0]
}

/** The specs of all pods that the chart makes, by `Kind name`. */
export function podSpecs(objects: readonly Rendered[]): [string, PodSpec][] {
  return objects.flatMap(({ kind, metadata, spec }): [string, PodSpec][] => {
    const pod = spec?.template?.spec ?? (kind === 'Pod' ? (spec as unknown as PodSpec) : undefined)
    return pod === undefined ? [] : [[`${kind} ${metadata.name}`, pod]]
  })
}
