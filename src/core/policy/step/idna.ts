import { domainToASCII, domainToUnicode } from 'node:url'

/** What may be looked up at all (STD 3), beside characters beyond ASCII; also what a name must be made of in the end. */
const ascii = /^[a-z0-9.-]*$/
const lookedUp = /^[a-z0-9.\u0080-\u{10ffff}-]*$/iu
/** Valid since Unicode 16, and until then not, for what they are composed of. */
const composedOfOthers = /[\u2260\u226e\u226f]/
/** The blocks of scripts that are written from right to left. */
const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u
/** RFC 5893 §2, rules 1, 5 and 6, of a label that is not itself from right to left. */
const leftToRight = /^\p{L}(?:.*[\p{L}\p{N}])?\p{M}*$/u

/**
 * A domain as step's policy compares it (UTS 46 for lookup, with hyphens, joiners and directions checked and STD 3 in force):
 * lower case, A-labels. undefined where there is no such form. Empty labels stay: who asks decides about them.
 */
export function lookupDomain(domain: string): string | undefined {
  if (!lookedUp.test(domain)) return undefined
  const plain = domain.toLowerCase()
  if (ascii.test(plain) && !plain.includes('xn--')) return plain.split('.').every(hasUsableHyphens) ? plain : undefined
  return lookupInternational(domain)
}

/** By the URL standard's rules, which are UTS 46 as well but for what is checked here. */
function lookupInternational(domain: string): string | undefined {
  // step has the tables of Unicode 15, where ẞ is ss. A last label of letters keeps the standard from reading an IPv4 address.
  const encoded = domainToASCII(`${domain.replaceAll('ẞ', 'ss')}.x`)
  const found = encoded.slice(0, -2)
  if (!encoded.endsWith('.x') || !ascii.test(found)) return undefined
  const labels = domainToUnicode(encoded).split('.').slice(0, -1)
  const bidirectional = labels.some((label) => rightToLeft.test(label))
  const valid = labels.every(
    (label) =>
      hasUsableHyphens(label) &&
      !composedOfOthers.test(label) &&
      // A label that is its own encoding has none: `xn--a-`.
      !label.startsWith('xn--') &&
      (!bidirectional || label === '' || rightToLeft.test(label) || leftToRight.test(label)),
  )
  return valid ? found : undefined
}

/** Positions count in octets, as in step. */
function hasUsableHyphens(label: string): boolean {
  if (label.startsWith('-') || label.endsWith('-')) return false
  const octets = Buffer.from(label)
  return octets.length <= 4 || octets[2] !== hyphen || octets[3] !== hyphen
}

const hyphen = 0x2d

/**
 * The labels of a domain, of which `''` has none; undefined where one is empty or has a character that is not printable
 * ASCII. A dot in front is no empty label: it is how rules write a wildcard.
 */
export function labelsOf(domain: string): readonly string[] | undefined {
  if (domain === '') return []
  const labels = domain.replace(/^\./, '').split('.')
  return labels.every((label) => /^[\x21-\x7e]+$/.test(label)) ? labels : undefined
}
