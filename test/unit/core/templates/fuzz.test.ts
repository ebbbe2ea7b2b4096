import { describe, expect, it } from 'vitest'
import { defaultLimits } from '../../../../src/core/templates/engine/budget.ts'
import { TemplateError } from '../../../../src/core/templates/engine/template-error.ts'
import { fromJsonValue } from '../../../../src/core/templates/engine/values.ts'
import { parseTextTemplate, renderTextTemplate } from '../../../../src/core/templates/render.ts'
import { chance, fuzzInputs, mutate } from '../../../builders/fuzz.ts'
import { renderContext } from '../../../builders/templates.ts'
import { corpus } from '../../../interop/templates/corpus.ts'

const alphabet = [
  ...Array.from('{}()"`\'|.$=:, -/*\n\\aé019'),
  ...'{{ }} {{- -}} := end else if range with define template block break continue nil true'.split(' '),
  ...'.list .map .text $ $x print printf dict list index set toJson regexFind until'.split(' '),
]

describe('templates that nobody would write', () => {
  it('render or fail in an expected way, soon', { timeout: 600_000 }, () => {
    const random = chance(7)
    const samples = corpus.map(({ template }) => template)
    const data = corpus[0]?.data ?? {}
    const limits = { ...defaultLimits, steps: 5000, allocation: 65_536 }
    const faults: string[] = []
    const slow: string[] = []
    let rendered = 0
    const attempt = (template: string): number => {
      const started = performance.now()
      try {
        renderTextTemplate(parseTextTemplate(template), fromJsonValue(data), renderContext({ limits }))
        rendered += 1
      } catch (error) {
        if (!(error instanceof TemplateError)) faults.push(`${JSON.stringify(template)}: ${String(error)}`)
      }
      return performance.now() - started
    }
    for (let input = 0; input < fuzzInputs; input += 1) {
      const template = mutate(random, samples, alphabet)
      // What only once takes long met a pause of the machine.
      if (attempt(template) > 50 && attempt(template) > 50 && attempt(template) > 50) slow.push(template)
    }
    expect(faults).toEqual([])
    expect(slow).toEqual([])
    expect(rendered).toBeGreaterThan(fuzzInputs / 50)
  })
})
