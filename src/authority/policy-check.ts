import { SignetError } from '../core/errors.ts'
import { evaluatePolicy } from '../core/policy/evaluate.ts'
import { describeViolations, type PolicyDecision } from '../core/policy/policy.ts'
import { explainStepPolicy } from '../core/policy/step/decide.ts'
import type { Names } from '../core/names/names.ts'
import type { SubjectFields } from '../core/x509/name.ts'
import { describeOtherName } from '../core/x509/other-names.ts'
import { certificateUsageNames, type Usages } from '../core/x509/usages.ts'
import type { AuthorityConfig } from './config.ts'
import type { GrantPolicy } from './grant.ts'
import type { AuthorityEvents, ObjectReference, PolicySource } from './ports.ts'
import type { Provisioner } from './provisioners/provisioner.ts'

/** The rule of certificates whose names their provisioner vouches for. */
export const provisionerRule = 'provisioner'

/** How soon the watches may have caught up. */
const retryAfterSeconds = 1

export type PolicyPorts = { readonly policy: PolicySource | undefined; readonly events: AuthorityEvents }

/** Who a certificate is for. */
type Named = {
  readonly names: Names
  /** Each as its whole encoding. */
  readonly otherNames: readonly Uint8Array[]
  readonly subject: SubjectFields
}

export type PolicyQuestion = {
  readonly policy: GrantPolicy | undefined
  /** As it will be in the certificate, so that nothing is issued that policy was not asked about. */
  readonly content: Usages & Pick<Named, 'subject' | 'otherNames'>
  readonly keyAlgorithm: string
  readonly regarding: ObjectReference | undefined
  readonly requestId: string
}

/**
 * Asks today's policy. `forbidden` (`NameNotAllowed`) with every violation, `unavailable` while policies are not known.
 * What auditing policies would have refused is reported.
 */
export function applyPolicy(
  question: PolicyQuestion,
  { kubernetes }: AuthorityConfig,
  { policy: source, events }: PolicyPorts,
): PolicyDecision & { readonly allowed: true } {
  const { policy, content, keyAlgorithm, regarding, requestId } = question
  if (policy === undefined) return { allowed: true, rule: provisionerRule, audit: [] }
  refuseOthers(content, 'NameNotAllowed')
  const { namespace } = policy.subject
  const namespaceLabels = source?.ready() ? source.namespaceLabels(namespace) : undefined
  if (source === undefined || kubernetes === undefined || namespaceLabels === undefined) {
    const message = `policy of namespace ${namespace} is not known yet`
    throw new SignetError('unavailable', message, { reason: 'NotReady', retryAfterSeconds })
  }
  const request = {
    ...policy,
    subject: { ...policy.subject, namespaceLabels },
    commonName: content.subject.commonName ?? '',
    attributes: content.subject,
    // What makes a CA is asked as such.
    usages: certificateUsageNames(content).filter((usage) => !policy.isCA || usage !== 'cert sign'),
    keyAlgorithm,
  }
  const { clusterDomain, trustDomain } = kubernetes
  const decision = evaluatePolicy(request, source.policies(), clusterDomain, trustDomain)
  if (decision.audit.length > 0 && regarding !== undefined) events.audited(decision.audit, { requestId, regarding })
  if (decision.allowed) return decision
  throw new SignetError('forbidden', describeViolations(decision.violations), { reason: 'NameNotAllowed' })
}

/**
 * Rules cannot speak of names of other kinds, and some of those say what others say: SmtpUTF8Mailbox an e-mail address,
 * SRVName a DNS name. So where there are rules, they are refused.
 */
function refuseOthers({ otherNames }: Pick<Named, 'otherNames'>, reason: 'NamePolicy' | 'NameNotAllowed'): void {
  const [first] = otherNames
  if (first === undefined) return
  const message = `${describeOtherName(first)} not allowed: rules about names cannot judge it`
  throw new SignetError('forbidden', message, { reason })
}

/**
 * Asks the rules of ca.json about the names of a new certificate: the provisioner's, then the authority's. `forbidden`
 * (`NamePolicy`) in step's words for the first name that is refused. Renewals keep their names without, as in step.
 */
export function checkNamePolicies(
  { names, otherNames, subject }: Named,
  { options }: Provisioner,
  { policy }: AuthorityConfig,
): void {
  for (const rules of [options.x509.policy, policy]) {
    const last = rules && explainStepPolicy(rules, { names, commonName: subject.commonName ?? '' }).names.at(-1)
    if (last?.allowed === false) throw new SignetError('forbidden', last.message, { reason: 'NamePolicy' })
    if (rules !== undefined) refuseOthers({ otherNames }, 'NamePolicy')
  }
}
