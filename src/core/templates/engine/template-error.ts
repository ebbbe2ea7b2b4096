import { SignetError } from '../../errors.ts'

/**
 * Why a template gave nothing. `parse`: it is none. `execute`: it went wrong on these data. `fail`: it said so itself.
 * `refused`: it calls a function that Signet does not have. `limit`: it does too much.
 */
export type TemplateErrorKind = 'parse' | 'execute' | 'fail' | 'refused' | 'limit'

/** Where in a text: lines from 1; columns in octets from 0, as Go counts them, undefined where Go gives none. */
export type TemplatePlace = { readonly line: number; readonly column: number | undefined }

/** `malformed` for `fail`, whose message is for the caller; else `internal`: the fault of who wrote the template. */
export class TemplateError extends SignetError {
  readonly kind: TemplateErrorKind
  readonly place: TemplatePlace

  constructor(kind: TemplateErrorKind, message: string, place: TemplatePlace) {
    super(kind === 'fail' ? 'malformed' : 'internal', message)
    this.name = 'TemplateError'
    this.kind = kind
    this.place = place
  }
}

/** What functions throw; whoever calls them knows where. */
export class FunctionError extends Error {
  readonly kind: Exclude<TemplateErrorKind, 'parse'>
  constructor(message: string, kind: Exclude<TemplateErrorKind, 'parse'> = 'execute') {
    super(message)
    this.name = 'FunctionError'
    this.kind = kind
  }
}
