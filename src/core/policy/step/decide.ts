import type { Names } from '../../names/names.ts'
import { parseIp } from '../../names/parse.ts'
import { comparisons } from './match.ts'
import { nameKinds, type NameKind, type StepPolicy } from './policy.ts'
import { hostOfUri } from './uri-host.ts'

/** The names of a certificate to be. */
export type CertificateNames = { readonly names: Names; readonly commonName: string }

/** What is decided about one name, and the path of the rule that decided: undefined where there is none about it. */
export type NameDecision =
  | { readonly allowed: true; readonly kind: NameKind; readonly name: string; readonly rule: string | undefined }
  | {
      readonly allowed: false
      readonly kind: NameKind
      readonly name: string
      readonly rule: string | undefined
      /** In step's words. */
      readonly message: string
    }

export type StepDecision = {
  readonly allowed: boolean
  /** In the order in which they are looked at; a refused one is the last. */
  readonly names: readonly NameDecision[]
}

/**
 * Decides as step's policy does: DNS names, IP addresses, e-mail addresses, URIs, then the common name if there is one, up
 * to the first that is refused.
 */
export function explainStepPolicy(policy: StepPolicy, { names, commonName }: CertificateNames): StepDecision {
  const decisions: NameDecision[] = []
  const texts = {
    dns: names.dns,
    ip: names.ips,
    email: names.emails,
    uri: names.uris,
    cn: commonName === '' ? [] : [commonName],
  }
  for (const kind of nameKinds) {
    for (const name of texts[kind]) {
      const decision = kind === 'cn' ? decideCommonName(policy, name) : decide(policy, kind, name)
      decisions.push(decision)
      if (!decision.allowed) return { allowed: false, names: decisions }
    }
  }
  return { allowed: true, names: decisions }
}

/** Denied is denied. What no rule for common names allows is asked as what it looks like, as step sorts names. */
function decideCommonName(policy: StepPolicy, name: string): NameDecision {
  if (hasRules(policy, 'cn')) {
    const decision = decide(policy, 'cn', name)
    if (decision.allowed || decision.rule !== 'allow.cn') return decision
  }
  const address = parseIp(name)
  if (address !== undefined) return decide(policy, 'ip', address, 'cn')
  if (hostOfUri(name) !== undefined) return decide(policy, 'uri', name, 'cn')
  return decide(policy, name.includes('@') ? 'email' : 'dns', name, 'cn')
}

/** By the rules of one kind; `called` is the kind that the decision speaks of. */
function decide(policy: StepPolicy, kind: NameKind, name: string, called = kind): NameDecision {
  const { allow, deny, allowWildcardNames } = policy
  const refused = (problem: Problem, rule: string | undefined): NameDecision => {
    return { allowed: false, kind: called, name, rule, message: problems[problem](called, JSON.stringify(name)) }
  }
  if (!hasRules(policy, kind) && nameKinds.some((other) => allow[other].length > 0)) {
    return refused('notAllowed', 'allow')
  }
  const compare = comparisons[kind](name)
  if (typeof compare === 'string') return refused(compare, undefined)
  for (const { path, constraint } of deny[kind]) {
    // A wildcard that may not be there at all is still denied by the rule that is about it.
    const matches = compare(constraint, true)
    if (matches !== false) return refused(matches ? 'notAllowed' : 'comparison', path)
  }
  if (allow[kind].length === 0) return allowed(called, name, undefined)
  for (const { path, constraint } of allow[kind]) {
    const matches = compare(constraint, allowWildcardNames)
    if (matches === undefined) return refused('comparison', path)
    if (matches) return allowed(called, name, path)
  }
  return refused('notAllowed', `allow.${kind}`)
}

/** step's texts. */
const problems = {
  notAllowed: (kind: NameKind, name: string) => `${kind} name ${name} not allowed`,
  comparison: (kind: NameKind, name: string) => `error matching ${kind} name ${name} to constraint`,
  domain: (kind: NameKind, name: string) => `cannot parse ${kind} domain ${name}`,
  rfc822Name: (kind: NameKind, name: string) => `cannot parse ${kind} rfc822Name ${name}`,
}
type Problem = keyof typeof problems

function allowed(kind: NameKind, name: string, rule: string | undefined): NameDecision {
  return { allowed: true, kind, name, rule }
}

function hasRules({ allow, deny }: StepPolicy, kind: NameKind): boolean {
  return allow[kind].length > 0 || deny[kind].length > 0
}
