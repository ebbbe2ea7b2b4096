import { parseIp } from '../names/parse.ts'
import { rangeHolds } from '../names/ip-address.ts'
import type { PolicySubject } from './policy.ts'
import type { MatchKind, NamePatterns } from './rules.ts'

/** Does one of the patterns of this kind match the value? Addresses match ranges, everything else texts with `*`. */
export function matchesAny(patterns: NamePatterns, kind: MatchKind, value: string, subject: PolicySubject): boolean {
  if (kind === 'ips') return patterns.ips.some((range) => matchesRange(range, value))
  return matchesText(patterns[kind], value, subject)
}

/** Does one of the patterns, with the asker's own names in it, match the whole text? */
export function matchesText(patterns: readonly string[], value: string, subject: PolicySubject): boolean {
  return patterns.some((pattern) => {
    const filled = fillPlaceholders(pattern, subject)
    return filled !== undefined && matchesPattern(filled, value)
  })
}

/**
 * As `matchesAny`, for patterns that deny: a wildcard is matched by what it stands for too, a common name in any case, and
 * a user in front of a URI's host does not hide the host.
 */
export function deniesAny(patterns: NamePatterns, kind: MatchKind, value: string, subject: PolicySubject): boolean {
  if (kind === 'ips') return matchesAny(patterns, kind, value, subject)
  const spelled = spellings[kind]?.(value) ?? value
  return patterns[kind].some((pattern) => {
    const filled = fillPlaceholders(pattern, subject)
    return (
      filled !== undefined &&
      [value, spelled, expandedFor(filled, spelled)].some((text) => matchesPattern(filled, text))
    )
  })
}

const spellings: Partial<Readonly<Record<MatchKind, (value: string) => string>>> = {
  commonName: (name) => name.toLowerCase(),
  uris: (uri) => uri.replace(/^([^:]+:\/\/)[^/?#]*@/, '$1'),
}

/** The name that a wildcard stands for and the pattern is likeliest to match: all that it has before its first dot as label. */
function expandedFor(pattern: readonly string[], name: string): string {
  if (!name.startsWith('*.')) return name
  const [label = ''] = pattern.join('').split('.', 1)
  return `${label}${name.slice(1)}`
}

/**
 * Does `pattern`, split at its `*`, match all of `value`? Each `*` stands for any characters, also none. In time
 * proportional to the product of the lengths, whatever the pattern: no regular expressions.
 */
export function matchesPattern(pattern: readonly string[], value: string): boolean {
  const [first = '', ...rest] = pattern
  const last = rest.pop()
  if (last === undefined) return value === first
  if (value.length < first.length + last.length || !value.startsWith(first) || !value.endsWith(last)) return false
  const end = value.length - last.length
  let position = first.length
  for (const part of rest) {
    const found = value.indexOf(part, position)
    if (found < 0 || found + part.length > end) return false
    position = found + part.length
  }
  return true
}

/** A range in CIDR or one address. */
function matchesRange(range: string, address: string): boolean {
  return range.includes('/') ? rangeHolds(range, address) : parseIp(range) === address
}

/** The pattern with the asker's own names in it, split at `*`; undefined where it needs a name that the asker lacks. */
function fillPlaceholders(pattern: string, subject: PolicySubject): string[] | undefined {
  if (pattern.includes('${serviceAccount}') && subject.serviceAccount === undefined) return undefined
  return pattern
    .replaceAll('${namespace}', () => subject.namespace)
    .replaceAll('${serviceAccount}', () => subject.serviceAccount ?? '')
    .split('*')
}
