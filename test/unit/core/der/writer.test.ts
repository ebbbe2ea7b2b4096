import { describe, expect, test } from 'vitest'
import { hex } from '../../../builders/x509.ts'
import { DerReader } from '../../../../src/core/der/reader.ts'
import { namedBitsOf, textOf } from '../../../../src/core/der/values.ts'
import * as der from '../../../../src/core/der/writer.ts'

const read = (bytes: Uint8Array): DerReader => new DerReader(bytes, 'thing')
const malformed = (message: string) => expect.objectContaining({ code: 'malformed', message })

test.each([0, 127, 128, 255, 256, 65535, 65536])('writes %i octets so that they are read again', (length) => {
  const content = new Uint8Array(length).fill(7)
  expect(read(der.octetString(content)).octetString('value')).toEqual(content)
})

test('refuses 16 MiB', () => {
  expect(() => der.octetString(new Uint8Array(0x1000000))).toThrow(malformed('DER value is too large'))
})

test('integers are as short as they can be', () => {
  expect(der.integer(0)).toEqual(hex('02 01 00'))
  expect(der.integer(127)).toEqual(hex('02 01 7f'))
  expect(der.integer(128n)).toEqual(hex('02 02 00 80'))
  expect(der.integer(2n ** 159n - 1n)).toEqual(hex(`02 14 7f ${'ff'.repeat(19)}`))
  expect(der.integer(2n ** 160n - 1n)).toEqual(hex(`02 15 00 ${'ff'.repeat(20)}`))
  expect(() => der.integer(-1)).toThrow(expect.objectContaining({ code: 'internal' }))
})

test('integers of octets are the same, whatever zeros are in front', () => {
  for (const [octets, encoded] of [
    ['00', '02 01 00'],
    ['00 00 7f', '02 01 7f'],
    ['00 80', '02 02 00 80'],
    ['80 00', '02 03 00 80 00'],
    ['01 00', '02 02 01 00'],
  ] as const) {
    expect(der.integerFromOctets(hex(octets))).toEqual(hex(encoded))
  }
})

test('the members of a set are in the order of their encodings', () => {
  expect(der.setOf([hex('04 01 02'), hex('02 01 05'), hex('04 01 01')])).toEqual(
    hex('31 09 02 01 05 04 01 01 04 01 02'),
  )
})

test('named bits end with the last one that is set', () => {
  expect(der.namedBits([0, 2])).toEqual(hex('03 02 05 a0'))
  expect(der.namedBits([5, 6])).toEqual(hex('03 02 01 06'))
  expect(der.namedBits([8])).toEqual(hex('03 03 07 00 80'))
  expect(der.namedBits([])).toEqual(hex('03 01 00'))
  for (const bits of [[], [0], [1, 7], [8], [0, 15]]) {
    expect(namedBitsOf(read(der.namedBits(bits)).bitString('bits'))).toEqual(bits)
  }
})

describe('object identifiers', () => {
  test.each([
    '0.0',
    '1.39',
    '2.5.29.17',
    '2.999.3',
    '1.2.840.113549.1.1.11',
    '1.3.6.1.4.1.37476.9000.64.1',
    '1.2.4294967295.1073741824.1073741823.16383.16384',
    `2.25.${2n ** 128n - 1n}`,
  ])('%s', (dotted) => {
    expect(read(der.oid(dotted)).oid('type')).toBe(dotted)
  })

  test.each(['', '1', '3.1', '1.40', '0.40', '1.2.', '1..2', '1.02', '1.2.x', '1.-2'])('refuses "%s"', (text) => {
    expect(() => der.oid(text)).toThrow(malformed(`"${text}" is not an object identifier such as 1.3.6.1.5.5.7.3.1`))
  })
})

test('times are UTCTime from 1950 through 2049', () => {
  const tagOf = (time: number): number | undefined => der.time(time)[0]
  expect(tagOf(Date.UTC(1949, 11, 31, 23, 59, 59))).toBe(0x18)
  expect(tagOf(Date.UTC(1950, 0, 1))).toBe(0x17)
  expect(tagOf(Date.UTC(2049, 11, 31, 23, 59, 59, 999))).toBe(0x17)
  expect(tagOf(Date.UTC(2050, 0, 1))).toBe(0x18)
  expect(Buffer.from(der.time(Date.UTC(2049, 11, 31, 23, 59, 59))).toString('latin1', 2)).toBe('491231235959Z')
  expect(Buffer.from(der.time(Date.UTC(2050, 0, 2, 3, 4, 5))).toString('latin1', 2)).toBe('20500102030405Z')
})

test.each([0, 1e12 + 999, -1, Date.UTC(2049, 11, 31, 23, 59, 59), Date.UTC(2050, 0, 1), 253402300799000])(
  'time %i is read again, in whole seconds',
  (time) => {
    expect(read(der.time(time)).time('time')).toBe(Math.floor(time / 1000) * 1000)
  },
)

test('refuses years beyond 9999', () => {
  const message = 'time: the year must be from 0 to 9999'
  expect(() => der.time(253402300800000)).toThrow(malformed(message))
  expect(() => der.time(Number.NaN)).toThrow(malformed(message))
})

test('text is PrintableString where its alphabet allows, else UTF8String', () => {
  expect(der.directoryString('Acme (EU)')[0]).toBe(0x13)
  expect(der.directoryString('')[0]).toBe(0x13)
  for (const text of ['a@b', 'a*b', 'a&b', 'a_b', 'Söhne', '日本']) {
    const [tag = 0, , ...content] = der.directoryString(text)
    expect(tag).toBe(0x0c)
    expect(textOf(tag, Uint8Array.from(content))).toBe(text)
  }
})

test('reads the string types of names', () => {
  expect(textOf(0x1e, hex('00 41 00 e9'))).toBe('Aé')
  expect(textOf(0x14, hex('41 e9'))).toBe('Aé')
  expect(textOf(0x16, hex('41'))).toBe('A')
  expect(textOf(0x1e, hex('00 41 00'))).toBeUndefined()
  expect(textOf(0x1e, hex('d8 00'))).toBeUndefined()
  expect(textOf(0x0c, hex('c3'))).toBeUndefined()
  expect(textOf(0x13, hex('e9'))).toBeUndefined()
  expect(textOf(0x04, hex('41'))).toBeUndefined()
})
