// `npm run generate`, second half: manifests/ from the chart, and the table of values in its README from its schema.
import { readdirSync, readFileSync, writeFileSync, mkdirSync } from 'node:fs'
import { parse } from 'yaml'
import { ensureTool } from '../test/cluster/harness/tools.ts'
import { run } from '../test/cluster/harness/run.ts'

const chart = 'charts/signet'
const namespace = 'signet-system'

type Schema = {
  readonly description?: string
  readonly properties?: Readonly<Record<string, Schema>>
}

const header = (what: string) =>
  `# ${what}\n# Made from charts/signet by "npm run generate"; install with kubectl apply --server-side -f FILE.\n`

/** The namespace that helm makes by --create-namespace, with the Pod Security level that all our pods meet. */
const namespaceManifest = `---
apiVersion: v1
kind: Namespace
metadata:
  name: ${namespace}
  labels:
    pod-security.kubernetes.io/enforce: restricted
`

/** What manifests/signet.yaml holds: the chart with its own values, without hooks. */
export async function signetManifest(): Promise<string> {
  const helm = await ensureTool('helm')
  const rendered = await run(helm, ['template', 'signet', chart, '--namespace', namespace, '--no-hooks'])
  const text = rendered.replace(/\n{2,}/g, '\n').replace(/[ ]+$/gm, '')
  return `${header('Everything of Signet but the CRDs: apply crds.yaml first.')}${namespaceManifest}${text}`
}

/** What manifests/crds.yaml holds. */
export function crdsManifest(): string {
  const files = readdirSync('crds').filter((name) => name.endsWith('.yaml'))
  const documents = files.sort().map((name) => readFileSync(`crds/${name}`, 'utf8').replace(/^---\n/, ''))
  return `${header('The kinds of signet.dev/v1.')}${documents.map((text) => `---\n${text}`).join('')}`
}

/** Rows of the README's table: each value with its default and its description in values.schema.json. */
export function valuesTable(): string {
  const schema = JSON.parse(readFileSync(`${chart}/values.schema.json`, 'utf8')) as Schema
  const values = parse(readFileSync(`${chart}/values.yaml`, 'utf8')) as unknown
  const rows = leaves(schema, values, '').map(
    ({ path, value, description }) =>
      `| \`${path}\` | \`${JSON.stringify(value)}\` | ${description.replaceAll('<', '\\<')} |`,
  )
  return ['| value | default | meaning |', '|---|---|---|', ...rows].join('\n')
}

function leaves(schema: Schema, value: unknown, path: string): { path: string; value: unknown; description: string }[] {
  if (schema.properties === undefined || !isFilled(value)) {
    return value === undefined ? [] : [{ path, value, description: schema.description ?? '' }]
  }
  return Object.entries(schema.properties).flatMap(([name, property]) =>
    leaves(property, value[name], path === '' ? name : `${path}.${name}`),
  )
}

/** An object with defaults inside; an empty one is a default by itself. */
function isFilled(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0
}

/** Replaces what stands between the two markers of the README. */
export function withValuesTable(readme: string): string {
  return readme.replace(/(?<=<!-- values -->\n)[^]*(?=<!-- end of values -->)/, () => `${valuesTable()}\n`)
}

if (import.meta.main) {
  mkdirSync('manifests', { recursive: true })
  writeFileSync('manifests/crds.yaml', crdsManifest())
  writeFileSync('manifests/signet.yaml', await signetManifest())
  const readme = `${chart}/README.md`
  writeFileSync(readme, withValuesTable(readFileSync(readme, 'utf8')))
}
