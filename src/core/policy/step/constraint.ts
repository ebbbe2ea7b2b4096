import { SignetError } from '../../errors.ts'
import { formatIpAddress, maskOctet, parseIpAddress } from '../../names/ip-address.ts'
import { labelsOf, lookupDomain } from './idna.ts'
import { lowerCase } from './letters.ts'
import { parseMailbox } from './mailbox.ts'
import type { NameKind } from './policy.ts'

/** White space as Go trims it. */
const space = String.raw`[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]`
const outerSpace = new RegExp(`^${space}+|${space}+$`, 'g')

const parsers: Readonly<Record<NameKind, (text: string) => string>> = {
  cn: parseCommonName,
  dns: (text) => parseDomain(tidy(text)),
  ip: parseRange,
  email: parseEmail,
  uri: parseHost,
}

/** The rule as names are compared with it; `malformed` for one that step refuses as well. */
export function parseConstraint(kind: NameKind, text: string): string {
  return parsers[kind](text)
}

function tidy(text: string): string {
  const tidied = lowerCase(text.replaceAll(outerSpace, ''))
  if (tidied === '') throw fault(`${quote(text)} is empty`)
  return tidied
}

function parseCommonName(text: string): string {
  const name = tidy(text)
  if (name === '*') throw fault('"*" is no rule for common names: name them')
  return name
}

/** `*.` in front means one label, and becomes a dot. */
function parseDomain(domain: string): string {
  if (domain.startsWith('.')) throw fault(`${quote(domain)} begins with a dot: write ${quote(`*${domain}`)}`)
  const wanted = domain.startsWith('*.') ? domain.slice(1) : domain
  if (wanted.includes('*')) throw fault(`${quote(domain)} has a wildcard that is not its whole first label`)
  const found = lookupDomain(wanted)
  const labels = found === undefined ? undefined : labelsOf(found)
  if (found === undefined || labels === undefined || labels.length === 0) {
    throw fault(`${quote(domain)} is not a domain`)
  }
  return found
}

function parseHost(text: string): string {
  const host = tidy(text)
  if (/^[^:]*:\/\//.test(host)) throw fault(`${quote(text)} has a scheme: write the host alone`)
  if (parseIpAddress(host) !== undefined) throw fault(`${quote(text)} is an IP address: rules of URIs are domains`)
  return parseDomain(host)
}

/** An address, or with or without `@` in front a domain. */
function parseEmail(text: string): string {
  const address = tidy(text)
  const [local = '', domain = '', ...more] = address.split('@')
  if (more.length > 0 || address.includes('*'))
    throw fault(`${quote(text)} is neither an e-mail address nor "@" and a domain`)
  if (local === '' || !address.includes('@')) {
    const host = local === '' ? domain : local
    if (host.startsWith('.')) throw fault(`${quote(text)} begins with a dot: subdomains need rules of their own`)
    return parseDomain(host)
  }
  const mailbox = parseMailbox(address)
  const host = mailbox === undefined ? undefined : lookupDomain(mailbox.domain)
  const found = `${mailbox?.local}@${host}`
  // Read again when it is compared, without the quotes that some addresses need.
  if (host === undefined || host === '' || parseMailbox(found)?.local !== mailbox?.local) {
    throw fault(`${quote(text)} is not an e-mail address`)
  }
  return found
}

/** Canonical CIDR text of an address or range. Ranges of IPv4-mapped addresses are those of the IPv4 addresses. */
function parseRange(text: string): string {
  const [, addressText = text, onesText] = /^([^/]*)\/(\d{1,8})$/.exec(text) ?? []
  const address = parseIpAddress(addressText)
  if (address === undefined) throw fault(`${quote(text)} is neither an IP address nor a range in CIDR notation`)
  const bits = addressText.includes(':') ? 128 : 32
  const ones = onesText === undefined ? bits : Number(onesText)
  if (ones > bits) throw fault(`${quote(text)} has a prefix of more than ${bits} bits`)
  if (bits === 32 || address.length === 16) return `${formatIpAddress(address)}/${ones}`
  const mapped = Uint8Array.from([...mappedPrefix, ...address], (octet, index) => octet & maskOctet(ones, index))
  return `${formatIpAddress(mapped)}/${ones < 96 ? ones : ones - 96}`
}

/** Of an IPv4 address that is written as an IPv6 address (RFC 4291 §2.5.5.2). */
const mappedPrefix = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]

function quote(text: string): string {
  return JSON.stringify(text)
}

function fault(message: string): SignetError {
  return new SignetError('malformed', message)
}
