import { formatDuration } from '../duration.ts'
import { describeName } from '../names/compare.ts'
import { isOneOf, listNames } from '../names/parse.ts'
import { isIdentityOf, spiffeId } from '../names/spiffe.ts'
import { defaultRuleId, defaultRuleMessages, type Domains } from './default-rule.ts'
import { describeAttribute, listAttributes, type SubjectField } from '../subject-fields.ts'
import { deniesAny, matchesAny, matchesText } from './patterns.ts'
import type { PolicyDecision, PolicyRequest, PolicyViolation } from './policy.ts'
import { askedUsages, selects, type Allowance, type MatchKind, type PolicyRule } from './rules.ts'

/**
 * May this certificate exist? A rule selects a subject by the labels of its namespace and, where it lists service accounts,
 * by the pod's; the default rule stands in for a subject that no enforcing rule selects. Allowed if one rule allows all of
 * it and none denies any of it. Audit rules only report what they would refuse if they were enforced.
 *
 * Two things hold whatever the rules say: an identity in the trust domain belongs to the pods of its service account, and
 * a pod is no CA. A pod's own identity needs no permission, so that a policy about DNS names need not repeat it.
 */
export function evaluatePolicy(
  request: PolicyRequest,
  rules: readonly PolicyRule[],
  clusterDomain: string,
  trustDomain: string,
): PolicyDecision {
  const domains: Domains = { clusterDomain, trustDomain }
  const selecting = rules.filter((rule) => selects(rule, request.subject))
  const enforcing = selecting.filter((rule) => rule.mode === 'Enforce')
  const attempts = enforcing.map((rule) => ({ rule, violations: violationsOf(rule, request, domains) }))
  const allowing = attempts.find(({ violations }) => violations.length === 0)?.rule
  const auditing = selecting.filter((rule) => rule.mode === 'Audit')
  const audit = [
    ...auditing.flatMap((rule) => denialsOf(rule, request)),
    ...(allowing ? [] : auditing.flatMap((rule) => violationsOf(rule, request, domains))),
  ]
  if (enforcing.length === 0) return decideByDefault(request, domains, audit)
  const refused = [...identityViolations(request, domains), ...enforcing.flatMap((rule) => denialsOf(rule, request))]
  if (refused.length > 0) return { allowed: false, violations: refused, audit }
  if (allowing === undefined) return { allowed: false, violations: closest(attempts), audit }
  const nameConstraints = request.isCA ? allowing.allow?.authority : undefined
  const maxDurationSeconds = allowing.allow?.maxDurationSeconds
  return {
    allowed: true,
    rule: allowing.id,
    ...(nameConstraints && { nameConstraints }),
    ...(maxDurationSeconds !== undefined && { maxDurationSeconds }),
    audit,
  }
}

function decideByDefault(request: PolicyRequest, domains: Domains, audit: readonly PolicyViolation[]): PolicyDecision {
  const violations = defaultRuleMessages(request, domains).map((message) => ({ message, rule: defaultRuleId }))
  return violations.length === 0 ? { allowed: true, rule: defaultRuleId, audit } : { allowed: false, violations, audit }
}

/** Of several rules that do not allow it, the one that lacks least: the first to look at when mending it. */
function closest(attempts: readonly { readonly violations: readonly PolicyViolation[] }[]): readonly PolicyViolation[] {
  return attempts.map(({ violations }) => violations).reduce((best, next) => (next.length < best.length ? next : best))
}

/** Everything with a name that rules speak of: the common name first. */
function matchables(request: PolicyRequest): { kind: MatchKind; value: string; label: string }[] {
  const names = listNames(request.names).map((name) => ({ ...name, label: describeName(name) }))
  const { commonName } = request
  if (commonName === '') return names
  return [{ kind: 'commonName', value: commonName, label: `common name "${commonName}"` }, ...names]
}

function identityViolations(request: PolicyRequest, { trustDomain }: Domains): PolicyViolation[] {
  const { subject, names } = request
  const foreign = names.uris.filter(
    (uri) => isIdentityOf(uri, trustDomain) && uri !== ownIdentity(request, trustDomain),
  )
  const messages = foreign.map((uri) => `URI "${uri}" is the identity of a service account and not allowed`)
  if (request.isCA && subject.kind === 'Pod') messages.push('isCA for a pod is not allowed')
  return messages.map((message) => ({ message, rule: defaultRuleId }))
}

function ownIdentity({ subject }: PolicyRequest, trustDomain: string): string | undefined {
  const { kind, namespace, serviceAccount } = subject
  return kind === 'Pod' && serviceAccount !== undefined ? spiffeId(trustDomain, namespace, serviceAccount) : undefined
}

function denialsOf(rule: PolicyRule, request: PolicyRequest): PolicyViolation[] {
  return matchables(request)
    .filter(({ kind, value }) => deniesAny(rule.deny, kind, value, request.subject))
    .map(({ label }) => ({ message: `${label} is denied`, rule: rule.id }))
}

function violationsOf(rule: PolicyRule, request: PolicyRequest, { trustDomain }: Domains): PolicyViolation[] {
  const { allow } = rule
  if (allow === undefined) return [{ message: 'nothing is allowed', rule: rule.id }]
  const own = ownIdentity(request, trustDomain)
  const refused = matchables(request).filter((name) => name.value !== own && !allowsName(allow, request, name))
  return [...refused.map(({ label }) => `${label} is not allowed`), ...otherViolations(allow, request)].map(
    (message) => ({ message, rule: rule.id }),
  )
}

/** A common name that is one of the other names is allowed with that name. */
function allowsName(
  { patterns, wildcards }: Allowance,
  { names, subject }: PolicyRequest,
  { kind, value }: { readonly kind: MatchKind; readonly value: string },
): boolean {
  if (kind === 'commonName' && isOneOf(value, names)) return true
  if (value.includes('*') && (kind === 'dns' || kind === 'commonName') && !wildcards) return false
  return matchesAny(patterns, kind, value, subject)
}

function otherViolations(allow: Allowance, request: PolicyRequest): string[] {
  const { durationSeconds: life, keyAlgorithm } = request
  const most = allow.maxDurationSeconds
  return [
    ...listAttributes(request.attributes)
      .filter(({ field, value }) => !matchesText(allow.subject[field as SubjectField] ?? [], value, request.subject))
      .map(describeAttribute),
    ...(request.wantsPodIPs && allow.patterns.ips.length === 0 ? ['the IP addresses of the pod are not allowed'] : []),
    ...(request.isCA && allow.authority === undefined ? ['isCA is not allowed'] : []),
    ...(life !== undefined && most !== undefined && life > most
      ? [`duration ${formatDuration(life * 1000)}, longer than ${formatDuration(most * 1000)}, is not allowed`]
      : []),
    ...(keyAlgorithm !== undefined && allow.keyAlgorithms?.includes(keyAlgorithm) === false
      ? [`key algorithm ${keyAlgorithm} is not allowed`]
      : []),
    ...askedUsages(request)
      .filter((usage) => !allow.usages.includes(usage))
      .map((usage) => `usage "${usage}" is not allowed`),
  ]
}
