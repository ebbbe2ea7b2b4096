import { describe, expect, it } from 'vitest'
import { fuzz, mostGrowth, type FuzzedParser, type FuzzOptions } from './fuzz.ts'

/** Declares a test for each parser: it parses or refuses every input, soon, and keeps nothing of it. */
export function expectRobust(parsers: readonly FuzzedParser[], options: FuzzOptions): void {
  // Milliseconds: ten times what the slowest takes on a machine that has nothing else to do.
  const timeout = 60_000 + options.inputs * 12
  describe.each(parsers)('$title', { timeout }, (parser) => {
    it('has 50 seeds or more, all different and valid', () => {
      expect(new Set(parser.seeds.map((seed) => Buffer.from(seed).toString('hex'))).size).toBe(parser.seeds.length)
      expect(parser.seeds.length).toBeGreaterThanOrEqual(50)
      for (const seed of parser.seeds) parser.parse(seed)
    })

    it(`answers ${options.inputs} inputs that are broken or strange`, () => {
      const { parsed, refused, findings, growth } = fuzz(parser, options)
      expect(findings.join('\n')).toBe('')
      expect(growth).toBeLessThan(mostGrowth)
      // The mutations neither miss everything nor break everything.
      expect(Math.min(parsed, refused)).toBeGreaterThan(options.inputs / 100)
    })
  })
}
