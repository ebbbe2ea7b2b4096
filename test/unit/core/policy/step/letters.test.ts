import { describe, expect, it } from 'vitest'
import { foldCase, lowerCase } from '../../../../../src/core/policy/step/letters.ts'

describe('letters as Go has them', () => {
  it.each([
    ['İSTANBUL', 'istanbul'],
    ['ΣΑΣ', 'σασ'],
    ['ẞ', 'ß'],
    ['𐐀', '𐐨'],
  ])('%s in lower case is %s', (text, lower) => {
    expect(lowerCase(text)).toBe(lower)
  })

  it.each([
    ['k', '\u212a', true],
    ['ſ', 'S', true],
    ['σ', 'ς', true],
    ['ß', 'ẞ', true],
    ['𐐀', '𐐨', true],
    ['ß', 'ss', false],
    ['i', 'ı', false],
    ['i', 'İ', false],
  ])('%s and %s are the same letter: %s', (one, other, same) => {
    expect(foldCase(one) === foldCase(other)).toBe(same)
  })
})
