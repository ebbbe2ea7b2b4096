import { expect, test } from 'vitest'
import {
  decodeProvisionerExtension,
  encodeProvisionerExtension,
  provisionerOf,
} from '../../../../src/core/x509/provisioner-extension.ts'
import { hex } from '../../../builders/x509.ts'

const malformed = (message: string) => expect.objectContaining({ code: 'malformed', message })

test('is written as step-ca writes it', () => {
  const provisioner = { type: 1, name: 'me', credentialId: 'kid', keyValuePairs: ['a', 'ü'] }
  const extension = encodeProvisionerExtension(provisioner)
  expect(extension.oid).toBe('1.3.6.1.4.1.37476.9000.64.1')
  expect(extension.critical).toBe(false)
  // SEQUENCE { INTEGER 1, OCTET STRING "me", OCTET STRING "kid", SEQUENCE { PrintableString "a", UTF8String "ü" } }
  expect(extension.value).toEqual(hex('3015 020101 0402 6d65 0403 6b6964 3007 130161 0c02 c3bc'))
  expect(decodeProvisionerExtension(extension.value)).toEqual(provisioner)
  expect(provisionerOf([extension])).toEqual(provisioner)
  expect(provisionerOf([])).toBeUndefined()
})

test('has no list where there are no pairs', () => {
  const provisioner = { type: 8, name: 'kubernetes', credentialId: '', keyValuePairs: [] }
  const { value } = encodeProvisionerExtension(provisioner)
  expect(value).toEqual(hex('3011 020108 040a 6b756265726e65746573 0400'))
  expect(decodeProvisionerExtension(value)).toEqual(provisioner)
})

test.each([
  ['nothing', '', 'contents: missing'],
  ['data at the end', '3009 020101 04016d 04016b 00', 'contents: unexpected data at the end'],
  ['a negative type', '3009 0201ff 04016d 04016b', 'type: number is out of range'],
  ['a name that is no UTF-8', '3009 020101 0401ff 04016b', 'name: not valid UTF-8'],
  ['no credential id', '3006 020101 04016d', 'credential id: missing'],
  ['pairs that are no text', '300d 020101 04016d 04016b 3002 0500', 'pairs: not a valid string'],
  ['a fifth field', '300d 020101 04016d 04016b 3000 0500', 'contents: unexpected data at the end'],
  ['65 pairs', `3081cf 020101 04016d 04016b 3081c3 ${'130141'.repeat(65)}`, 'pairs: more than 64'],
])('refuses %s', (_, value, problem) => {
  expect(() => decodeProvisionerExtension(hex(value))).toThrow(malformed(`provisioner extension: ${problem}`))
})
