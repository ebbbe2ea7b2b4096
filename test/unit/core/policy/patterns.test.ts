import { describe, expect, it } from 'vitest'
import { matchesPattern } from '../../../../src/core/policy/patterns.ts'

describe('patterns', () => {
  it.each([
    ['a', 'a', true],
    ['a', 'ab', false],
    ['*', '', true],
    ['*', 'anything.at.all', true],
    ['a*', 'a', true],
    ['*a', 'ba', true],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['a*b*c', 'axxbyyc', true],
    ['a*b*c', 'axxcyyb', false],
    ['*ab*ab*', 'abab', true],
    ['*ab*ab*', 'aba', false],
    ['a**b', 'ab', true],
    ['x*yz*z', 'xyz', false],
  ])('%s on %s: %s', (pattern, value, expected) => {
    expect(matchesPattern(pattern.split('*'), value)).toBe(expected)
  })

  it('takes no time for patterns that make regular expressions explode', () => {
    const pattern = `${'a*'.repeat(126)}b`.split('*')
    expect(matchesPattern(pattern, 'a'.repeat(253))).toBe(false)
  })
})
