import type { ErrorCode, SignetError } from '../core/errors.ts'

/** How one code of error looks on the wire: its status, and what the caller may read. */
type Row = { readonly status: number; readonly message: (error: SignetError) => string }

const seeLogs = 'Please see the certificate authority logs for more info.'

/** step-ca's fixed texts (errs/error.go), by status; what really happened stands in the log under the request id. */
const fixedTexts = {
  unauthorized: `The request lacked necessary authorization to be completed. ${seeLogs}`,
  notFound: `The requested resource could not be found. ${seeLogs}`,
  notImplemented: `The requested method is not implemented by the certificate authority. ${seeLogs}`,
  internal: `The certificate authority encountered an Internal Server Error. ${seeLogs}`,
  /** Not one of step-ca's, which has no such answer. */
  unavailable: `The certificate authority cannot complete the request now; please try again. ${seeLogs}`,
} as const

/** Of what is forbidden for these reasons step-ca tells the caller only this. */
const maskedTexts: ReadonlyMap<string | undefined, string> = new Map(
  ['AuthorizingWebhookDenied', 'AuthorizingWebhookFailed'].map((reason) => [reason, 'error creating certificate']),
)

const fixed = (status: number, text: string): Row => ({ status, message: () => text })

const rows: Readonly<Record<ErrorCode, Row>> = {
  malformed: { status: 400, message: ({ message }) => `The request could not be completed: ${message}.` },
  unauthorized: fixed(401, fixedTexts.unauthorized),
  refused: { status: 401, message: ({ message }) => message },
  forbidden: {
    status: 403,
    message: ({ message, reason }) =>
      `The request was forbidden by the certificate authority: ${maskedTexts.get(reason) ?? message}${reason === 'NamePolicy' ? '' : '.'}`,
  },
  'not-found': fixed(404, fixedTexts.notFound),
  'not-implemented': fixed(501, fixedTexts.notImplemented),
  unavailable: {
    status: 503,
    // Only a reason that is about the request, such as a pod without an address, is the caller's business.
    message: ({ message, reason }) => (reason === 'NotReady' ? message : fixedTexts.unavailable),
  },
  conflict: fixed(500, fixedTexts.internal),
  internal: {
    status: 500,
    // The one fault of ours of which step-ca says what it is: whoever wrote the template is often the one who asks.
    message: ({ reason }) =>
      reason === 'TemplateOutput' ? 'error applying certificate template' : fixedTexts.internal,
  },
}

/** Body of every error answer, in step-ca's order of members. */
export type ErrorBody = { readonly status: number; readonly message: string }

/** What the caller gets; anything but a SignetError is a generic 500. */
export function describeForCaller(error: SignetError | undefined): ErrorBody {
  if (error === undefined) return { status: 500, message: fixedTexts.internal }
  const row = rows[error.code]
  return { status: row.status, message: row.message(error) }
}
