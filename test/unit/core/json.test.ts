import { describe, expect, it } from 'vitest'
import { maximumJsonDepth, parseJson } from '../../../src/core/json.ts'

const nested = (levels: number): string => `${'{"a":['.repeat(levels / 2)}${']}'.repeat(levels / 2)}`

describe('parseJson', () => {
  it('reads JSON as deep as anybody writes it', () => {
    expect(parseJson('{"a":[1,"x"]}')).toEqual({ a: [1, 'x'] })
    expect(JSON.stringify(parseJson(nested(maximumJsonDepth)))).toBe(nested(maximumJsonDepth))
  })

  it('takes signs in texts, and lists beside one another, for no depth', () => {
    const value = [`"\\${'[{'.repeat(1000)}`, ...Array.from({ length: 1000 }, () => [{}])]
    expect(parseJson(JSON.stringify(value))).toEqual(value)
  })

  it.each([maximumJsonDepth + 2, 1_000_000])('refuses %i levels', (levels) => {
    expect(() => parseJson(nested(levels))).toThrow(new SyntaxError('nested in more than 500 levels'))
  })

  it('refuses what is no JSON', () => {
    for (const text of ['', '{', '['.repeat(1000), 'nope']) expect(() => parseJson(text)).toThrow(SyntaxError)
  })
})
