import { describe, expect, test } from 'vitest'
import { hex } from '../../../builders/x509.ts'
import { DerReader } from '../../../../src/core/der/reader.ts'

const reader = (text: string): DerReader => new DerReader(hex(text), 'thing')
const malformed = (message: string) => expect.objectContaining({ code: 'malformed', message })

describe('elements', () => {
  test('are read one after the other, as views of the input', () => {
    const input = hex('02 01 05 04 02 aa bb')
    const read = new DerReader(input, 'thing')
    expect(read.any('first')).toMatchObject({ tag: 0x02, der: hex('02 01 05'), content: hex('05') })
    expect(read.nextIs(0x04)).toBe(true)
    const second = read.element(0x04, 'second')
    expect(second.content).toEqual(hex('aa bb'))
    expect(second.content.buffer).toBe(input.buffer)
    expect(read.atEnd).toBe(true)
    expect(read.optional(0x04, 'third')).toBeUndefined()
    read.finish('thing')
  })

  test('have lengths of up to three octets', () => {
    for (const [header, length] of [
      ['04 7f', 127],
      ['04 81 80', 128],
      ['04 82 01 00', 256],
      ['04 83 01 00 00', 65536],
    ] as const) {
      const read = new DerReader(Uint8Array.from([...hex(header), ...new Uint8Array(length)]), 'thing')
      expect(read.octetString('value')).toHaveLength(length)
    }
  })

  const faults: readonly (readonly [title: string, input: string, problem: string])[] = [
    ['nothing', '', 'missing'],
    ['a tag alone', '04', 'truncated'],
    ['too short a value', '04 02 aa', 'truncated'],
    ['too short a length', '04 82 01', 'truncated'],
    ['indefinite length', '24 80 00 00', 'indefinite length is not DER'],
    ['a long form below 128', '04 81 05 00 00 00 00 00', 'length is not in its shortest form'],
    ['a leading zero in the length', `04 82 00 80 ${'00'.repeat(128)}`, 'length is not in its shortest form'],
    ['a length of four octets', '04 84 01 00 00 00', 'length is too large'],
    ['a tag number in further octets', '1f 81 01 00', 'tag numbers above 30 are not supported'],
  ]
  test.each(faults)('refuses %s', (_, input, problem) => {
    expect(() => reader(input).any('value')).toThrow(malformed(`thing: value: ${problem}`))
  })

  test('refuses another tag than the one expected', () => {
    expect(() => reader('04 00').integer('number')).toThrow(malformed('thing: number: expected tag 0x02, found 0x04'))
    expect(() => reader('').integer('number')).toThrow(malformed('thing: number: missing'))
  })

  test('refuses data at the end', () => {
    expect(() => reader('05 00').finish('thing')).toThrow(malformed('thing: thing: unexpected data at the end'))
  })

  test('refuses to go deeper than 24 levels', () => {
    let read = reader('30 00')
    const descend = (): void => {
      for (;;) read = read.inside(hex('30 00'), 'level')
    }
    expect(descend).toThrow(malformed('thing: level: nested too deeply'))
  })
})

describe('values', () => {
  test.each([
    ['02 01 00', 0n],
    ['02 01 7f', 127n],
    ['02 02 00 80', 128n],
    ['02 01 80', -128n],
    ['02 02 ff 7f', -129n],
    ['02 09 00 ff ff ff ff ff ff ff ff', 2n ** 64n - 1n],
  ])('INTEGER %s', (input, value) => {
    expect(reader(input).integer('number')).toBe(value)
  })

  test.each(['02 00', '02 02 00 7f', '02 02 ff 80', '02 02 00 00'])('refuses INTEGER %s', (input) => {
    expect(() => reader(input).integer('number')).toThrow(malformed('thing: number: not a valid INTEGER'))
  })

  test('bounds small integers', () => {
    expect(reader('02 04 7f ff ff ff').smallInteger('number')).toBe(0x7fffffff)
    for (const input of ['02 05 00 80 00 00 00', '02 01 ff']) {
      expect(() => reader(input).smallInteger('number')).toThrow(malformed('thing: number: number is out of range'))
    }
  })

  test('BOOLEAN is 00 or ff', () => {
    expect(reader('01 01 ff').boolean('flag')).toBe(true)
    expect(reader('01 01 00').boolean('flag')).toBe(false)
    for (const input of ['01 01 01', '01 00', '01 02 ff ff']) {
      expect(() => reader(input).boolean('flag')).toThrow(malformed('thing: flag: not a valid BOOLEAN'))
    }
  })

  test.each([
    ['06 03 55 04 03', '2.5.4.3'],
    ['06 01 00', '0.0'],
    ['06 01 27', '0.39'],
    ['06 01 28', '1.0'],
    ['06 01 50', '2.0'],
    ['06 02 88 37', '2.999'],
    ['06 0b 2b 06 01 04 01 82 a4 64 c6 28 40', '1.3.6.1.4.1.37476.9000.64'],
    ['06 08 2a 86 48 ce 3d 04 03 02', '1.2.840.10045.4.3.2'],
    // 2.25 and a UUID: an arc of 128 bits.
    [`06 14 69 83 ${'ff'.repeat(17)} 7f`, `2.25.${2n ** 128n - 1n}`],
  ])('OBJECT IDENTIFIER %s', (input, dotted) => {
    expect(reader(input).oid('type')).toBe(dotted)
  })

  test.each(['06 00', '06 02 2a 80', '06 03 2a 80 01', `06 81 82 ${'01'.repeat(130)}`])('refuses OID %s', (input) => {
    expect(() => reader(input).oid('type')).toThrow(malformed('thing: type: not a valid OBJECT IDENTIFIER'))
  })

  test('BIT STRING has up to seven unused bits, all zero', () => {
    expect(reader('03 02 05 a0').bitString('bits')).toEqual({ unusedBits: 5, bytes: hex('a0') })
    expect(reader('03 01 00').bitString('bits')).toEqual({ unusedBits: 0, bytes: hex('') })
    for (const input of ['03 00', '03 02 08 00', '03 02 05 a1', '03 01 01']) {
      expect(() => reader(input).bitString('bits')).toThrow(malformed('thing: bits: not a valid BIT STRING'))
    }
  })

  const ascii = (text: string): string => Buffer.from(text, 'latin1').toString('hex')
  const utc = (text: string): string => `17 ${text.length.toString(16).padStart(2, '0')} ${ascii(text)}`
  const generalized = (text: string): string => `18 ${text.length.toString(16).padStart(2, '0')} ${ascii(text)}`

  test.each([
    [utc('491231235959Z'), Date.UTC(2049, 11, 31, 23, 59, 59)],
    [utc('500101000000Z'), Date.UTC(1950, 0, 1)],
    [utc('240229000000Z'), Date.UTC(2024, 1, 29)],
    [generalized('20500101000000Z'), Date.UTC(2050, 0, 1)],
    [generalized('99991231235959Z'), 253402300799000],
    [generalized('00010101000000Z'), -62135596800000],
  ])('time %s', (input, time) => {
    expect(reader(input).time('notAfter')).toBe(time)
  })

  test.each([
    utc('4912312359Z'),
    utc('491231235959+'),
    utc('490229000000Z'),
    utc('491301000000Z'),
    utc('491200000000Z'),
    utc('491231240000Z'),
    utc('491231236000Z'),
    utc('491231235960Z'),
    utc('4912312359 9Z'),
    utc('20491231235959Z'),
    generalized('491231235959Z'),
    generalized('20491231235959.5Z'),
    '04 0d 34393132333132333539 35395a',
  ])('refuses time %s', (input) => {
    expect(() => reader(input).time('notAfter')).toThrow(malformed('thing: notAfter: not a valid time'))
  })
})
