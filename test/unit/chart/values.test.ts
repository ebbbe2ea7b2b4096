import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { crdsManifest, signetManifest, valuesTable } from '../../../.config/chart.ts'
import { render } from './render.ts'

type Schema = {
  type?: unknown
  description?: string
  properties?: Record<string, Schema>
  additionalProperties?: unknown
  items?: Schema
  allOf?: Schema[]
  definitions?: Record<string, Schema>
}

const schema = JSON.parse(readFileSync('charts/signet/values.schema.json', 'utf8')) as Schema
const values = parse(readFileSync('charts/signet/values.yaml', 'utf8')) as Record<string, unknown>

/** Each schema that says which members an object has, with its path. */
function objectSchemas(node: Schema, path: string): [string, Schema][] {
  const below = [
    ...Object.entries(node.properties ?? {}),
    ...Object.entries(node.definitions ?? {}),
    ...(node.items === undefined ? [] : ([['[]', node.items]] as [string, Schema][])),
  ].flatMap(([name, child]) => objectSchemas(child, `${path}.${name}`))
  return node.properties === undefined ? below : [[path, node], ...below]
}

describe('values.schema.json', () => {
  it('closes every object', () => {
    const open = objectSchemas(schema, '').filter(([, node]) => node.additionalProperties !== false)
    expect(open.map(([path]) => path)).toEqual([])
  })

  it('describes every value in sentences', () => {
    const members = objectSchemas(schema, '')
      .filter(([path]) => !/quantities$/i.test(path))
      .flatMap(([path, node]) =>
        Object.entries(node.properties ?? {}).map(([name, child]) => [`${path}.${name}`, child] as const),
      )
    expect(members.length).toBeGreaterThan(60)
    expect(members.filter(([, { description }]) => !description?.endsWith('.')).map(([path]) => path)).toEqual([])
  })

  it('knows each value of values.yaml, and values.yaml has a default for each', () => {
    expect(Object.keys(schema.properties ?? {}).toSorted()).toEqual([...Object.keys(values), 'global'].toSorted())
  })

  it.each([
    ['weebhook.replicas=3', "additional properties 'weebhook' not allowed"],
    ['webhook.replica=3', "additional properties 'replica' not allowed"],
    ['operator.resources.limits.cpus=1', "additional properties 'cpus' not allowed"],
    ['injection.renew.resources.limits.cpu=null', "at '/injection/renew/resources/limits': missing property 'cpu'"],
    ['defaultAuthority.root.generate.name=x', "additional properties 'name' not allowed"],
    ['defaultProvisioner.claims.max=24h', "additional properties 'max' not allowed"],
    ['logLevel=verbose', "at '/logLevel': value must be one of"],
    ['webhook.timeoutSeconds=31', "at '/webhook/timeoutSeconds': maximum: got 31, want 30"],
    ['operator.replicas=0', "at '/operator/replicas': minimum: got 0, want 1"],
    ['authorities=signet', "at '/authorities': got string, want array"],
    ['image.digest=latest', "at '/image/digest': 'latest' does not match pattern"],
    ['trustDomain=Example.org', "at '/trustDomain': 'Example.org' does not match pattern"],
    [
      'defaultAuthority.admin.subject=jane',
      "at '/defaultAuthority/admin': properties 'provisioner' required, if 'subject' exists",
    ],
    ['authorities={second}', 'defaultAuthority.name is "signet", which is not in authorities: add it there'],
  ])('refuses %s', async (value, message) => {
    await expect(render(value)).rejects.toThrow(message)
  })
})

describe('generated files', () => {
  it('are what npm run generate writes', async () => {
    expect(readFileSync('manifests/signet.yaml', 'utf8')).toBe(await signetManifest())
    expect(readFileSync('manifests/crds.yaml', 'utf8')).toBe(crdsManifest())
    expect(readFileSync('charts/signet/README.md', 'utf8')).toContain(`\n${valuesTable()}\n`)
  })
})
