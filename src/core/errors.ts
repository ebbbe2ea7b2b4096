/**
 * The closed set of things that can go wrong. A code says what kind of failure it is; the edges (`http/errors.ts`,
 * `operator/`) map codes to statuses and conditions, so nothing below them knows HTTP or Kubernetes.
 */
export type ErrorCode =
  /** The request cannot be understood or breaks a rule of form. The caller sees the message. */
  | 'malformed'
  /** The credential was not accepted. The caller sees a fixed text; message and reason go to the log only. */
  | 'unauthorized'
  /** A credential was accepted but is refused for a reason that its holder may know, such as an expired certificate. */
  | 'refused'
  /** Policy, claims or names do not allow it. The caller sees the message. */
  | 'forbidden'
  | 'not-found'
  | 'not-implemented'
  /** Try again later; `retryAfterSeconds` says when. */
  | 'unavailable'
  /** A concurrent change won. The caller inside the process retries. */
  | 'conflict'
  /** A fault of ours or of the machine. The caller sees a fixed text. */
  | 'internal'

export type ErrorDetails = {
  /** A bounded word for metrics and Event reasons, in CamelCase: `TokenExpired`, `NameNotAllowed`. */
  reason?: string
  /** Path of the field that is wrong, such as `authority.provisioners[0].name` or `spec.dnsNames[1]`. */
  path?: string
  retryAfterSeconds?: number
  /** `X-Request-Id` of the answer that said so, where the error came over HTTP: the log of the other side has it. */
  requestId?: string
  cause?: unknown
}

/** Every expected failure. The message is lower case without a final period and never carries a secret. */
export class SignetError extends Error {
  readonly code: ErrorCode
  readonly reason: string | undefined
  readonly path: string | undefined
  readonly retryAfterSeconds: number | undefined
  readonly requestId: string | undefined

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'SignetError'
    this.code = code
    this.reason = details.reason
    this.path = details.path
    this.retryAfterSeconds = details.retryAfterSeconds
    this.requestId = details.requestId
  }
}

/** Is `error` a SignetError, and of this code if one is given? */
export function isSignetError(error: unknown, code?: ErrorCode): error is SignetError {
  return error instanceof SignetError && (code === undefined || error.code === code)
}
