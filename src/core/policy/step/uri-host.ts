import { parseIpAddress } from '../../names/ip-address.ts'

const badEscape = /%(?![0-9a-f]{2})/i
// oxlint-disable-next-line no-control-regex
const controlCharacter = /[\x00-\x1f\x7f]/
const userinfo = /^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/
const hostCharacters = /^(?:[A-Za-z0-9\-._~!$&'()*+,;=:[\]<>"\u0080-\u{10ffff}]|%[89a-f][0-9a-f])*$/iu
/** An IPv6 address with or without a zone in brackets, or anything without brackets; then perhaps a port. */
const literalHost = /^\[([^\]%]*:[^\]%]*)(?:%25[^\]]*)?\](?::[0-9]*)?$/
const plainHost = /^[^[:]*$|^[^[]*:[0-9]*$/

/**
 * Host and port of a URI, `''` where it has no authority; undefined for a text that Go, and so step, does not take for a URI
 * with a scheme (net/url, RFC 3986 §3).
 */
export function hostOfUri(text: string): string | undefined {
  const [, rest] = /^[A-Za-z][A-Za-z0-9+.-]*:(.*)$/s.exec(text) ?? []
  if (rest === undefined || controlCharacter.test(text)) return undefined
  const [front = '', ...fragment] = rest.split('#')
  const [hierarchy = ''] = front.split('?', 1)
  if (badEscape.test(fragment.join('#'))) return undefined
  if (!hierarchy.startsWith('/')) return ''
  const [, authority = '', path = ''] = /^(?:\/\/([^/]*))?(.*)$/s.exec(hierarchy) ?? []
  return badEscape.test(path) ? undefined : hostOf(authority)
}

function hostOf(authority: string): string | undefined {
  const at = authority.lastIndexOf('@')
  const user = authority.slice(0, Math.max(at, 0))
  const host = authority.slice(at + 1)
  if (!userinfo.test(user) || badEscape.test(user) || !hostCharacters.test(host)) return undefined
  const [, address] = literalHost.exec(host) ?? []
  const usable = address === undefined ? plainHost.test(host) : parseIpAddress(address) !== undefined
  return usable ? host : undefined
}
