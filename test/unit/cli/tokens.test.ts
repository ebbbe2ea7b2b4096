import { describe, expect, it } from 'vitest'
import { normalizeTokens } from '../../../src/cli/tokens.ts'

const flags = {
  force: { kind: 'bool', aliases: ['f'], description: '' },
  'no-password': { kind: 'bool', description: '' },
  curve: { kind: 'string', aliases: ['crv'], description: '' },
  'not-before': { kind: 'time', description: '' },
} as const

describe('tokens of a command line', () => {
  it.each([
    [
      ['a', '-f', 'b'],
      ['a', '--force=true', 'b'],
    ],
    [
      ['--force=false', '-no-password'],
      ['--force=false', '--no-password=true'],
    ],
    [
      ['-crv', 'P-256', '--curve=P-384'],
      ['--curve=P-256', '--curve=P-384'],
    ],
    [['--not-before', '-1h'], ['--not-before=-1h']],
    [
      ['--curve=a=b', '--curve', '--force'],
      ['--curve=a=b', '--curve=--force'],
    ],
    [
      ['-', '--', '-f', '--curve'],
      ['-', '--', '-f', '--curve'],
    ],
    [
      ['--bogus', '-x=1', '--curve'],
      ['--bogus', '-x=1', '--curve'],
    ],
  ])('%j are read as by Go: %j', (args, tokens) => {
    expect(normalizeTokens(args, flags)).toEqual(tokens)
  })

  it('refuses what is neither true nor false', () => {
    const message = 'invalid boolean value "no" for --force: write true or false'
    expect(() => normalizeTokens(['-f=no'], flags)).toThrow(message)
  })
})
