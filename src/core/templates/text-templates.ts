import { SignetError } from '../errors.ts'
import type * as Render from './render.ts'

type Engine = typeof Render

/** Loaded once for the whole process: code, not state. */
let engine: Engine | undefined

/**
 * Loads the engine of text templates: with its functions and regular expressions 7 MiB of memory, which an authority
 * without such templates does not spend. To be awaited before a configuration that may have them is read.
 */
export async function loadTextTemplates(): Promise<void> {
  engine ??= await import('./render.ts')
}

/** The engine; `internal` if nobody has loaded it. */
export function textTemplates(): Engine {
  if (engine === undefined) throw new SignetError('internal', 'the engine of text templates is not loaded')
  return engine
}

/** May this ca.json have text templates? True too often rather than too rarely: letters of member names count in any case. */
export function mentionsTextTemplates(caJson: string): boolean {
  return /"template(?:file)?"|\{\{|\\u/i.test(caJson)
}
