import { domainToASCII } from 'node:url'
import { SignetError } from '../errors.ts'
import { formatIpAddress, parseIpAddress } from './ip-address.ts'
import { nameKinds, type NameKind, type Names } from './names.ts'

/** RFC 1035 §2.3.4: octets of a name without its final dot, and of a label. */
const maximumDnsLength = 253
/** As long as Kubernetes' schema of Certificate allows. */
const maximumUriLength = 1024
/** RFC 5321 §4.5.3.1.3, without the angle brackets. */
const maximumEmailLength = 254

/** Letters, digits, hyphens and, for service records, underscores; `*` only as the whole first label. */
const dnsPattern = /^(?:\*\.)?(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/
const uriPattern = /^[A-Za-z][A-Za-z0-9+.-]*:[\x21-\x7e]+$/
const emailPattern = /^([\x21-\x3f\x41-\x7e]+)@([A-Za-z0-9.-]+)$/
const beyondAscii = /[\u0080-\uffff]/
/** What may become A-labels: the URL standard drops line breaks, decodes `%` and skips characters that nobody sees. */
const unicodePattern = /^(?:\*\.)?[\p{L}\p{M}\p{N}._-]+$/u

/** DNS name in lower case A-label form without a final dot, `*.` in front allowed; undefined if the text is none. */
export function parseDnsName(text: string): string | undefined {
  if (text.length > 4 * maximumDnsLength) return undefined
  const plain = text.endsWith('.') ? text.slice(0, -1) : text
  // Only names that need it go through the URL standard's rules, which would take 1.2 for an IPv4 address.
  const name = beyondAscii.test(plain) ? encodeLabels(plain) : plain.toLowerCase()
  if (name.length > maximumDnsLength || !dnsPattern.test(name)) return undefined
  return parseIpAddress(name) === undefined ? name : undefined
}

/** IP address in canonical text; undefined if the text is none. */
export function parseIp(text: string): string | undefined {
  const octets = parseIpAddress(text)
  return octets === undefined ? undefined : formatIpAddress(octets)
}

/** Absolute URI (RFC 3986) in ASCII, in normal form as far as `normalUri` makes it; undefined if the text is none. */
export function parseUri(text: string): string | undefined {
  return text.length <= maximumUriLength && uriPattern.test(text) && hasUsablePort(text) ? normalUri(text) : undefined
}

/** Ports that say nothing (RFC 3986 §6.2.3). */
const usualPorts: Readonly<Record<string, string>> = { http: '80', https: '443', ws: '80', wss: '443' }

/**
 * The URI with scheme and host in lower case and no final dot or usual port (RFC 3986 §6.2), so that a rule about a host has one spelling
 * to match. Where there is no authority only the scheme changes.
 */
function normalUri(uri: string): string {
  const [, scheme = '', user, host = '', port = '', rest = ''] =
    /^([^:]+):(?:\/\/((?:[^/?#]*@)?)(\[[^\]]*\]|[^/?#:]*)((?::\d*)?))?(.*)$/s.exec(uri) ?? []
  const plain = scheme.toLowerCase()
  if (user === undefined) return `${plain}:${rest}`
  const number = port.slice(1)
  const usual = number === '' || number === usualPorts[plain]
  return `${plain}://${user}${host.toLowerCase().replace(/(?<=[^.])\.+$/, '')}${usual ? '' : port}${rest}`
}

/** E-mail address in ASCII, its domain in normal form, the rest as given; undefined if the text is none. */
export function parseEmail(text: string): string | undefined {
  const [, user, domain = ''] = (text.length <= maximumEmailLength && emailPattern.exec(text)) || []
  const host = parseDnsName(domain)
  return host === undefined ? undefined : `${user}@${host}`
}

const parsers: Readonly<Record<NameKind, (text: string) => string | undefined>> = {
  dns: parseDnsName,
  ips: parseIp,
  emails: parseEmail,
  uris: parseUri,
}

const kindTexts: Readonly<Record<NameKind, string>> = {
  dns: 'a DNS name',
  ips: 'an IP address',
  emails: 'an e-mail address',
  uris: 'a URI',
}

/** The name in its normal form; `malformed` if it is no name of that kind. */
export function parseName(kind: NameKind, text: string): string {
  const name = parsers[kind](text)
  if (name === undefined)
    throw new SignetError('malformed', `${JSON.stringify(text.slice(0, 300))} is not ${kindTexts[kind]}`)
  return name
}

/** The kind that step gives a name without one: IP address, else URI (a scheme in front), else e-mail (`@`), else DNS. */
export function kindOfName(text: string): NameKind {
  if (parseIpAddress(text) !== undefined) return 'ips'
  if (uriPattern.test(text) && hasUsablePort(text)) return 'uris'
  return text.includes('@') ? 'emails' : 'dns'
}

/** Names of unknown kinds, sorted into them by step's rules; `malformed` for one that is no name of its kind. */
export function typeNames(texts: readonly string[]): Names {
  return collectNames(
    texts.map((text) => {
      const kind = kindOfName(text)
      return { kind, value: parseName(kind, text) }
    }),
  )
}

/** Names in the order given, without duplicates. The values must be in normal form. */
export function collectNames(names: readonly { readonly kind: NameKind; readonly value: string }[]): Names {
  const sets: Record<NameKind, Set<string>> = { dns: new Set(), ips: new Set(), emails: new Set(), uris: new Set() }
  for (const { kind, value } of names) sets[kind].add(value)
  return { dns: [...sets.dns], ips: [...sets.ips], emails: [...sets.emails], uris: [...sets.uris] }
}

/** Every name with its kind, in the order of `nameKinds`. */
export function listNames(names: Names): { readonly kind: NameKind; readonly value: string }[] {
  return nameKinds.flatMap((kind) => names[kind].map((value) => ({ kind, value })))
}

/** Is `commonName`, in normal form, one of these names? */
export function isOneOf(commonName: string, names: Names): boolean {
  return nameKinds.some((kind) => {
    const name = parsers[kind](commonName)
    return name !== undefined && names[kind].includes(name)
  })
}

/** The empty text, which is no name, for labels that have no encoding. */
function encodeLabels(text: string): string {
  if (!unicodePattern.test(text)) return ''
  const wildcard = text.startsWith('*.')
  const encoded = domainToASCII(wildcard ? text.slice(2) : text)
  return wildcard && encoded !== '' ? `*.${encoded}` : encoded
}

/** Go's URL parser, and so step's typing, takes no URI whose port is not a number. */
function hasUsablePort(uri: string): boolean {
  const authority = /^[^:]+:\/\/([^/?#]*)/.exec(uri)?.[1]
  if (authority === undefined) return true
  const host = authority.slice(authority.lastIndexOf('@') + 1)
  const port = /^(?:\[[^\]]*\]|[^:[\]]*)(?::(.*))?$/.exec(host)
  return port !== null && /^\d*$/.test(port[1] ?? '')
}
