import { structuralSchema } from '../../../.config/crds.ts'
import { resourceDefinitions } from '../../../src/core/resources/definitions.ts'
import type { ResourceKind } from '../../../src/core/resources/resource-kind.ts'
import { walkSchema, type Schema, type SchemaNode } from '../../builders/schema-walk.ts'
import { validSpecs, type Spec } from './bases.ts'
import { valueAt, withValue } from './edit.ts'
import { breakingValues } from './rules.ts'

export type BadManifest = {
  readonly name: string
  readonly kind: ResourceKind
  readonly spec: Spec
  /** The field that the message must start with, and what it must say of it. */
  readonly path: string
  readonly says: string
}

/** One wrong value for one field; `value` is given what stands there in a valid spec. */
type Wrong = {
  readonly what: string
  readonly at: string
  readonly value: (valid: unknown) => unknown
  readonly path: string
  readonly says: string
}

/** Cases for each required field, enum, bound and CEL rule of the schemas, made from specs that are valid. */
export function badManifests(): BadManifest[] {
  return resourceDefinitions.flatMap(({ kind, schemas }) =>
    walkSchema(structuralSchema(schemas.spec), 'spec')
      .flatMap((node) => [...missingFields(node), ...offendedKeywords(node), ...brokenRules(node)])
      .map((wrong) => manifestWith(kind, wrong)),
  )
}

function manifestWith(kind: ResourceKind, { what, at, value, path, says }: Wrong): BadManifest {
  const base = validSpecs[kind.kind]?.find((spec) => valueAt({ spec }, at) !== undefined)
  if (base === undefined) throw new Error(`no valid ${kind.kind} in bases.ts has a value at ${at}`)
  const { spec } = withValue({ spec: base }, at, value(valueAt({ spec: base }, at)))
  return { name: `${kind.kind} ${path}: ${what}`, kind, spec, path, says }
}

function missingFields({ path: parent, schema }: SchemaNode): Wrong[] {
  return (schema.required ?? []).map((name) => {
    const path = `${parent}.${name}`
    return { what: 'missing', at: path, path, value: () => undefined, says: 'Required value' }
  })
}

const text = (length: number): string => 'a'.repeat(length)
const range = (length: number): number[] => Array.from({ length }, (_, index) => index)

type Limits = Required<
  Omit<
    Schema,
    | 'type'
    | 'description'
    | 'default'
    | 'format'
    | 'required'
    | 'properties'
    | 'items'
    | 'x-kubernetes-list-map-keys'
    | 'x-kubernetes-validations'
  >
>
type Offence<Limit> = {
  readonly says: string
  readonly value: (limit: Limit, valid: unknown, keys: readonly string[] | undefined) => unknown
}

/** How each keyword of a schema is offended, and what the API server says then. */
const offences: { readonly [Keyword in keyof Limits]: Offence<Limits[Keyword]> } = {
  enum: { says: 'Unsupported value', value: () => 'Nonsense' },
  pattern: { says: 'should match', value: () => '!' },
  minLength: { says: 'should be at least', value: () => '' },
  maxLength: { says: 'Too long', value: (limit) => text(limit + 1) },
  minimum: { says: 'greater than or equal to', value: (limit) => limit - 1 },
  maximum: { says: 'less than or equal to', value: (limit) => limit + 1 },
  minItems: { says: 'should have at least', value: () => [] },
  maxItems: { says: 'Too many', value: (limit, valid, keys) => copies(limit + 1, (valid as unknown[])[0], keys) },
  maxProperties: {
    says: 'Too many',
    value: (limit) => Object.fromEntries(range(limit + 1).map((key) => [`k${key}`, 'v'])),
  },
  additionalProperties: { says: 'Too long', value: ({ maxLength = 0 }) => ({ key: text(maxLength + 1) }) },
}

/** Copies whose keys differ, in a list that tells its items apart by keys. */
function copies(count: number, item: unknown, keys: readonly string[] = []): unknown[] {
  const differing = (index: number) => Object.fromEntries(keys.map((key) => [key, `n${index}`]))
  return range(count).map((index) => (keys.length === 0 ? item : { ...(item as object), ...differing(index) }))
}

function offendedKeywords({ path, schema }: SchemaNode): Wrong[] {
  const keywords = (Object.keys(offences) as (keyof Limits)[]).filter((keyword) => schema[keyword] !== undefined)
  const keys = schema['x-kubernetes-list-map-keys']
  return keywords.map((keyword) => {
    const { says, value } = offences[keyword] as Offence<unknown>
    const field = keyword === 'additionalProperties' ? `${path}.key` : path
    return { what: keyword, at: path, path: field, says, value: (valid) => value(schema[keyword], valid, keys) }
  })
}

function brokenRules({ path, schema }: SchemaNode): Wrong[] {
  const rules = (schema['x-kubernetes-validations'] ?? []).filter(({ rule }) => !rule.includes('oldSelf'))
  return rules.flatMap(({ message, fieldPath = '' }) => {
    const values = breakingValues[`${fieldPath} ${message}`.trim()]
    if (values === undefined) throw new Error(`rules.ts does not say how to break "${fieldPath} ${message}"`)
    return values.map((value) => ({
      what: `${message}: ${JSON.stringify(value)}`,
      at: path,
      path: `${path}${fieldPath}`,
      says: message,
      value: () => value,
    }))
  })
}
