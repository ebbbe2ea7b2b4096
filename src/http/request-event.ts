import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RequestContext } from '../authority/grant.ts'

/**
 * What one request was and became: filled in as it travels, written as one log line when its answer is done. Never holds a
 * token, a key or a body.
 */
export type RequestEvent = {
  readonly requestId: string
  readonly method: string
  readonly path: string
  /** The pattern that served it, such as `/root/{sha}`; the label of the metrics. */
  route: string
  readonly remote: string | undefined
  readonly userAgent: string | undefined
  /** What was issued, or who asked, as far as it is known. */
  details: Readonly<Record<string, unknown>>
  /** Why it was refused, with what the caller does not see. */
  err?: unknown
}

/** A member of the answer itself: a WeakMap of all answers since the last full collection is a megabyte by itself. */
const event = Symbol('request event')
type WithEvent = ServerResponse & { [event]?: RequestEvent }

/** Makes `event` the one of the request that this answer belongs to. */
export function attachEvent(response: WithEvent, of: RequestEvent): void {
  response[event] = of
}

/** The event of the request that this answer belongs to. */
export function eventOf(response: WithEvent): RequestEvent {
  const attached = response[event]
  if (attached === undefined) throw new Error('a request was served without an event')
  return attached
}

/** Adds to what the log line will say. */
export function note(response: ServerResponse, details: Readonly<Record<string, unknown>>): void {
  const noted = eventOf(response)
  noted.details = { ...noted.details, ...details }
}

/** Who asked, for the authority. */
export function contextOf(request: IncomingMessage, response: ServerResponse): RequestContext {
  const sourceAddress = request.socket.remoteAddress
  return {
    requestId: eventOf(response).requestId,
    ...(sourceAddress === undefined ? {} : { sourceAddress }),
    note: (details) => note(response, details),
  }
}
