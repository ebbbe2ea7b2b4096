import { expect, test } from 'vitest'
import * as der from '../../../../src/core/der/writer.ts'
import {
  commonNameOf,
  createName,
  isEmptyName,
  parseName,
  sameName,
  subjectFieldsOf,
  valuesOf,
  type SubjectFields,
} from '../../../../src/core/x509/name.ts'
import { emptyName, hex } from '../../../builders/x509.ts'

const malformed = (message: string) => expect.objectContaining({ code: 'malformed', message })

const all: SubjectFields = {
  country: ['DE'],
  organization: ['Acme'],
  organizationalUnit: ['Certificates'],
  locality: ['Köln'],
  province: ['NRW'],
  streetAddress: ['Am Dom 1'],
  postalCode: ['50667'],
  commonName: 'a.example.com',
  serialNumber: '42',
  extraNames: [{ type: '1.2.3.4', value: 'x@y' }],
}

test('writes every field in the order of Go and reads it again', () => {
  const name = createName(all)
  expect(subjectFieldsOf(name)).toEqual(all)
  expect(name.attributes.map(({ oid }) => oid)).toEqual([
    '2.5.4.6',
    '2.5.4.8',
    '2.5.4.7',
    '2.5.4.9',
    '2.5.4.17',
    '2.5.4.10',
    '2.5.4.11',
    '2.5.4.3',
    '2.5.4.5',
    '1.2.3.4',
  ])
  expect(parseName(name.der)).toEqual(name)
})

test('puts several values of a field into one part, in the order of their encodings, and leaves out empty ones', () => {
  const name = createName({ organization: ['B', '', 'A'], commonName: '' })
  expect(name.der).toEqual(hex('3016 3114 3008 0603 55040a 130141 3008 0603 55040a 130142'))
  expect(valuesOf(name, 'organization')).toEqual(['A', 'B'])
  expect(commonNameOf(name)).toBe('')
})

test('an extra name replaces the field of its type', () => {
  const name = createName({ commonName: 'plain', extraNames: [{ type: '2.5.4.3', value: 'extra' }] })
  expect(name.attributes).toEqual([{ oid: '2.5.4.3', value: 'extra' }])
})

test('the empty name', () => {
  expect(emptyName.der).toEqual(hex('30 00'))
  expect(isEmptyName(emptyName)).toBe(true)
  expect(subjectFieldsOf(emptyName)).toEqual({})
  expect(isEmptyName(createName({ country: ['DE'] }))).toBe(false)
})

test('takes the last common name, as Go does', () => {
  const attribute = (text: string): Uint8Array => der.setOf([der.sequence(der.oid('2.5.4.3'), der.utf8String(text))])
  expect(commonNameOf(parseName(der.sequence(attribute('first'), attribute('last'))))).toBe('last')
})

test('keeps the encoding: the same text in another string type is another name', () => {
  const utf8 = parseName(hex('300c 310a 3008 0603 550403 0c0141'))
  const printable = parseName(hex('300c 310a 3008 0603 550403 130141'))
  expect(utf8.attributes).toEqual(printable.attributes)
  expect(sameName(utf8, printable)).toBe(false)
  expect(sameName(printable, createName({ commonName: 'A' }))).toBe(true)
})

test('keeps values that are no text', () => {
  const name = parseName(der.sequence(der.setOf([der.sequence(der.oid('1.2.3'), der.octetString(hex('ff')))])))
  expect(name.attributes).toEqual([{ oid: '1.2.3', value: undefined }])
  expect(subjectFieldsOf(name)).toEqual({})
})

const part = (...attributes: Uint8Array[]): Uint8Array => der.sequence(der.setOf(attributes))
const common = der.sequence(der.oid('2.5.4.3'), der.utf8String('a'))

test.each([
  ['an empty part', der.sequence(der.setOf([])), 'empty part'],
  ['an attribute without a value', part(der.sequence(der.oid('2.5.4.3'))), 'missing'],
  ['text that is no UTF-8', hex('300c 310a 3008 0603 550403 0c01ff'), 'the text of attribute 2.5.4.3 is damaged'],
  [
    'more than two elements',
    part(der.sequence(der.oid('2.5.4.3'), der.nullValue, der.nullValue)),
    'unexpected data at the end',
  ],
  ['data at the end', Uint8Array.from([...part(common), 0]), 'unexpected data at the end'],
  ['too many attributes', part(...Array.from({ length: 129 }, () => common)), 'more than 128 attributes'],
])('refuses %s', (_, encoded, problem) => {
  expect(() => parseName(encoded)).toThrow(malformed(`distinguished name: name: ${problem}`))
})
