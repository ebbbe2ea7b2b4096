import { concatBytes, utf8Bytes } from '../bytes.ts'
import type { DerElement, DerReader } from '../der/reader.ts'
import { contextConstructed } from '../der/tags.ts'
import { asciiOf } from '../der/values.ts'
import { contextStructure, contextValue, sequence } from '../der/writer.ts'
import { SignetError } from '../errors.ts'
import { formatIpAddress, maskOctet, parseIpAddress, parseRange, rangeHolds } from '../names/ip-address.ts'
import { nameKindLabels, nameKinds, noNames, type NameKind, type Names } from '../names/names.ts'
import { generalNameTags, nameKindOf } from './general-names.ts'

/**
 * Name constraints of a CA (RFC 5280 §4.2.1.10). `permitted` and `excluded` hold constraints by kind: DNS domains
 * (`a.b`: itself and below; `.a.b`: below only), IP ranges as CIDR, mailboxes, hosts or domains of e-mail addresses, hosts
 * or domains of URIs.
 */
export type NameConstraints = {
  readonly permitted: Names
  readonly excluded: Names
  /** It constrains kinds of names that Signet does not know: a chain through it is refused. */
  readonly hasOtherKinds: boolean
}

/** Constraints in one extension: public ones have at most some hundreds. */
const maximumConstraints = 2048

export function readNameConstraints(reader: DerReader, field: string): NameConstraints {
  const constraints = reader.sequence(field)
  const permitted = readSubtrees(constraints.openOptional(contextConstructed(0), field), field)
  const excluded = readSubtrees(constraints.openOptional(contextConstructed(1), field), field)
  constraints.finish(field)
  return {
    permitted: permitted.names,
    excluded: excluded.names,
    hasOtherKinds: permitted.hasOtherKinds || excluded.hasOtherKinds,
  }
}

/** RFC 6761 §6.4: nobody's. To permit it alone is to permit none, for verifiers that do not agree on how to exclude all. */
const nobodys = 'invalid'

/** A CA may certify names in these DNS domains and no other name. */
export function onlyDomains(domains: readonly string[]): Omit<NameConstraints, 'hasOtherKinds'> {
  return {
    permitted: { dns: domains, ips: [], emails: [nobodys], uris: [nobodys] },
    excluded: { ...noNames, ips: ['0.0.0.0/0', '::/0'] },
  }
}

/** The extension's value; `malformed` where a constraint has no encoding. */
export function encodeNameConstraints({ permitted, excluded }: Omit<NameConstraints, 'hasOtherKinds'>): Uint8Array {
  return sequence(encodeSubtrees(0, permitted), encodeSubtrees(1, excluded))
}

/** The first name that the constraints do not allow, as the end of a sentence; undefined if all are allowed. */
export function nameConstraintViolation(names: Names, constraints: NameConstraints): string | undefined {
  for (const kind of nameKinds) {
    const permitted = constraints.permitted[kind]
    const excluded = constraints.excluded[kind]
    if (permitted.length === 0 && excluded.length === 0) continue
    for (const name of names[kind]) {
      const label = `${nameKindLabels[kind]} "${name}"`
      // RFC 5280 §4.2.1.10: a URI without a domain as its host cannot be matched and must be refused.
      if (kind === 'uris' && hostOf(name) === '') return `${label} has no host to match against constraints`
      const exclusion = excluded.find(
        (constraint) => matchers[kind](name, constraint) || expands(kind, name, constraint),
      )
      if (exclusion !== undefined) return `${label} is excluded by constraint "${exclusion}"`
      const allowed = permitted.length === 0 || permitted.some((constraint) => matchers[kind](name, constraint))
      if (!allowed) return `${label} is not permitted by any constraint`
    }
  }
  return undefined
}

/** Does a wildcard stand for the very domain of this constraint? `*.a.b` is then excluded together with `x.a.b`. */
function expands(kind: NameKind, name: string, constraint: string): boolean {
  if (kind !== 'dns' || !name.startsWith('*.')) return false
  return constraint.replace(/^[^.]+/, '*').toLowerCase() === name
}

type Subtrees = { readonly names: Names; readonly hasOtherKinds: boolean }

function readSubtrees(reader: DerReader | undefined, field: string): Subtrees {
  const names: Record<NameKind, string[]> = { dns: [], ips: [], emails: [], uris: [] }
  let hasOtherKinds = false
  if (reader === undefined) return { names, hasOtherKinds }
  let count = 0
  while (!reader.atEnd) {
    if (++count > maximumConstraints) throw reader.fault(field, `more than ${maximumConstraints} constraints`)
    const subtree = reader.sequence(field)
    const base = subtree.any(field)
    // minimum is 0 and maximum absent in this profile (RFC 5280 §4.2.1.10).
    subtree.finish(field)
    const kind = nameKindOf(base.tag)
    if (kind === undefined) hasOtherKinds = true
    else names[kind].push(constraintText(kind, base, reader, field))
  }
  return { names, hasOtherKinds }
}

function constraintText(kind: NameKind, { content }: DerElement, reader: DerReader, field: string): string {
  const text = kind === 'ips' ? rangeText(content) : asciiOf(content)
  if (text === undefined) throw reader.fault(field, `damaged ${nameKindLabels[kind]} constraint`)
  return text
}

function encodeSubtrees(number: number, names: Names): Uint8Array {
  const subtrees = nameKinds.flatMap((kind) =>
    names[kind].map((text) => {
      const content = kind === 'ips' ? rangeBytes(text) : asciiBytes(text)
      if (content === undefined)
        throw new SignetError('malformed', `"${text}" is no ${nameKindLabels[kind]} constraint`)
      return sequence(contextValue(generalNameTags[kind], content))
    }),
  )
  return subtrees.length === 0 ? new Uint8Array() : contextStructure(number, ...subtrees)
}

function asciiBytes(text: string): Uint8Array | undefined {
  return /^[\x21-\x7e]*$/.test(text) ? utf8Bytes(text) : undefined
}

/** CIDR text of address and mask; undefined where the mask is no prefix. */
function rangeText(content: Uint8Array): string | undefined {
  if (content.length !== 8 && content.length !== 32) return undefined
  const half = content.length / 2
  const bits = Array.from(content.subarray(half), (octet) => octet.toString(2).padStart(8, '0')).join('')
  if (!/^1*0*$/.test(bits)) return undefined
  const address = formatIpAddress(content.subarray(0, half))
  const ones = bits.lastIndexOf('1') + 1
  // An IPv4-mapped IPv6 range has no text of its own kind.
  return address === undefined || (half === 16 && !address.includes(':')) ? undefined : `${address}/${ones}`
}

/** Address and mask of CIDR text (RFC 5280 §4.2.1.10); undefined if it is none. */
function rangeBytes(text: string): Uint8Array | undefined {
  const range = parseRange(text)
  if (range === undefined) return undefined
  const { address, ones } = range
  const mask = address.map((_, index) => maskOctet(ones, index))
  return concatBytes([address.map((octet, index) => octet & (mask[index] ?? 0)), mask])
}

/** Does `constraint` cover `name`? By kind, RFC 5280 §4.2.1.10; the first argument is the name. */
const matchers: Readonly<Record<NameKind, (name: string, constraint: string) => boolean>> = {
  dns: (name, constraint) => domainHolds(constraint, name, true),
  ips: (name, constraint) => rangeHolds(constraint, name),
  emails: emailMatches,
  uris: (name, constraint) => domainHolds(constraint, hostOf(name), false),
}

/** A constraint with a leading dot means names below only; without one, also itself and, for DNS names, below. */
function domainHolds(constraint: string, host: string, withSubdomains: boolean): boolean {
  const domain = constraint.toLowerCase()
  const name = host.toLowerCase()
  if (domain === '') return true
  if (domain.startsWith('.')) return name.endsWith(domain)
  return name === domain || (withSubdomains && name.endsWith(`.${domain}`))
}

function emailMatches(name: string, constraint: string): boolean {
  const at = name.lastIndexOf('@')
  const host = name.slice(at + 1)
  if (!constraint.includes('@')) return domainHolds(constraint, host, false)
  const constraintAt = constraint.lastIndexOf('@')
  return (
    name.slice(0, at) === constraint.slice(0, constraintAt) &&
    host.toLowerCase() === constraint.slice(constraintAt + 1).toLowerCase()
  )
}

/** The domain that is the host of a URI; empty if it has none: no authority, or an IP address. */
function hostOf(uri: string): string {
  const host = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#]*@)?([^/?#:@[\]]+)/i.exec(uri)?.[1] ?? ''
  return parseIpAddress(host) === undefined ? host : ''
}
