/** What Go's encoder escapes in text and JSON.stringify does not. */
const escapes: Readonly<Record<string, string>> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
}

/**
 * JSON as Go's json.Encoder writes it: `<`, `>` and `&` escaped, a newline at the end. Clients that compare or hash
 * bodies see what step-ca sends. Members whose value is undefined are left out.
 */
export function encodeGoJson(value: unknown): string {
  return `${goJson(value)}\n`
}

/** As `encodeGoJson`, without the newline: for a value inside of others. With `indent`, on several lines (json.MarshalIndent). */
export function goJson(value: unknown, indent?: string): string {
  // Outside of strings none of these can stand.
  return JSON.stringify(value, undefined, indent).replace(/[<>&\u2028\u2029]/g, (found) => escapes[found] ?? found)
}
