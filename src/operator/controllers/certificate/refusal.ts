import { isSignetError, type ErrorCode, type SignetError } from '../../../core/errors.ts'
import type { Cause } from './decide.ts'

/** Nobody could be asked, or the answer came from something that broke: it goes away by itself. */
const outages: ReadonlySet<ErrorCode> = new Set(['unavailable', 'internal', 'conflict', 'not-found'])

/** Is this a failure that is tried again within seconds? Anything unexpected is. */
export function isOutage(error: unknown): boolean {
  return !isSignetError(error) || outages.has(error.code)
}

const reasons: Partial<Readonly<Record<ErrorCode, string>>> = {
  forbidden: 'NotAllowed',
  malformed: 'BadRequest',
  unauthorized: 'NotAccepted',
}

/** What a condition says about a refusal. The request id leads to the authority's log, which knows more than it says. */
export function causeOfRefusal({ code, message, requestId }: SignetError): Cause {
  const trace = requestId === undefined ? '' : ` (request ${requestId})`
  return { reason: reasons[code] ?? 'Failed', message: `${message}${trace}` }
}
