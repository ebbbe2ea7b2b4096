import { describe, expect, it } from 'vitest'
import { SignetError } from '../../../src/core/errors.ts'
import { fuzz, mostGrowth, type FuzzedParser } from './fuzz.ts'
import { textGrammar } from './grammars/text.ts'

const numbers: FuzzedParser<string> = {
  title: 'numbers',
  grammar: textGrammar(['7', '-', 'x']),
  seeds: ['1', '12', '123'],
  parse(input) {
    if (!/^\d+$/.test(input)) throw new SignetError('malformed', 'no number')
  },
  refusals: ['malformed'],
}
const run = (changes: Partial<typeof numbers>, inputs = 2000) => fuzz({ ...numbers, ...changes }, { inputs, seed: 1 })

describe('the fuzz harness', () => {
  it('finds nothing in a parser that is sound, and the same inputs each time', () => {
    const first = run({})
    expect(first).toMatchObject({ findings: [] })
    expect([first.parsed + first.refused, Math.min(first.parsed, first.refused) > 200]).toEqual([2000, true])
    expect(run({})).toMatchObject({ parsed: first.parsed, refused: first.refused })
  })

  it('shows an error of another kind by the shortest input that has it, three at most', () => {
    const { findings } = run({
      parse(input) {
        if (input.includes('7')) throw new TypeError('seven')
      },
    })
    expect(findings).toHaveLength(3)
    expect(findings[0]).toMatch(/^input \d+ of seed 1: throws TypeError at harness\.test\.ts:\d+: seven\n {2}"7"$/)
  })

  it('shows a SignetError with a code that the parser should not have', () => {
    const { findings } = run({ refusals: ['unauthorized'] })
    expect(findings[0]).toMatch(/throws SignetError \(malformed\) at harness\.test\.ts:\d+: no number\n {2}""$/)
  })

  it('shows an input that takes more than 50 ms', () => {
    const { findings } = run({
      parse(input) {
        const start = process.cpuUsage()
        while (input.includes('x') && process.cpuUsage(start).user < 60_000);
      },
    })
    expect(findings[0]).toMatch(/: takes more than 50 ms\n {2}"x"$/)
  })

  it('measures what a parser keeps', () => {
    const kept: Buffer[] = []
    const { growth } = run({ parse: (input) => kept.push(Buffer.alloc(20_000, `x${input}`)) })
    expect([kept.length, growth > mostGrowth]).toEqual([2000, true])
  })
})
