import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { structuralSchema } from '../../../../.config/crds.ts'
import { generatedFiles } from '../../../../.config/generate.ts'
import { resourceDefinitions } from '../../../../src/core/resources/definitions.ts'
import { walkSchema, type SchemaNode } from '../../../builders/schema-walk.ts'

const nodes = (part: 'spec' | 'status') =>
  resourceDefinitions.flatMap(({ kind, schemas }) =>
    walkSchema(structuralSchema(schemas[part]), part).map((node) => ({ ...node, path: `${kind.kind}.${node.path}` })),
  )
const all = [...nodes('spec'), ...nodes('status')]
const paths = (found: readonly SchemaNode[]) => found.map(({ path }) => path)

describe('generated files', () => {
  it.each(generatedFiles())('$path is what "npm run generate" writes', ({ path, text }) => {
    expect(readFileSync(path, 'utf8')).toBe(text)
  })
})

describe('schemas', () => {
  it('describe every field and item in sentences', () => {
    expect(paths(all.filter(({ schema }) => !/^[A-Z].*\.$/s.test(schema.description ?? '')))).toEqual([])
  })

  it('say of every field of a spec what holds without it', () => {
    const fields = nodes('spec').filter(({ path, isItem }) => !isItem && !path.endsWith('.spec'))
    expect(
      paths(fields.filter(({ schema }) => !/\b(Default:|No default|Required)/.test(schema.description ?? ''))),
    ).toEqual([])
  })

  it('say the value of every default', () => {
    const scalars = all.filter(({ schema }) => ['string', 'integer', 'boolean'].includes(schema.type ?? ''))
    const silent = scalars.filter(
      ({ schema }) =>
        schema.default !== undefined &&
        !schema.description?.includes(`Default: ${JSON.stringify(schema.default).replaceAll('"', '')}`),
    )
    expect(paths(silent)).toEqual([])
  })

  it('bound every text, number, list and map, so that the cost of the rules is bounded', () => {
    const bounded: Readonly<Record<string, (schema: SchemaNode['schema']) => boolean>> = {
      string: ({ maxLength, enum: words, format }) =>
        maxLength !== undefined || words !== undefined || format !== undefined,
      integer: ({ minimum, maximum, format }) => minimum !== undefined && (maximum !== undefined || format === 'int64'),
      array: ({ maxItems }) => maxItems !== undefined,
      object: ({ properties, maxProperties }) => properties !== undefined || maxProperties !== undefined,
      boolean: () => true,
    }
    expect(paths(all.filter(({ schema }) => bounded[schema.type ?? '']?.(schema) !== true))).toEqual([])
  })

  it('give every rule a message of its own without a final period', () => {
    const messages = all.flatMap(({ schema }) =>
      (schema['x-kubernetes-validations'] ?? []).map(({ message }) => message),
    )
    expect(messages.length).toBeGreaterThan(20)
    expect(messages.filter((message) => message === '' || message.endsWith('.') || message.includes('\n'))).toEqual([])
  })

  it('keep conditions as a list by type, each with the generation it was observed at', () => {
    const conditions = nodes('status').filter(({ path }) => path.endsWith('.status.conditions'))
    expect(conditions).toHaveLength(4)
    for (const { schema } of conditions) {
      expect(schema).toMatchObject({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] })
      expect(schema.items?.properties).toHaveProperty('observedGeneration')
    }
  })
})

describe('names', () => {
  it('do not collide with those of cert-manager', () => {
    const short = resourceDefinitions.flatMap(({ shortNames }) => shortNames)
    expect(new Set(short).size).toBe(4)
    expect(short.filter((name) => ['cert', 'certs', 'cr', 'crs', 'ciss'].includes(name))).toEqual([])
  })

  it('have the columns of cert-manager for Certificates', () => {
    const columns = resourceDefinitions.find(({ kind }) => kind.kind === 'Certificate')?.columns
    expect(columns?.map(({ name }) => name.toUpperCase())).toEqual([
      'READY',
      'SECRET',
      'ISSUER',
      'STATUS',
      'RENEWAL',
      'EXPIRATION',
      'AGE',
    ])
  })
})
