import { expect, test } from 'vitest'
import {
  certificateUsageNames,
  certificateUsages,
  extKeyUsageName,
  extKeyUsageOid,
  extKeyUsageOids,
  usagesOf,
} from '../../../../src/core/x509/usages.ts'

test('understands the names of cert-manager', () => {
  expect(usagesOf(['server auth', 'crl sign', 'digital signature', 'signing', 'client auth', 's/mime'])).toEqual({
    keyUsage: ['digitalSignature', 'crlSign'],
    extKeyUsage: ['serverAuth', 'clientAuth', 'emailProtection'],
  })
  expect(usagesOf([])).toEqual({ keyUsage: [], extKeyUsage: [] })
})

test('refuses other names', () => {
  for (const name of ['Server Auth', 'serverAuth', '', 'constructor']) {
    const message = `unknown usage "${name}"`
    expect(() => usagesOf([name])).toThrow(expect.objectContaining({ code: 'malformed', message, path: 'usages' }))
  }
})

test('every name but the two synonyms comes back', () => {
  const names = Object.keys(certificateUsages).filter((name) => name !== 'signing' && name !== 's/mime')
  expect(certificateUsageNames(usagesOf(names)).toSorted()).toEqual(names.toSorted())
  expect(certificateUsageNames(usagesOf(['signing', 's/mime']))).toEqual(['digital signature', 'email protection'])
  expect(certificateUsageNames({ keyUsage: [], extKeyUsage: ['1.2.3'] })).toEqual(['1.2.3'])
})

test('extended usages by name and by OID', () => {
  for (const [name, oid] of Object.entries(extKeyUsageOids)) {
    expect(extKeyUsageOid(name)).toBe(oid)
    expect(extKeyUsageName(oid)).toBe(name)
  }
  expect(extKeyUsageOid('1.2.3')).toBe('1.2.3')
  expect(extKeyUsageName('1.2.3')).toBe('1.2.3')
})
