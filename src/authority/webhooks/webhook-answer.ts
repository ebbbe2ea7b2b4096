import { SignetError } from '../../core/errors.ts'
import { parseJson } from '../../core/json.ts'
import { readFlag, readJson, readMembers, readText, type JsonNode } from '../../core/json-reader.ts'
import type { Json } from '../../core/templates/template.ts'

/** What a hook says. */
export type WebhookAnswer =
  | { readonly allow: true; readonly data: Json }
  /** `text` is step's, for whoever asked for the certificate. */
  | { readonly allow: false; readonly text: string }

/** Of a hook's own words the caller and the log get as many. */
const maximumText = 1024

/** Reads the body of an answer; `malformed` where it is not one, which is no permission. */
export function readWebhookAnswer(text: string): WebhookAnswer {
  return readJson(jsonOf(text), 'answer', readAnswer)
}

function readAnswer(node: JsonNode): WebhookAnswer {
  const members = readMembers(node, ['data', 'allow', 'error'], 'as Go')
  const [data, allow, error] = ['data', 'allow', 'error'].map((name) => members.get(name))
  const refusal = error && readMembers(error, ['code', 'message'], 'as Go')
  const [message, code] = ['message', 'code']
    .map((name) => refusal?.get(name))
    .map((part) => (part ? readText(part) : ''))
  // Only JSON comes here.
  if (allow !== undefined && readFlag(allow)) return { allow: true, data: (data?.value ?? null) as Json }
  const said = error === undefined ? 'webhook server did not allow request' : `${message} (${code})`
  return { allow: false, text: said.slice(0, maximumText) }
}

function jsonOf(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    throw new SignetError('malformed', 'answer is not JSON')
  }
}
