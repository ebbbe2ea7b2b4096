import { describe, expect, it } from 'vitest'
import { readSubjectDefaults } from '../../../src/config/subject-defaults.ts'
import { readJson } from '../../../src/core/json-reader.ts'
import { withDefaults } from '../../../src/core/subject-fields.ts'

const read = (json: object) => readJson(json, 'authority.template', readSubjectDefaults)

describe('defaults of subjects', () => {
  it('are one text for each field, in any case; an empty one is none', () => {
    const json = { COUNTRY: 'CH', organizationalUnit: 'Ops', locality: '', commonName: 'cn', serialNumber: '7' }
    expect(read(json)).toEqual({
      country: ['CH'],
      organizationalUnit: ['Ops'],
      commonName: 'cn',
      serialNumber: '7',
    })
    expect(readSubjectDefaults(undefined)).toEqual({})
    expect(() => read({ country: ['CH'] })).toThrow('authority.template.country must be a text')
  })

  it('fill what a subject lacks, and nothing else', () => {
    const subject = { country: ['DE', 'AT'], organization: [], commonName: '', postalCode: ['1'] }
    expect(withDefaults(subject, { country: ['CH'], organization: ['Shop'], commonName: 'cn' })).toEqual({
      country: ['DE', 'AT'],
      organization: ['Shop'],
      commonName: 'cn',
      postalCode: ['1'],
    })
    expect(withDefaults({ commonName: 'web' }, {})).toEqual({ commonName: 'web' })
  })
})
