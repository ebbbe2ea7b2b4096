import { expect, test } from 'vitest'
import { encodeProvisionerExtension } from '../../../../src/core/x509/provisioner-extension.ts'
import { provisionerOf } from '../../../builders/provisioner-extension.ts'
import { hex } from '../../../builders/x509.ts'

test('is written as step-ca writes it', () => {
  const provisioner = { type: 1, name: 'me', credentialId: 'kid', keyValuePairs: ['a', 'ü'] }
  const extension = encodeProvisionerExtension(provisioner)
  expect(extension.oid).toBe('1.3.6.1.4.1.37476.9000.64.1')
  expect(extension.critical).toBe(false)
  // SEQUENCE { INTEGER 1, OCTET STRING "me", OCTET STRING "kid", SEQUENCE { PrintableString "a", UTF8String "ü" } }
  expect(extension.value).toEqual(hex('3015 020101 0402 6d65 0403 6b6964 3007 130161 0c02 c3bc'))
  expect(provisionerOf([extension])).toEqual(provisioner)
  expect(provisionerOf([])).toBeUndefined()
})

test('has no list where there are no pairs', () => {
  const provisioner = { type: 8, name: 'kubernetes', credentialId: '', keyValuePairs: [] }
  const extension = encodeProvisionerExtension(provisioner)
  expect(extension.value).toEqual(hex('3011 020108 040a 6b756265726e65746573 0400'))
  expect(provisionerOf([extension])).toEqual(provisioner)
})
