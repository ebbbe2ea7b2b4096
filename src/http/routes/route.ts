import type { ServerResponse } from 'node:http'
import type Router from 'router'
import type { Authority } from '../../authority/authority.ts'
import type { TlsSettings } from '../../config/tls-settings.ts'
import type { ErrorBody } from '../errors.ts'
import { encodeGoJson } from '../../core/go-json.ts'
import type { PublishedAnswers } from '../published.ts'

type Operations = 'signX509' | 'renewX509' | 'rekeyX509' | 'revokeX509' | 'currentCrl' | 'respondOcsp'

/** Everything that one configuration decides; a reload replaces it as a whole, and each request sees one. */
export type Surface = {
  readonly authority: Pick<Authority, Operations>
  readonly answers: PublishedAnswers
  readonly tls: TlsSettings
}

/** One endpoint. `path` is relative to `/` and, but for those of the admin API, `/1.0`, in the router's syntax (`/root/:sha`). */
export type Route = {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  readonly path: string
  readonly handle: (request: Router.Request, response: ServerResponse, surface: Surface) => void | Promise<void>
}

/** Ends the answer with a body that is JSON already. */
export function sendJson(response: ServerResponse, status: number, json: string): void {
  sendBody(response, status, 'application/json', json)
}

export function sendPem(response: ServerResponse, pem: string): void {
  sendBody(response, 200, 'application/x-pem-file', pem)
}

/** Ends the answer with a body of this media type. */
export function sendBody(response: ServerResponse, status: number, type: string, body: string | Uint8Array): void {
  response.statusCode = status
  response.setHeader('Content-Type', type)
  // Node would add it itself, but not to the answer to a HEAD, where Go does.
  response.setHeader('Content-Length', Buffer.byteLength(body))
  response.end(body)
}

export function sendError(response: ServerResponse, body: ErrorBody): void {
  sendJson(response, body.status, encodeGoJson({ status: body.status, message: body.message }))
}

const notFoundText = '404 page not found\n'

/** chi's answer, with which step-ca answers what it does not know. */
export function sendNotFound(response: ServerResponse): void {
  response.setHeader('X-Content-Type-Options', 'nosniff')
  sendBody(response, 404, 'text/plain; charset=utf-8', notFoundText)
}
