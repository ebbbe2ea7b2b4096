import type { Response } from 'express'

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

/** The event of the request that this answer belongs to. */
export function eventOf(response: Response): RequestEvent {
  return response.locals['event'] as RequestEvent
}

/** Adds to what the log line will say. */
export function note(response: Response, details: Readonly<Record<string, unknown>>): void {
  const event = eventOf(response)
  event.details = { ...event.details, ...details }
}
