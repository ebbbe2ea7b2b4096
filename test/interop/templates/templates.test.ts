import { beforeAll, describe, expect, it } from 'vitest'
import { TemplateError } from '../../../src/core/templates/engine/template-error.ts'
import { fromJsonValue } from '../../../src/core/templates/engine/values.ts'
import { parseTextTemplate, renderTextTemplate } from '../../../src/core/templates/render.ts'
import { renderContext } from '../../builders/templates.ts'
import { calls } from './calls.ts'
import { corpus, servedFunctions, type CorpusCase } from './corpus.ts'
import { renderWithGo, type GoResult } from './go-renderer.ts'

let theirs: readonly GoResult[]

beforeAll(async () => {
  theirs = await renderWithGo(corpus)
}, 600_000)

/** What is compared: the text, or the class of the error and its place. */
function ours({ template, data }: CorpusCase): unknown {
  try {
    return renderTextTemplate(parseTextTemplate(template), fromJsonValue(data), renderContext())
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error
    const { kind, place } = error
    return kind === 'fail' ? { kind } : { kind, line: place.line, column: place.column ?? -1 }
  }
}

function expected({ kind, output, line, column }: GoResult): unknown {
  if (kind === '') return output
  return kind === 'fail' ? { kind } : { kind, line, column }
}

describe('templates beside those of step', () => {
  it('has at least three calls of every function that is not refused', () => {
    const short = servedFunctions.filter(({ name }) => (calls[name]?.length ?? 0) < 3)
    expect(short.map(({ name }) => name)).toEqual([])
    expect(corpus.length).toBeGreaterThan(1200)
  })

  it('render to the same octets, or fail in the same way at the same place', () => {
    const different = corpus.flatMap((one, index) => {
      const [wanted, got] = [expected(theirs[index] as GoResult), ours(one)]
      return JSON.stringify(wanted) === JSON.stringify(got) ? [] : [{ template: one.template, wanted, got }]
    })
    expect(different).toEqual([])
  })
})
