import { describe, expect, it } from 'vitest'
import { parseJsonText } from '../../../src/config/json-text.ts'

describe('parseJsonText', () => {
  it('gives the value of a text in which members of different objects have one name', () => {
    const value = { a: { a: [{ a: 1 }, { a: 2 }, '"a":', '{', 'a'], b: 'x\\"a' }, b: { a: null }, A: [] }
    expect(parseJsonText(JSON.stringify(value), 'ca.json')).toEqual(value)
    expect(parseJsonText(' "a" ', 'ca.json')).toBe('a')
  })

  it.each([
    ['{"a":1,"a":2}', 'a is there twice: put both into one'],
    [
      '{"authority":{"policy":{"x509":{"deny":{"dns":["a"]},"allow":{},"deny":{"cn":["b"]}}}}}',
      'authority.policy.x509.deny is there twice: put both into one',
    ],
    ['{"list":[1,[],{"a":{}},{"b":"}","c":[{}],"b":0}]}', 'list[3].b is there twice: put both into one'],
    ['[{"a":1,"\\u0061":1}]', '[0].a is there twice: put both into one'],
  ])('refuses one member twice: %s', (text, message) => {
    expect(() => parseJsonText(text, 'ca.json')).toThrow(expect.objectContaining({ code: 'malformed', message }))
  })

  it('reads strings of 16 MiB, with and without escapes', () => {
    for (const unit of ['a', '\n']) {
      const value = { a: unit.repeat(16 * 1024 * 1024), b: 1 }
      expect(parseJsonText(JSON.stringify(value), 'ca.json')).toEqual(value)
    }
  })

  it('refuses what is so deep that nobody wrote it', () => {
    const message = 'ca.json is nested in more than 500 levels'
    expect(() => parseJsonText('['.repeat(501) + ']'.repeat(501), 'ca.json')).toThrow(
      expect.objectContaining({ code: 'malformed', message }),
    )
  })

  it('says where a text is no JSON, without quoting it', () => {
    expect(() => parseJsonText('{"password": "secret" x', 'ca.json')).toThrow(
      expect.objectContaining({ message: 'ca.json is not valid JSON at position 22 (line 1 column 23)' }),
    )
  })
})
