import { describe, expect, it } from 'vitest'
import { structuralSchema } from '../../../../.config/crds.ts'
import { certificateSchemas } from '../../../../src/core/resources/certificate.ts'
import { walkSchema } from '../../../builders/schema-walk.ts'

/**
 * The pattern of the rule of `spec.secretTemplate` that begins so, as a text of CEL means it: RE2 and JavaScript agree on
 * these.
 */
function patternOf(field: 'labels' | 'annotations', start: string): RegExp {
  const node = walkSchema(structuralSchema(certificateSchemas.spec), 'spec').find(
    ({ path }) => path === `spec.secretTemplate.${field}`,
  )
  const rules = (node?.schema['x-kubernetes-validations'] ?? []).map(({ rule }) => rule)
  const [, literal = 'no such rule'] =
    /\.matches\('(.+?)'\)/.exec(rules.find((rule) => rule.startsWith(start)) ?? '') ?? []
  return new RegExp(literal.replaceAll('\\\\', '\\'))
}

describe('secretTemplate', () => {
  it.each([
    { value: '', taken: true },
    { value: 'web', taken: true },
    { value: 'a.b-c_D9', taken: true },
    { value: 'a b', taken: false },
    { value: '-a', taken: false },
    { value: 'a.', taken: false },
    { value: 'ä', taken: false },
  ])('may have a label "$value": $taken', ({ value, taken }) => {
    expect(patternOf('labels', 'self.all(key, self[key].matches').test(value)).toBe(taken)
  })

  it.each([
    { key: 'team', label: true, annotation: true },
    { key: 'A.b_c-9', label: true, annotation: true },
    { key: 'example.com/Team', label: true, annotation: true },
    { key: 'Example.com/team', label: false, annotation: true },
    { key: `example.com/${'a'.repeat(63)}`, label: true, annotation: true },
    { key: `example.com/${'a'.repeat(64)}`, label: false, annotation: false },
    { key: '', label: false, annotation: false },
    { key: '/team', label: false, annotation: false },
    { key: 'example.com/', label: false, annotation: false },
    { key: 'a/b/c', label: false, annotation: false },
    { key: 'exampleXcom_/a', label: false, annotation: false },
    { key: 'team.', label: false, annotation: false },
    { key: 'a b', label: false, annotation: false },
  ])('may have the key "$key": labels $label, annotations $annotation', ({ key, label, annotation }) => {
    const start = 'self.all(key, key.matches'
    expect(patternOf('labels', start).test(key)).toBe(label)
    expect(patternOf('annotations', start).test(key)).toBe(annotation)
  })
})
