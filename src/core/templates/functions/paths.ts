import { dictionary, row, text, type TemplateFunction } from '../engine/functions-api.ts'
import { FunctionError } from '../engine/template-error.ts'
import { GoMap, kindOf } from '../engine/values.ts'

/** Paths with `/`, and URLs. */
export const pathFunctions: readonly TemplateFunction[] = ['', 'os'].flatMap((prefix) => {
  const name = (plain: string) => (prefix === '' ? plain : `os${plain.charAt(0).toUpperCase()}${plain.slice(1)}`)
  return [
    row(name('base'), 'string', ([path]) => base(text(path))),
    row(name('dir'), 'string', ([path]) => clean(text(path).slice(0, text(path).lastIndexOf('/') + 1))),
    row(name('clean'), 'string', ([path]) => clean(text(path))),
    row(name('ext'), 'string', ([path]) => /\.[^./]*$/.exec(text(path))?.[0] ?? ''),
    row(name('isAbs'), 'string', ([path]) => text(path).startsWith('/')),
  ]
})

function base(path: string): string {
  if (path === '') return '.'
  const trimmed = path.replace(/\/+$/, '')
  return trimmed === '' ? '/' : trimmed.slice(trimmed.lastIndexOf('/') + 1)
}

/** The shortest path that means the same. */
function clean(path: string): string {
  const isRooted = path.startsWith('/')
  const kept: string[] = []
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') kept.push(part)
    else if (kept.length > 0 && kept.at(-1) !== '..') kept.pop()
    else if (!isRooted) kept.push(part)
  }
  const joined = kept.join('/')
  return isRooted ? `/${joined}` : joined === '' ? '.' : joined
}

const members = ['scheme', 'host', 'path', 'query', 'opaque', 'fragment', 'userinfo'] as const

export const urlFunctions: readonly TemplateFunction[] = [
  row('urlParse', 'string', ([url]) => parseUrl(text(url)), 'hosts are not checked as strictly'),
  row('urlJoin', 'map', ([parts]) => {
    const { entries } = dictionary(parts)
    const [scheme = '', host = '', path = '', query = '', opaque = '', fragment = '', userinfo = ''] = members.map(
      (name) => {
        const value = entries.get(name)
        if (value === undefined) return ''
        if (typeof value === 'string') return value
        throw new FunctionError(`unable to parse ${name} key, must be of type string, but ${kindOf(value)} found`)
      },
    )
    return joinUrl({ scheme, host, path, query, opaque, fragment, userinfo })
  }),
]

type UrlParts = Readonly<Record<(typeof members)[number], string>>

function parseUrl(url: string): GoMap {
  const fail = (why: string): never => {
    throw new FunctionError(`unable to parse url: parse "${url}": ${why}`)
  }
  // oxlint-disable-next-line no-control-regex
  if (/[\0-\x1f\x7f]/.test(url)) fail('net/url: invalid control character in URL')
  const [, scheme = '', rest = '', , fragment = ''] =
    /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?([^#]*)(#(.*))?$/s.exec(url) ?? []
  if (scheme === '' && url.startsWith(':')) fail('missing protocol scheme')
  const mark = rest.indexOf('?')
  const [before, query] = mark < 0 ? [rest, ''] : [rest.slice(0, mark), rest.slice(mark + 1)]
  const unescaped = (part: string) => unescape(part) ?? fail(`invalid URL escape "${/%.{0,2}/s.exec(part)?.[0] ?? ''}"`)
  const parts = { scheme: scheme.toLowerCase(), query, fragment: unescaped(fragment) }
  if (scheme !== '' && !before.startsWith('/')) return urlMap({ ...parts, opaque: before })
  if (scheme === '' && /^[^/]*:/.test(before)) fail('first path segment in URL cannot contain colon')
  const [, authority, path = ''] = /^(?:\/\/([^/]*))?(.*)$/s.exec(before) ?? []
  const at = authority?.lastIndexOf('@') ?? -1
  const host = authority?.slice(at + 1) ?? ''
  if (/[ <>"\\^`{|}]/.test(host)) fail(`invalid character in host name`)
  if (/:[^\]]*[^0-9\]][^\]]*$/.test(host)) fail(`invalid port after host`)
  return urlMap({
    ...parts,
    host: unescaped(host),
    path: unescaped(path),
    userinfo: at < 0 ? '' : (authority?.slice(0, at) ?? ''),
  })
}

function urlMap(parts: Partial<UrlParts>): GoMap {
  const host = parts.host ?? ''
  const hostname = /^\[(.*)\](?::\d*)?$/.exec(host)?.[1] ?? host.replace(/:\d*$/, '')
  const all = { ...Object.fromEntries(members.map((name) => [name, ''])), ...parts, hostname }
  return new GoMap(Object.entries(all))
}

function unescape(part: string): string | undefined {
  if (/%(?![0-9A-Fa-f]{2})/.test(part)) return undefined
  return part.replace(/%(..)/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
}

function escapePart(part: string, kept: RegExp): string {
  return Array.from(part, (octet) =>
    kept.test(octet) ? octet : `%${octet.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  ).join('')
}

function joinUrl({ scheme, host, path, query, opaque, fragment, userinfo }: UrlParts): string {
  const start = scheme === '' ? '' : `${scheme}:`
  const end = `${query === '' ? '' : `?${query}`}${fragment === '' ? '' : `#${escapePart(fragment, /[A-Za-z0-9\-_.~!$&'()*+,/:;=?@]/)}`}`
  if (opaque !== '') return start + opaque + end
  const [, user = '', password] = /^([^:]*)(?::(.*))?$/s.exec(userinfo) ?? []
  const kept = /[A-Za-z0-9\-_.~$&+,;=]/
  const shownUser =
    userinfo === '' ? '' : `${escapePart(user, kept)}${password === undefined ? '' : `:${escapePart(password, kept)}`}@`
  const hasAuthority = scheme !== '' || host !== '' || userinfo !== ''
  const authority = hasAuthority && (host !== '' || path !== '' || userinfo !== '') ? `//${shownUser}${host}` : ''
  const escaped = escapePart(path, /[A-Za-z0-9\-_.~$&+,/:;=@!'()*]/)
  const slash = escaped !== '' && !escaped.startsWith('/') && host !== '' ? '/' : ''
  const isAmbiguous = start === '' && authority === '' && escaped.split('/')[0]?.includes(':')
  return `${start}${authority}${slash}${isAmbiguous === true ? './' : ''}${escaped}${end}`
}
