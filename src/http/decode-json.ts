import { SignetError, isSignetError } from '../core/errors.ts'
import { parseJson } from '../core/json.ts'
import { readJson, type JsonNode } from '../core/json-reader.ts'

/** All that a caller learns of a body that cannot be read, as from step-ca; the log has the cause. */
export function decodeJson<Value>(text: string, read: (node: JsonNode) => Value): Value {
  try {
    // To Go's decoder a whole body of null is one that leaves everything out.
    return readJson(parseJson(text) ?? {}, '', read)
  } catch (error) {
    throw undecodable(error)
  }
}

/** The error for a part of a body that is no such thing, whatever is wrong with it. */
export function undecodable(error: unknown): SignetError {
  // A parser's message quotes the text, which may hold a token.
  const cause = isSignetError(error) ? error : undefined
  return new SignetError('malformed', 'error decoding json', { reason: 'BadRequest', cause })
}
