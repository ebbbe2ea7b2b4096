import { describe, expect, test } from 'vitest'
import { hex } from '../../../builders/x509.ts'
import { decodePem, decodePemBlocks, encodePem } from '../../../../src/core/pem.ts'

const malformed = (message: string) => expect.objectContaining({ code: 'malformed', message })
const block = '-----BEGIN THING-----\nAQID\n-----END THING-----\n'

test('writes lines of 64 characters', () => {
  expect(encodePem('THING', hex('01 02 03'))).toBe(block)
  const lines = encodePem('THING', new Uint8Array(49)).split('\n')
  expect(lines.map((line) => line.length)).toEqual([21, 64, 4, 19, 0])
  expect(encodePem('THING', new Uint8Array())).toBe('-----BEGIN THING-----\n-----END THING-----\n')
})

test.each([0, 1, 2, 3, 47, 48, 49, 1000])('reads what it wrote: %i octets', (length) => {
  const der = new Uint8Array(length).fill(0xa5)
  const [read] = decodePem(encodePem('A B-C 1', der))
  expect(read?.label).toBe('A B-C 1')
  expect(Uint8Array.from(read?.der ?? [])).toEqual(der)
})

test('reads every block and skips the text between them', () => {
  const text = `subject=a\n${block}issuer=b\r\n${block.replaceAll('\n', '\r\n').replaceAll('THING', 'OTHER')}end`
  expect(decodePem(text).map(({ label }) => label)).toEqual(['THING', 'OTHER'])
  expect(decodePem('no block')).toEqual([])
})

test('reads blocks with blanks, without line breaks at their end, with carriage returns', () => {
  for (const text of [
    '-----BEGIN THING-----\n AQ ID \n-----END THING-----'.replace('AQ ID', 'AQID'),
    '-----BEGIN THING-----\rAQID\r-----END THING-----',
    '-----BEGIN THING-----  \nAQ\nID\n\n-----END THING-----',
    '  -----BEGIN THING-----\n  AQID\n  -----END THING-----',
  ]) {
    expect(decodePem(text).map(({ der }) => [...der])).toEqual([[1, 2, 3]])
  }
})

test('reads the headers of encrypted keys', () => {
  const text = '-----BEGIN K-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00FF\n\nAQID\n-----END K-----\n'
  expect({ ...decodePem(text)[0]?.headers }).toEqual({ 'Proc-Type': '4,ENCRYPTED', 'DEK-Info': 'AES-256-CBC,00FF' })
})

test('headers cannot reach the prototype', () => {
  const [read] = decodePem('-----BEGIN K-----\nconstructor: x\n\nAQID\n-----END K-----\n')
  expect(Object.keys(read?.headers ?? {})).toEqual(['constructor'])
  expect('toString' in (read?.headers ?? {})).toBe(false)
})

describe('refuses', () => {
  test.each([
    ['no end', '-----BEGIN THING-----\nAQID\n', 'PEM block THING has no end line'],
    ['another end', '-----BEGIN THING-----\nAQID\n-----END OTHER-----', 'PEM block THING has another label at its end'],
    ['an empty label', '-----BEGIN -----\nAQID\n-----END -----', 'PEM block has a damaged label'],
    ['a label in lower case', '-----BEGIN thing-----\nAQID\n-----END thing-----', 'PEM block has a damaged label'],
    ['a label without its end', '-----BEGIN THING', 'PEM block has a damaged label'],
    ['another alphabet', '-----BEGIN THING-----\nAQ_D\n-----END THING-----', 'PEM block THING is not valid base64'],
    ['missing padding', '-----BEGIN THING-----\nAQI\n-----END THING-----', 'PEM block THING is not valid base64'],
    ['loose bits', '-----BEGIN THING-----\nAQJ=\n-----END THING-----', 'PEM block THING is not valid base64'],
    [
      'text behind the label',
      '-----BEGIN THING-----x\nAQID\n-----END THING-----',
      'PEM block THING is not valid base64',
    ],
    ['1 MiB', 'x'.repeat(1024 * 1024 + 1), 'PEM text is larger than 1 MiB'],
  ])('%s', (_, text, message) => {
    expect(() => decodePem(text)).toThrow(malformed(message))
  })

  test('a thousand beginnings in a moment', () => {
    const text = '-----BEGIN A-----\n'.repeat(50_000)
    expect(() => decodePem(text)).toThrow(malformed('PEM block A has no end line'))
  })
})

test('takes the blocks of one label', () => {
  const text = `${block}${block.replaceAll('THING', 'OTHER')}`
  expect(decodePemBlocks(text, 'OTHER')).toHaveLength(1)
  expect(() => decodePemBlocks(text, 'CERTIFICATE')).toThrow(malformed('PEM text holds no CERTIFICATE block'))
})
