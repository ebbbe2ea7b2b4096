import type { KeyObject } from 'node:crypto'
import { equalBytes } from '../bytes.ts'
import { SignetError } from '../errors.ts'
import { wholeSeconds } from '../instant.ts'
import { nameKinds, type Names } from '../names/names.ts'
import type { Certificate } from './certificate.ts'
import { sameName } from './name.ts'
import { nameConstraintViolation } from './name-constraints.ts'
import { checkPublicKey } from './public-key.ts'

export type ChainOptions = {
  /** The moment at which every certificate of the chain must be valid, in milliseconds since the epoch. */
  readonly at: number
  /** What the leaf must be good for; CAs that restrict their usages must allow it too. */
  readonly usage?: 'clientAuth' | 'serverAuth'
}

/** Certificates in one chain, leaf and root included. */
const maximumChainLength = 8
/** Signatures that one search may verify (0.1 ms each), so that a crowd of CAs of one name costs no more. */
const maximumSignatureChecks = 32
/** Names against constraints that one search may compare, as in Go's verifier: some 0.1 s. */
const maximumComparisons = 250_000

type IssuingKey = Pick<Certificate, 'publicKey' | 'spki'>

/** Does the issuer's key verify the signature on `certificate`? Nothing else is looked at; false for a key that is not certified here. */
export function verifyCertificateSignature(certificate: Certificate, issuer: IssuingKey): boolean {
  const key = usableKey(issuer)
  return key !== undefined && certificate.isSignedBy(key)
}

/** An RSA key with a huge exponent costs a thousand times an ordinary one, so the bounds are those of our own. */
function usableKey(certificate: IssuingKey): KeyObject | undefined {
  try {
    checkPublicKey(certificate.spki, true)
    return certificate.publicKey()
  } catch {
    return undefined
  }
}

/**
 * Path validation (RFC 5280 §6): the chain from the leaf to one of `roots`. `intermediates` come from whoever sent the
 * leaf and from the caller's own knowledge; they prove nothing by themselves. Signatures, validity, basic constraints,
 * path lengths, key usage, extended usages and name constraints are checked, unknown critical extensions refused. Fails
 * with `unauthorized`; reason `CertificateExpired` where only the leaf's own expiry stands in the way.
 */
export function verifyChain(
  leaf: Certificate,
  intermediates: readonly Certificate[],
  roots: readonly Certificate[],
  options: ChainOptions,
): Certificate[] {
  const problem = ownProblem(leaf, 'certificate', options) ?? usageProblem(leaf, options)
  if (problem !== undefined) throw untrusted(problem)
  const search: Search = {
    intermediates,
    roots,
    options,
    checksLeft: maximumSignatureChecks,
    comparisonsLeft: maximumComparisons,
    problem: undefined,
  }
  const chain = extend([leaf], search)
  if (chain !== undefined) {
    // A certificate is valid through the whole second of its notAfter.
    if (leaf.notAfter < wholeSeconds(options.at)) {
      throw new SignetError('unauthorized', 'certificate has expired', { reason: 'CertificateExpired' })
    }
    return chain
  }
  throw untrusted(search.problem ?? 'certificate is signed by an unknown authority')
}

type Search = {
  readonly intermediates: readonly Certificate[]
  readonly roots: readonly Certificate[]
  readonly options: ChainOptions
  checksLeft: number
  comparisonsLeft: number
  /** Why the last candidate did not do. */
  problem: string | undefined
}

/** Depth first: the first complete valid chain that begins with `path`. */
function extend(path: readonly Certificate[], search: Search): Certificate[] | undefined {
  const last = path.at(-1)
  if (last === undefined || path.length >= maximumChainLength) return undefined
  for (const [candidates, isRoot] of [[search.roots, true] as const, [search.intermediates, false] as const]) {
    for (const issuer of candidates) {
      if (!mayHaveIssued(issuer, last) || path.some((known) => equalBytes(known.der, issuer.der))) continue
      const problem = linkProblem(path, last, issuer, search)
      if (problem !== undefined) {
        search.problem = problem
        continue
      }
      const longer = [...path, issuer]
      const chain = isRoot ? longer : extend(longer, search)
      if (chain !== undefined) return chain
    }
  }
  return undefined
}

/** By name, and by key identifier where both say one. */
function mayHaveIssued(issuer: Certificate, subject: Certificate): boolean {
  if (!sameName(issuer.subject, subject.issuer)) return false
  if (issuer.subjectKeyId === undefined || subject.authorityKeyId === undefined) return true
  return equalBytes(issuer.subjectKeyId, subject.authorityKeyId)
}

/** Why `issuer` may not stand above `path`, whose last certificate is `last`. The signature, which costs most, comes last. */
function linkProblem(path: readonly Certificate[], last: Certificate, issuer: Certificate, search: Search) {
  const problem =
    ownProblem(issuer, 'issuer', search.options) ??
    validityProblem(issuer, search.options.at) ??
    authorityProblem(issuer, path) ??
    usageProblem(issuer, search.options)
  if (problem !== undefined) return problem
  if (search.checksLeft === 0) return 'certificate has too many possible issuers'
  search.checksLeft -= 1
  const violation = constraintProblem(issuer, path, search)
  if (violation !== undefined) return violation
  return verifyCertificateSignature(last, issuer) ? undefined : 'signature of the certificate is not its issuer’s'
}

/** Faults that one certificate has by itself. A leaf's expiry is told last, once everything else is known to be right. */
function ownProblem(certificate: Certificate, label: string, { at }: ChainOptions): string | undefined {
  const [unknown] = certificate.unknownCritical
  if (unknown !== undefined) return `${label} has the unknown critical extension ${unknown}`
  return certificate.notBefore > at ? `${label} is not yet valid` : undefined
}

function validityProblem(issuer: Certificate, at: number): string | undefined {
  return issuer.notAfter < wholeSeconds(at) ? 'issuer has expired' : undefined
}

/** Is it a CA that may sign certificates, with so many CAs below it? Self-issued ones do not count (RFC 5280 §6.1.4). */
function authorityProblem(issuer: Certificate, path: readonly Certificate[]): string | undefined {
  if (!issuer.isCA) return 'issuer is not a certificate authority'
  if (issuer.keyUsage.length > 0 && !issuer.keyUsage.includes('certSign')) return 'issuer may not sign certificates'
  const below = path.slice(1).filter((certificate) => !sameName(certificate.subject, certificate.issuer)).length
  return issuer.pathLength !== undefined && below > issuer.pathLength
    ? 'issuer has more CAs below it than it may'
    : undefined
}

function usageProblem({ extKeyUsage }: Certificate, { usage }: ChainOptions): string | undefined {
  if (usage === undefined || extKeyUsage.length === 0) return undefined
  return extKeyUsage.includes(usage) || extKeyUsage.includes('any') ? undefined : `certificate is not for ${usage}`
}

function constraintProblem(
  { nameConstraints }: Certificate,
  path: readonly Certificate[],
  search: Search,
): string | undefined {
  if (nameConstraints === undefined) return undefined
  if (nameConstraints.hasOtherKinds) return 'issuer constrains names of a kind that is not supported'
  for (const [index, certificate] of path.entries()) {
    // Self-issued CAs carry the CA's own name, which its constraints need not permit (RFC 5280 §6.1.4).
    if (index > 0 && sameName(certificate.subject, certificate.issuer)) continue
    search.comparisonsLeft -= namesIn(certificate.names) * namesIn(nameConstraints.permitted, nameConstraints.excluded)
    if (search.comparisonsLeft < 0) return 'certificate has too many names for the constraints of its issuers'
    const violation = nameConstraintViolation(certificate.names, nameConstraints)
    if (violation !== undefined) return violation
  }
  return undefined
}

function namesIn(...all: readonly Names[]): number {
  return all.reduce((sum, names) => sum + nameKinds.reduce((some, kind) => some + names[kind].length, 0), 0)
}

function untrusted(problem: string): SignetError {
  return new SignetError('unauthorized', problem, { reason: 'CertificateUntrusted' })
}
