import { describe, expect, test } from 'vitest'
import { DerReader } from '../../../../src/core/der/reader.ts'
import { rangeHolds } from '../../../../src/core/names/ip-address.ts'
import { noNames, type Names } from '../../../../src/core/names/names.ts'
import {
  encodeNameConstraints,
  nameConstraintViolation,
  readNameConstraints,
} from '../../../../src/core/x509/name-constraints.ts'
import { hex } from '../../../builders/x509.ts'

const read = (value: Uint8Array) => readNameConstraints(new DerReader(value, 'certificate'), 'name constraints')
const malformed = (message: string) => expect.objectContaining({ code: 'malformed', message })

test('are read as they were written', () => {
  const permitted = {
    dns: ['a.b', '.c.d'],
    ips: ['10.0.0.0/9', '2001:db8::/33'],
    emails: ['Me@x.org'],
    uris: ['x.org'],
  }
  const excluded = { ...noNames, ips: ['0.0.0.0/0', '1.2.3.4/32', '::/0', '2001:db8::1/128'], dns: [''] }
  expect(read(encodeNameConstraints({ permitted, excluded }))).toEqual({ permitted, excluded, hasOtherKinds: false })
  expect(encodeNameConstraints({ permitted: noNames, excluded: noNames })).toEqual(hex('3000'))
})

test('clear the bits of a range behind its prefix', () => {
  const written = encodeNameConstraints({ permitted: { ...noNames, ips: ['10.255.255.255/9'] }, excluded: noNames })
  expect(read(written).permitted.ips).toEqual(['10.128.0.0/9'])
})

test('of other kinds are seen', () => {
  // permitted: directoryName { }
  expect(read(hex('3008 a006 3004 a402 3000'))).toEqual({ permitted: noNames, excluded: noNames, hasOtherKinds: true })
})

test.each([
  ['a minimum', '300b a009 3007 8202 6162 8001 00', 'unexpected data at the end'],
  ['a mask that is no prefix', '300e a00c 300a 8708 0a000000 ff00ff00', 'damaged IP address constraint'],
  ['an address without a mask', '300a a008 3006 8704 0a000000', 'damaged IP address constraint'],
  ['text beyond ASCII', '3008 a006 3004 8202 c3bc', 'damaged DNS name constraint'],
])('with %s are refused', (_, value, problem) => {
  expect(() => read(hex(value))).toThrow(malformed(`certificate: name constraints: ${problem}`))
})

test('without an encoding are refused', () => {
  const write = (permitted: Partial<Names>) => () =>
    encodeNameConstraints({ permitted: { ...noNames, ...permitted }, excluded: noNames })
  expect(write({ ips: ['10.0.0.0'] })).toThrow(malformed('"10.0.0.0" is no IP address constraint'))
  expect(write({ ips: ['10.0.0.0/33'] })).toThrow(malformed('"10.0.0.0/33" is no IP address constraint'))
  expect(write({ dns: ['bücher'] })).toThrow(malformed('"bücher" is no DNS name constraint'))
})

type Case = readonly [kind: keyof Names, constraint: string, name: string, covered: boolean]

/** RFC 5280 §4.2.1.10, kind by kind. */
const cases: readonly Case[] = [
  ['dns', 'a.b', 'a.b', true],
  ['dns', 'a.b', 'x.a.b', true],
  ['dns', 'a.b', 'X.A.B', true],
  ['dns', 'a.b', 'xa.b', false],
  ['dns', 'a.b', 'b', false],
  ['dns', '.a.b', 'x.a.b', true],
  ['dns', '.a.b', 'a.b', false],
  ['dns', 'a.b', '*.a.b', true],
  ['dns', '', 'anything', true],
  ['ips', '10.0.0.0/8', '10.255.0.1', true],
  ['ips', '10.0.0.0/8', '11.0.0.1', false],
  ['ips', '10.0.0.0/9', '10.128.0.1', false],
  ['ips', '0.0.0.0/0', '1.2.3.4', true],
  ['ips', '0.0.0.0/0', '::1', false],
  ['ips', '2001:db8::/33', '2001:db8:7fff::1', true],
  ['ips', '2001:db8::/33', '2001:db8:8000::1', false],
  ['emails', 'me@x.org', 'me@x.org', true],
  ['emails', 'me@x.org', 'me@X.org', true],
  ['emails', 'me@x.org', 'Me@x.org', false],
  ['emails', 'x.org', 'you@x.org', true],
  ['emails', 'x.org', 'you@y.x.org', false],
  ['emails', '.x.org', 'you@y.x.org', true],
  ['emails', '.x.org', 'you@x.org', false],
  ['uris', 'cluster.local', 'spiffe://cluster.local/ns/a/sa/b', true],
  ['uris', 'cluster.local', 'spiffe://evil.local/cluster.local', false],
  ['uris', 'cluster.local', 'https://cluster.local:8443/', true],
  ['uris', 'cluster.local', 'https://cluster.local@evil.org/', false],
  ['uris', 'cluster.local', 'https://user@cluster.local', true],
  ['uris', 'cluster.local', 'https://x.cluster.local/', false],
  ['uris', '.cluster.local', 'https://x.cluster.local/', true],
]

describe('cover', () => {
  test.each(cases)('%s: "%s" and "%s": %s', (kind, constraint, name, covered) => {
    const names = { ...noNames, [kind]: [name] }
    const given = { ...noNames, [kind]: [constraint] }
    const whenPermitted = nameConstraintViolation(names, { permitted: given, excluded: noNames, hasOtherKinds: false })
    const whenExcluded = nameConstraintViolation(names, { permitted: noNames, excluded: given, hasOtherKinds: false })
    expect(whenPermitted === undefined).toBe(covered)
    expect(whenExcluded === undefined).toBe(!covered)
  })
})

describe('messages', () => {
  const violation = (names: Partial<Names>, permitted: Partial<Names>, excluded: Partial<Names> = {}) =>
    nameConstraintViolation(
      { ...noNames, ...names },
      { permitted: { ...noNames, ...permitted }, excluded: { ...noNames, ...excluded }, hasOtherKinds: false },
    )

  test('name the name and the constraint', () => {
    expect(violation({ dns: ['a', 'b'] }, { dns: ['a'] })).toBe('DNS name "b" is not permitted by any constraint')
    expect(violation({ ips: ['10.0.0.1'] }, {}, { ips: ['10.0.0.0/8'] })).toBe(
      'IP address "10.0.0.1" is excluded by constraint "10.0.0.0/8"',
    )
  })

  test('a kind without constraints is free', () => {
    expect(violation({ dns: ['a'], uris: ['urn:x'] }, { ips: ['10.0.0.0/8'] })).toBeUndefined()
  })

  test('a URI without a domain cannot be matched', () => {
    for (const uri of ['urn:x', 'https://10.0.0.1/', 'https://[::1]/']) {
      const message = `URI "${uri}" has no host to match against constraints`
      expect(violation({ uris: [uri] }, { uris: ['x.org'] })).toBe(message)
      expect(violation({ uris: [uri] }, {}, { uris: ['x.org'] })).toBe(message)
    }
  })

  test('the host of a URI is what stands behind the last @', () => {
    const constraints = { permitted: { ...noNames, uris: ['permitted.com'] }, excluded: noNames, hasOtherKinds: false }
    const uri = 'https://a@permitted.com@evil.com/'
    expect(nameConstraintViolation({ ...noNames, uris: [uri] }, constraints)).toBe(
      `URI "${uri}" is not permitted by any constraint`,
    )
  })

  test('a wildcard is excluded together with a name that it stands for', () => {
    expect(violation({ dns: ['*.a.b'] }, {}, { dns: ['x.a.b'] })).toBe(
      'DNS name "*.a.b" is excluded by constraint "x.a.b"',
    )
    expect(violation({ dns: ['*.a.b'] }, {}, { dns: ['y.x.a.b'] })).toBeUndefined()
    expect(violation({ dns: ['*.a.b'] }, { dns: ['x.a.b'] })).toBe(
      'DNS name "*.a.b" is not permitted by any constraint',
    )
  })
})

test('ranges that are none hold nothing', () => {
  expect(rangeHolds('10.0.0.0/33', '10.0.0.1')).toBe(false)
  expect(rangeHolds('10.0.0.0/8', 'a.b')).toBe(false)
})
