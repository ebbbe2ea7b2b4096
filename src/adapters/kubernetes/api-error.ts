import { SignetError, type ErrorCode } from '../../core/errors.ts'

/** The API server's own word for what went wrong (`metav1.Status`). */
type Status = {
  readonly message?: string
  readonly reason?: string
  readonly details?: { readonly retryAfterSeconds?: number }
}

const codes: Readonly<Record<number, ErrorCode>> = {
  400: 'malformed',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  409: 'conflict',
  // A resourceVersion or continue token that is too old: list again.
  410: 'conflict',
  422: 'malformed',
  429: 'unavailable',
}

/** Reason of the error for a resourceVersion that the API server no longer has (410). */
export const expiredReason = 'Expired'

/**
 * An answer of the API server as a SignetError with the server's message: `not-found` 404, `conflict` 409 and 410,
 * `forbidden` 403, `unauthorized` 401, `unavailable` 429 and 5xx (with `retryAfterSeconds` if it said so), else `malformed`.
 */
export function apiError(status: number, retryAfter: string | undefined, body: string): SignetError {
  const parsed = parseStatus(body)
  const seconds = parsed.details?.retryAfterSeconds ?? (retryAfter === undefined ? Number.NaN : Number(retryAfter))
  return new SignetError(codes[status] ?? (status >= 500 ? 'unavailable' : 'malformed'), messageOf(status, parsed), {
    reason: status === 410 ? expiredReason : (parsed.reason ?? `Http${status}`),
    ...(Number.isFinite(seconds) ? { retryAfterSeconds: seconds } : {}),
  })
}

function messageOf(status: number, { message }: Status): string {
  return message === undefined || message === '' ? `the Kubernetes API server answered ${status}` : message
}

/** Proxies and an API server that is starting answer in plain text, which says nothing that the code does not. */
function parseStatus(body: string): Status {
  try {
    const parsed: unknown = JSON.parse(body)
    return typeof parsed === 'object' && parsed !== null ? parsed : {}
  } catch {
    return {}
  }
}
