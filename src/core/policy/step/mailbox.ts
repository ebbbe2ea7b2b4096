import { labelsOf } from './idna.ts'

/** RFC 2821 §4.1.2: what is in front of the `@`, without quotes and backslashes, and the domain as written. */
export type Mailbox = { readonly local: string; readonly domain: string }

/** A text in quotes, with any character behind a backslash but NUL and line breaks. */
// oxlint-disable-next-line no-control-regex
const quotedText = /^"(?:\\[\x01-\x09\x0b\x0c\x0e-\x7f]|[\x01-\x08\x0b\x0c\x0e-\x21\x23-\x5b\x5d-\x7f])*"(?=@)/
/** RFC 3696 §3 has backslashes outside of quotes as well. */
// oxlint-disable-next-line no-control-regex
const atoms = /^(?:\\[\x00-\x7f]|[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~.])+(?=@)/

/** An e-mail address as RFC 5280 §4.2.1.6 has it; undefined for a text that is none. */
export function parseMailbox(text: string): Mailbox | undefined {
  const quoted = text.startsWith('"')
  const [front] = (quoted ? quotedText : atoms).exec(text) ?? []
  if (front === undefined) return undefined
  const domain = text.slice(front.length + 1)
  const local = (quoted ? front.slice(1, -1) : front).replaceAll(/\\(.)/gs, '$1')
  const dotted = local.startsWith('.') || local.endsWith('.') || local.includes('..')
  return (dotted && !quoted) || labelsOf(domain) === undefined ? undefined : { local, domain }
}
