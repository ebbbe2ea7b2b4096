import { SignetError } from '../../core/errors.ts'
import type { GoMap } from '../../core/templates/engine/values.ts'
import type { RenderContext } from '../../core/templates/render.ts'
import { textTemplates } from '../../core/templates/text-templates.ts'

/** Where a URL of a hook goes to, which no template can change: `https://host:port`. */
const beginning = /^https:\/\/[^/?#]*/i
const templateMark = '{{'
/** A part of a path that means another one, in any spelling that a URL parser knows. */
const dotSegment = /(?:^|[/\\])(?:\.|%2e){1,2}(?:[/\\]|$)/i

/**
 * Requires an https URL without user name and password, whose path and query may be a Go template; `loadTextTemplates` has
 * to be done for one. `malformed`, going on from the name of the field.
 */
export function checkWebhookUrl(url: string): void {
  const origin = originOf(url)
  if (origin === undefined) throw new SignetError('malformed', 'it must begin with https:// and a host')
  if (url.includes(templateMark)) textTemplates().parseTextTemplate(url)
  else finished(url, origin)
}

/**
 * The URL that a hook is called by: its template, if it has one, filled in with `data`. `malformed` where that gives no URL
 * of the same host or one whose path leads elsewhere (`..`), a TemplateError where a value would end its part of the URL and
 * begin another: what is filled in is often the caller's.
 */
export function webhookUrl(url: string, data: () => GoMap, context: RenderContext): URL {
  const origin = originOf(url)
  const templates = url.includes(templateMark) ? textTemplates() : undefined
  if (templates === undefined) return finished(url, origin)
  const filled = templates.renderTextTemplate(templates.parseTextTemplate(url), data(), { ...context, refuse })
  return finished(filled, origin)
}

/** What begins another part of a URL (RFC 3986 §3): in a path, and behind `?`. A backslash is a slash to URL parsers. */
const delimiters = { path: /[/\\?#]/, query: /[&#]/ } as const

function refuse(value: string, before: () => string): string | undefined {
  const part = before().includes('?') ? 'query' : 'path'
  const [mark] = delimiters[part].exec(value) ?? []
  if (mark === undefined) return undefined
  return `what is filled in has ${JSON.stringify(mark)}, which has a meaning in the ${part} of a URL: end the action with | urlquery`
}

/** undefined where it is none, or a template stands in it. */
function originOf(url: string): string | undefined {
  const [start] = beginning.exec(url) ?? []
  if (start === undefined || /[@\\{}\s]/.test(start)) return undefined
  return URL.canParse(start) ? new URL(start).origin : undefined
}

function finished(text: string, origin: string | undefined): URL {
  const path = text.replace(beginning, '').replace(/[?#].*$/s, '')
  // Node's parser would leave control characters out.
  // oxlint-disable-next-line no-control-regex
  const strange = /[\0-\x1f\x7f]/.test(text) || dotSegment.test(path)
  const url = strange || !URL.canParse(text) ? undefined : new URL(text)
  if (url === undefined || url.origin !== origin) throw new SignetError('malformed', 'it gives no usable URL')
  return url
}
