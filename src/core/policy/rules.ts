import { parseDuration } from '../duration.ts'
import type { NameKind } from '../names/names.ts'
import type { CertificatePolicySpec, NamespaceSelector } from '../resources/certificate-policy.ts'
import { subjectFields, type SubjectField } from '../subject-fields.ts'
import { isExtendedUsage } from '../x509/usages.ts'
import type { PermittedDomains, PolicyRequest, PolicySubject } from './policy.ts'

/** What names can be matched: the four kinds and the common name. */
export type MatchKind = NameKind | 'commonName'
export type NamePatterns = Readonly<Record<MatchKind, readonly string[]>>

/** Patterns of subject attributes besides the common name; what has none is not allowed. */
export type SubjectPatterns = Partial<Readonly<Record<SubjectField, readonly string[]>>>

/** What one rule allows. Lists that are absent leave the matter open. */
export type Allowance = {
  readonly patterns: NamePatterns
  readonly subject: SubjectPatterns
  readonly wildcards: boolean
  /** The domains that a CA is limited to; undefined: no CA certificates. */
  readonly authority: PermittedDomains | undefined
  readonly maxDurationSeconds: number | undefined
  readonly keyAlgorithms: readonly string[] | undefined
  readonly usages: readonly string[]
}

/** One CertificatePolicy, ready to be evaluated. */
export type PolicyRule = {
  /** `CertificatePolicy/<name>`. */
  readonly id: string
  readonly mode: 'Enforce' | 'Audit'
  readonly namespaceSelector: NamespaceSelector | undefined
  /** Empty: all pods and all Certificates. */
  readonly serviceAccounts: readonly string[]
  readonly allow: Allowance | undefined
  readonly deny: NamePatterns
}

/** What TLS needs and nothing else: what is allowed where nobody lists usages, in the names of `Certificate.spec.usages`. */
export const defaultUsages = ['digital signature', 'key encipherment', 'server auth', 'client auth'] as const

const otherNames: Readonly<Record<string, string>> = { signing: 'digital signature', 's/mime': 'email protection' }

/** Usages that have two names in cert-manager, by one of them. */
function canonicalUsages(usages: readonly string[]): readonly string[] {
  return usages.map((usage) => otherNames[usage] ?? usage)
}

/** The usages to be allowed, each by one name. A leaf that lists no extended usage is good for any (RFC 5280 §4.2.1.12). */
export function askedUsages({ usages, isCA }: Pick<PolicyRequest, 'usages' | 'isCA'>): readonly string[] {
  const asked = canonicalUsages(usages)
  return isCA || asked.some(isExtendedUsage) ? asked : [...asked, 'any']
}

const noPatterns: NamePatterns = { dns: [], ips: [], emails: [], uris: [], commonName: [] }

/** The rule of a CertificatePolicy; `malformed` where its duration is none (the API server does not let that in). */
export function policyRule(name: string, spec: CertificatePolicySpec): PolicyRule {
  return {
    id: `CertificatePolicy/${name}`,
    mode: spec.mode,
    namespaceSelector: spec.namespaceSelector,
    serviceAccounts: spec.serviceAccounts,
    allow: spec.allow === undefined ? undefined : allowanceOf(spec.allow),
    deny: spec.deny === undefined ? noPatterns : denialsOf(spec.deny),
  }
}

/** Is this rule about the subject? */
export function selects(rule: PolicyRule, subject: PolicySubject): boolean {
  const { serviceAccounts, namespaceSelector } = rule
  const named = subject.serviceAccount !== undefined && serviceAccounts.includes(subject.serviceAccount)
  if (serviceAccounts.length > 0 && !named) return false
  return namespaceSelector === undefined || matchesLabels(namespaceSelector, subject.namespaceLabels)
}

/** Label selectors as Kubernetes evaluates them: every requirement must hold. */
export function matchesLabels(selector: NamespaceSelector, labels: Readonly<Record<string, string>>): boolean {
  const valueOf = (key: string) => (Object.hasOwn(labels, key) ? labels[key] : undefined)
  const equal = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => valueOf(key) === value)
  return (
    equal &&
    (selector.matchExpressions ?? []).every(({ key, operator, values }) => {
      return operators[operator](valueOf(key), values ?? [])
    })
  )
}

const operators = {
  In: (value: string | undefined, values: readonly string[]) => value !== undefined && values.includes(value),
  NotIn: (value: string | undefined, values: readonly string[]) => value === undefined || !values.includes(value),
  Exists: (value: string | undefined) => value !== undefined,
  DoesNotExist: (value: string | undefined) => value === undefined,
}

function allowanceOf(allow: NonNullable<CertificatePolicySpec['allow']>): Allowance {
  return {
    patterns: patternsOf(allow),
    subject: subjectPatternsOf(allow.subject),
    wildcards: allow.wildcards,
    authority: allow.isCA ? allow.nameConstraints : undefined,
    maxDurationSeconds: allow.maxDuration === undefined ? undefined : parseDuration(allow.maxDuration) / 1000,
    keyAlgorithms: allow.keyAlgorithms,
    usages: canonicalUsages(allow.usages ?? defaultUsages),
  }
}

function subjectPatternsOf(subject: NonNullable<CertificatePolicySpec['allow']>['subject']): SubjectPatterns {
  if (subject === undefined) return {}
  const members = Object.keys(subjectFields) as (keyof typeof subjectFields)[]
  return Object.fromEntries(members.map((member) => [subjectFields[member], subject[member]]))
}

/** A common name is denied in any case (RFC 5280 §7.1). */
function denialsOf(lists: NonNullable<CertificatePolicySpec['deny']>): NamePatterns {
  return { ...patternsOf(lists), commonName: lists.commonNames.map(lowerCased) }
}

function patternsOf(lists: NonNullable<CertificatePolicySpec['deny']>): NamePatterns {
  return {
    dns: lists.dnsNames.map(lowerCased),
    ips: lists.ipAddresses,
    emails: lists.emailAddresses.map(lowerDomain),
    uris: lists.uris.map(lowerHost),
    commonName: lists.commonNames,
  }
}

/** DNS names are in lower case when they are matched; placeholders keep their spelling. */
function lowerCased(pattern: string): string {
  return pattern.replaceAll(/\$\{\w+\}|[A-Z]/g, (part) => (part.startsWith('$') ? part : part.toLowerCase()))
}

/** So are the domains of e-mail addresses, … */
function lowerDomain(pattern: string): string {
  return pattern.replace(/@.*$/, lowerCased)
}

/** … and scheme and host of URIs. */
function lowerHost(pattern: string): string {
  return pattern.replace(/^[^:/?#]*:(?:\/\/[^/?#]*)?/, lowerCased)
}
