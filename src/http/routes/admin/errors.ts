import type { ErrorCode, SignetError } from '../../../core/errors.ts'

/** Body of every error answer of the admin API, in step-ca's order of members (authority/admin/errors.go). */
export type AdminErrorBody = { readonly type: string; readonly detail: string; readonly message: string }

type Row = { readonly status: number; readonly type: string; readonly detail: string; readonly hidden?: string }

const badRequest: Row = { status: 400, type: 'badRequest', detail: 'bad request' }
const unauthorized: Row = { status: 401, type: 'unauthorized', detail: 'unauthorized' }
const seeLogs = 'please see the certificate authority logs for more info'
const failed: Row = {
  status: 500,
  type: 'internalServerError',
  detail: 'the server experienced an internal error',
  hidden: seeLogs,
}

/** Whoever may use the admin API reads all but what is the server's own business. */
const rows: Readonly<Record<ErrorCode, Row>> = {
  malformed: badRequest,
  forbidden: badRequest,
  unauthorized,
  refused: unauthorized,
  'not-found': { status: 404, type: 'notFound', detail: 'resource not found' },
  conflict: { status: 409, type: 'conflict', detail: 'conflict' },
  'not-implemented': { status: 501, type: 'notImplemented', detail: 'not implemented' },
  unavailable: { ...failed, status: 503, hidden: `please try again; ${seeLogs}` },
  internal: failed,
}

/** What the caller gets; anything but a SignetError is a generic 500. */
export function describeForAdmin(error: SignetError | undefined): {
  readonly status: number
  readonly body: AdminErrorBody
} {
  const { status, type, detail, hidden } = error === undefined ? failed : rows[error.code]
  return { status, body: { type, detail, message: hidden ?? error?.message ?? '' } }
}
