import { SignetError, type ErrorCode, type ErrorDetails } from '../core/errors.ts'
import type { ObjectReference } from './ports.ts'

/** A SignetError that knows which object it is about, so that an Event can be written on it. */
export class RefusedRequest extends SignetError {
  readonly regarding: ObjectReference

  constructor(code: ErrorCode, message: string, details: ErrorDetails & { regarding: ObjectReference }) {
    super(code, message, details)
    this.regarding = details.regarding
  }
}

/** The same error, about this object; errors that are about one already, or are no SignetError, stay as they are. */
export function regarding(error: unknown, object: ObjectReference | undefined): unknown {
  if (!(error instanceof SignetError) || error instanceof RefusedRequest || object === undefined) return error
  const { code, message, reason, path, retryAfterSeconds } = error
  return new RefusedRequest(code, message, {
    ...(reason !== undefined && { reason }),
    ...(path !== undefined && { path }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    cause: error,
    regarding: object,
  })
}
