import type { ServerResponse } from 'node:http'
import type Router from 'router'
import type { Administration } from '../../../authority/admin/administration.ts'
import { checkStillAdmin, type AdminRequest } from '../../../authority/admin/authorize-admin.ts'
import type { Admin } from '../../../authority/admin/state.ts'
import { SignetError, isSignetError } from '../../../core/errors.ts'
import { parseJson } from '../../../core/json.ts'
import { readJson, type JsonNode } from '../../../core/json-reader.ts'
import { loadTextTemplates, mentionsTextTemplates } from '../../../core/templates/text-templates.ts'
import { encodeGoJson } from '../../../core/go-json.ts'
import { readBody } from '../../request-body.ts'
import { eventOf, note } from '../../request-event.ts'
import { sendJson, type Route, type Surface } from '../route.ts'
import { describeForAdmin } from './errors.ts'

/** One request of somebody who may make it. */
export type AdminCall = {
  readonly request: Router.Request
  readonly response: ServerResponse
  readonly admin: Admin
  readonly administration: Administration
  readonly surface: Surface
  /** A part of the path, decoded. */
  readonly part: (name: string) => string
}

export type AdminHandler = (call: AdminCall) => void | Promise<void>

/** An endpoint of the admin API, before there is one. */
export type AdminEndpoint = readonly [method: Route['method'], path: string, handle: AdminHandler]

/** The endpoint for this administration: asks who calls first, and answers errors in the manner of the admin API. */
export function adminRoute([method, path, handle]: AdminEndpoint, administration: Administration): Route {
  return {
    method,
    path,
    async handle(request, response, surface) {
      try {
        const asked = { method: request.method ?? '', path: pathOf(request, path) }
        const { requestId } = eventOf(response)
        const admin = await administration.authorize(request.headers.authorization, { requestId, ...asked })
        note(response, { admin: admin.subject, adminType: admin.type })
        const part = (name: string): string => String(request.params[name])
        await handle({
          request,
          response,
          admin,
          administration: actingAs(admin, asked, administration),
          surface,
          part,
        })
      } catch (error) {
        fail(response, error)
      }
    },
  }
}

/**
 * The path that the token has to be for is the one that was routed by: a request line may have it behind a scheme and a host
 * (RFC 9112 §3.2.2), where what is asked of `/admin/admins` would not be seen to be that.
 */
function pathOf(request: Router.Request, pattern: string): string {
  return pattern.replace(/:(\w+)/g, (_, name: string) => String(request.params[name]))
}

/** Changes wait for each other, and for slow bodies: whether he may make his is asked again when it is his turn. */
function actingAs(admin: Admin, asked: AdminRequest, administration: Administration): Administration {
  return {
    ...administration,
    change: (decide) =>
      administration.change((decision) => {
        checkStillAdmin(admin, asked, decision.state)
        return decide(decision)
      }),
  }
}

function fail(response: ServerResponse, error: unknown): void {
  eventOf(response).err = error
  const expected = isSignetError(error) ? error : undefined
  const { status, body } = describeForAdmin(expected)
  if (expected?.retryAfterSeconds !== undefined) {
    response.setHeader('Retry-After', Math.ceil(expected.retryAfterSeconds))
  }
  sendJson(response, status, encodeGoJson(body))
}

/** The body of a request, read as one of step's messages, whose templates may be looked at then; `malformed` with all faults. */
export async function readMessage<Message>(
  request: Router.Request,
  read: (node: JsonNode) => Message | undefined,
): Promise<Message> {
  const text = await readBody(request)
  if (mentionsTextTemplates(text)) await loadTextTemplates()
  const message = readJson(parse(text), '', read)
  if (message === undefined) throw new SignetError('malformed', 'the body is not a message', { reason: 'BadRequest' })
  return message
}

function parse(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    // The parser's text quotes the body, which may hold a secret.
    throw new SignetError('malformed', 'syntax error: the body is not valid JSON', { reason: 'BadRequest' })
  }
}

/** Ends the answer with one of step's messages. */
export function sendMessage(response: ServerResponse, status: number, message: object): void {
  sendJson(response, status, JSON.stringify(message))
}

const done = encodeGoJson({ status: 'ok' })

/** Ends the answer to what was removed. */
export function sendDone(response: ServerResponse): void {
  sendJson(response, 200, done)
}
