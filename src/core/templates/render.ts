import type { Random } from '../clock.ts'
import { defaultLimits, type Limits } from './engine/budget.ts'
import { executeTemplate, type RefuseValue } from './engine/execute.ts'
import { parseTemplate, type ParsedTemplate } from './engine/parser.ts'
import type { Value } from './engine/values.ts'
import { templateFunctions } from './functions/index.ts'

/** Loaded with the engine, for only what it makes is read so. */
export { readStepCertificate } from './step-json.ts'

/** What templates may ask for that is not in their data. */
export type RenderContext = {
  /** Milliseconds since the epoch: the time that `now` gives. */
  readonly now: number
  readonly random: Random
  /** Milliseconds on any clock that goes on, for the limit of time. */
  readonly elapsed: () => number
  readonly limits?: Limits
  /** Where values must not be whatever text they like. */
  readonly refuse?: RefuseValue
}

/** step's name for all templates: it stands in messages. */
const templateName = 'template'

/** Reads a text/template with step's functions; TemplateError with the line where it is none. */
export function parseTextTemplate(text: string): ParsedTemplate {
  return parseTemplate(templateName, text, (name) => templateFunctions.has(name))
}

/** The text that a template makes of data; TemplateError with line and column where it makes none. */
export function renderTextTemplate(template: ParsedTemplate, data: Value, context: RenderContext): string {
  return executeTemplate(template, data, { limits: defaultLimits, ...context, functions: templateFunctions })
}
