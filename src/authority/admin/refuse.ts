import { SignetError } from '../../core/errors.ts'

/** Refusals of the admin API: whoever may use it reads the message, in step-ca's words where it has some. */

export const badRequest = (message: string): SignetError =>
  new SignetError('malformed', message, { reason: 'BadRequest' })
export const notFound = (message: string): SignetError => new SignetError('not-found', message, { reason: 'NotFound' })
/** It is there already. */
export const exists = (message: string): SignetError => new SignetError('conflict', message, { reason: 'Conflict' })

/** What `work` gives; its refusals with `context` and a colon in front, as step-ca wraps them. */
export function within<Result>(context: string, work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    throw wrapped(context, error)
  }
}

/** A refusal with `context` and a colon in front; any other error as it is. */
export function wrapped(context: string, error: unknown): unknown {
  if (!(error instanceof SignetError)) return error
  const { code, message, reason } = error
  return new SignetError(code, `${context}: ${message}`, { ...(reason !== undefined && { reason }), cause: error })
}
