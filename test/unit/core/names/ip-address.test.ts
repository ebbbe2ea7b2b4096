import { isIP } from 'node:net'
import { expect, test } from 'vitest'
import { formatIpAddress, parseIpAddress } from '../../../../src/core/names/ip-address.ts'
import { hex, seededNumbers } from '../../../builders/x509.ts'

const canonical = (text: string): string | undefined => {
  const octets = parseIpAddress(text)
  return octets === undefined ? undefined : formatIpAddress(octets)
}

test.each([
  ['10.0.0.1', '10.0.0.1'],
  ['255.255.255.255', '255.255.255.255'],
  ['::', '::'],
  ['::1', '::1'],
  ['1::', '1::'],
  ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
  ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
  ['64:ff9b::1.2.3.4', '64:ff9b::102:304'],
  ['::ffff:10.0.0.1', '10.0.0.1'],
  ['::ffff:a00:1', '10.0.0.1'],
])('%s is %s', (text, expected) => {
  expect(canonical(text)).toBe(expected)
})

test.each([
  '',
  '1',
  '1.2.3',
  '1.2.3.4.',
  '01.2.3.4',
  '256.0.0.1',
  '1.2.3.4/8',
  ':',
  ':::',
  '1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:8:9',
  '1::2::3',
  '::12345',
  'fe80::1%eth0',
  '[::1]',
  '::1.2.3',
  '1.2.3.4::',
  '1:2:3:4:5:6:7:8::',
  'a.b',
])('"%s" is none', (text) => {
  expect(parseIpAddress(text)).toBeUndefined()
  expect(isIP(text) === 0 || text.includes('%')).toBe(true)
})

test('other lengths have no text', () => {
  expect(formatIpAddress(hex('01 02 03'))).toBeUndefined()
  expect(formatIpAddress(new Uint8Array(17))).toBeUndefined()
})

test('every text is read again as the same octets', () => {
  const next = seededNumbers(1)
  for (let round = 0; round < 2000; round++) {
    // Half of the groups zero, so that runs of every length occur.
    const octets = Uint8Array.from({ length: 16 }, (_, index) => ((next() >> (index >> 1)) & 1 ? next() & 0xff : 0))
    const text = formatIpAddress(octets) ?? ''
    expect(isIP(text)).toBeGreaterThan(0)
    expect(parseIpAddress(text)).toEqual(text.includes(':') ? octets : octets.slice(12))
  }
})
