import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { structuralSchema } from '../../../.config/crds.ts'
import { readProvisioner } from '../../../src/authority/provisioners/index.ts'
import { readJson } from '../../../src/core/json-reader.ts'
import type { Authority, Provisioner } from '../../../src/core/resources/index.ts'
import { provisionerSchemas } from '../../../src/core/resources/provisioner.ts'
import { provisionerTypes } from '../../../src/core/resources/provisioners/blocks.ts'
import { provisionerSettings } from '../../../src/operator/provisioner-settings.ts'
import { provisionerPages, type Page, type Resource } from '../../builders/pages.ts'
import { anAuthoritySpec } from '../../builders/resources.ts'

const pages = provisionerPages()
const rows = pages.map((page): [string, Page] => [page.name, page])
const typesOf = ({ json }: Page) => [...new Set(json.map(({ type }) => String(type)))]

const hasResource = (page: Page): boolean => provisionerTypes.some((type) => typesOf(page).includes(type))

/** As the API server fills in what is not there, and as kubectl refuses what is not known. */
const validate = new Ajv({ strict: false, validateFormats: false, useDefaults: true }).compile(
  closed(structuralSchema(provisionerSchemas.spec)),
)

function closed(schema: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const properties = schema['properties'] as Readonly<Record<string, Record<string, unknown>>> | undefined
  if (properties === undefined) return { ...schema }
  const below = Object.entries(properties).map(([name, property]) => [name, closed(property)])
  return { ...schema, properties: Object.fromEntries(below) as object, additionalProperties: false }
}

const authority: Authority = {
  apiVersion: 'signet.dev/v1',
  kind: 'Authority',
  metadata: { name: 'signet' },
  spec: anAuthoritySpec(),
}

describe('the pages of provisioners', () => {
  it('are one for each kind', () => {
    expect(pages.flatMap(typesOf).toSorted()).toEqual(
      [...provisionerTypes, 'ACME', 'Nebula', 'SCEP', 'SSHPOP'].toSorted(),
    )
  })

  it.each(rows)('%s: has the parts that all have, in their order', (_, { text }) => {
    const parts = ['# ', '**What it proves.**', '| field', '**Claims.**', '```json', '```sh', '**Limits.**']
    const places = parts.map((part) => text.indexOf(part))
    expect(places).not.toContain(-1)
    expect(places).toEqual(places.toSorted((a, b) => a - b))
  })

  it.each(rows)('%s: has examples for ca.json that are read', (_, page) => {
    expect(page.json.length).toBeGreaterThan(0)
    for (const example of page.json) {
      const read = readJson(example, page.name, readProvisioner)
      expect(read?.json['state'] ?? 'Initialized').toBe(page.name === 'nebula.md' ? 'Uninitialized' : 'Initialized')
    }
  })

  it.each(rows)('%s: shows what step is asked', (_, { commands }) => {
    expect(commands.join('')).toMatch(/^step ca provisioner add /m)
  })

  it.each(rows.filter(([, page]) => !hasResource(page)))('%s: says why there is no resource', (_, page) => {
    expect(page.resources).toEqual([])
    expect(page.text).toContain('**Provisioner resource.** There is none')
  })

  it.each(rows.filter(([, page]) => hasResource(page)))('%s: has examples of its resource', (_, page) => {
    expect(page.resources.length).toBeGreaterThan(0)
    for (const resource of page.resources) {
      expect(resource).toMatchObject({
        apiVersion: 'signet.dev/v1',
        kind: 'Provisioner',
        spec: { type: typesOf(page)[0] },
      })
      expect([validate(resource.spec), validate.errors]).toEqual([true, null])
      expect(settingsOf(resource)).toMatchObject({ valid: true })
    }
  })
})

const settingsOf = (resource: Resource) =>
  provisionerSettings(resource as unknown as Provisioner, authority, 'signet-system')
