import { describe, expect, it } from 'vitest'
import { parseSerial } from '../../../../src/core/x509/serial.ts'

describe('serial number', () => {
  it.each([
    ['12', '12'],
    ['+12', '12'],
    ['0', '0'],
    ['0xFf', '255'],
    ['0X_ff', '255'],
    ['0b101', '5'],
    ['0o17', '15'],
    ['017', '15'],
    ['1_000', '1000'],
    [`0x${'f'.repeat(40)}`, (2n ** 160n - 1n).toString()],
  ])('%s is %s', (text, serial) => {
    expect(parseSerial(text)).toBe(serial)
  })

  it.each(['', ' 1', '1 ', '-1', 'x', '0x', 'ff', '1.0', '1e3', '09', '1__0', '1_', '_1', '0b2', '++1', '٣'])(
    '%j is none',
    (text) => {
      expect(parseSerial(text)).toBeUndefined()
    },
  )

  it('has 20 octets at most', () => {
    expect(parseSerial(`0x1${'0'.repeat(40)}`)).toBeUndefined()
    expect(parseSerial('9'.repeat(300))).toBeUndefined()
  })
})
