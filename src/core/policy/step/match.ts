import { parseIpAddress, rangeHolds } from '../../names/ip-address.ts'
import { labelsOf, lookupDomain } from './idna.ts'
import { foldCase } from './letters.ts'
import { parseMailbox, type Mailbox } from './mailbox.ts'
import type { NameKind } from './policy.ts'
import { hostOfUri } from './uri-host.ts'

/** Does the rule match the name? undefined: the name is none that rules can be asked about. */
export type Matcher = (constraint: string, allowWildcardNames: boolean) => boolean | undefined

/** How a name is compared with rules; a text says what of it cannot be parsed, in step's words. */
export type Comparison = Matcher | 'domain' | 'rfc822Name'

/** By kind: what compares a name, as it stands in a certificate, with rules of its kind. */
export const comparisons: Readonly<Record<NameKind, (name: string) => Comparison>> = {
  dns: compareDomain,
  ip: (address) => (range) => rangeHolds(range, address),
  email: compareEmail,
  uri: compareUri,
  cn: compareCommonName,
}

function compareCommonName(name: string): Comparison {
  const folded = foldCase(name)
  return (constraint) => folded === foldCase(constraint)
}

function compareDomain(name: string): Comparison {
  const wildcard = name.startsWith('*.')
  const found = lookupDomain(wildcard ? name.slice(1) : name)
  const domain = wildcard ? `*${found}` : found
  if (found === undefined || domain === undefined || labelsOf(domain) === undefined) return 'domain'
  return (constraint, allowWildcardNames) => matchDomain(domain, constraint, allowWildcardNames)
}

function compareEmail(address: string): Comparison {
  const mailbox = parseMailbox(address)
  if (mailbox === undefined) return 'rfc822Name'
  const encoded = mailbox.domain.split('.').filter((label) => label.startsWith('xn--'))
  if (encoded.some((label) => lookupDomain(label) === undefined)) return 'domain'
  return (constraint, allowWildcardNames) =>
    constraint.includes('@')
      ? sameMailbox(mailbox, constraint)
      : matchDomain(mailbox.domain, constraint, allowWildcardNames)
}

/** The domain in any case, what is in front of it letter by letter (RFC 5280 §7.5). */
function sameMailbox({ local, domain }: Mailbox, constraint: string): boolean {
  const wanted = parseMailbox(constraint)
  return local === wanted?.local && domain.toLowerCase() === wanted.domain
}

/** By its host. Without one, and with an IP address or a wildcard as host, no rule can be asked (RFC 5280 §4.2.1.10). */
function compareUri(uri: string): Comparison {
  const [, host] = /^([^:[\]]+)(?::[^:[\]]*)?$/.exec(hostOfUri(uri) ?? '') ?? []
  if (host === undefined || /[*%]/.test(host) || parseIpAddress(host) !== undefined) return () => undefined
  return (constraint, allowWildcardNames) => matchDomain(host, constraint, allowWildcardNames)
}

/** A rule with a dot in front matches names with exactly one label more; a wildcard counts as a label if it may be there. */
function matchDomain(domain: string, constraint: string, allowWildcardNames: boolean): boolean | undefined {
  if (domain === '' || domain === '*') return undefined
  if (domain.startsWith('.') || (domain.startsWith('*.') && !allowWildcardNames)) return false
  if (domain.includes('*', 1) || /^\*[^.]/.test(domain)) return false
  const labels = labelsOf(domain)
  if (labels === undefined) return undefined
  const withSubdomain = constraint.startsWith('.')
  const wanted = labelsOf(constraint) ?? []
  if (labels.length !== wanted.length + (withSubdomain ? 1 : 0)) return false
  return (
    labels
      .slice(withSubdomain ? 1 : 0)
      .join('.')
      .toLowerCase() === wanted.join('.')
  )
}
