import type { TemplateFunction } from '../../../src/core/templates/engine/functions-api.ts'
import { templateFunctions } from '../../../src/core/templates/functions/index.ts'
import { calls } from './calls.ts'
import { constructs, corpusData } from './constructs.ts'

/** A template and the data that it is rendered with. */
export type CorpusCase = { readonly template: string; readonly data: typeof corpusData }

/** The functions that the corpus must call. */
export const servedFunctions: readonly TemplateFunction[] = [...templateFunctions.values()].filter(
  ({ relation }) => relation.kind !== 'refused',
)

/** Every case: each construct, and each function that is not refused with each list of its arguments. */
export const corpus: readonly CorpusCase[] = [
  ...constructs,
  ...servedFunctions.flatMap(({ name }) => (calls[name] ?? []).map((args) => `{{ ${name} ${args} }}`)),
].map((template) => ({ template, data: corpusData }))
