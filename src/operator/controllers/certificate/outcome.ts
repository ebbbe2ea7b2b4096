import type { SignetError } from '../../../core/errors.ts'
import { findCondition } from '../../conditions.ts'
import type { Success } from '../../reporter.ts'
import { findFault, plannedRenewal, type Cause, type CertificateInput } from './decide.ts'
import type { SecretFacts } from './secret-facts.ts'
import { countRefusal, refusalsOf, type Observation } from './status.ts'

/** What one turn came to: what there is to say, and after how many milliseconds to look again. */
export type Outcome = { readonly observation: Observation; readonly success?: Success; readonly lookAgainMs: number }

/** Nothing tells of the end of some states, such as a foreign Secret that is deleted. */
const unwatchedMs = 60_000

/** Reason of conditions while nobody answers. */
export const unavailable = 'AuthorityUnavailable'

/** The certificate is fine, or as fine as it gets, until it is due for renewal. */
export function kept(input: CertificateInput): Outcome {
  const { certificate, secret, now } = input
  const due = plannedRenewal(certificate, secret) ?? now
  const observation = { secret, fault: findFault(input), revision: certificate.status?.revision }
  return { observation, lookAgainMs: Math.max(due - now, 0) }
}

/** A new certificate is in the Secret. */
export function issued(input: CertificateInput, secret: SecretFacts, { reason, message }: Cause): Outcome {
  const { observation, lookAgainMs } = kept({ ...input, secret })
  const revision = (input.certificate.status?.revision ?? 0) + 1
  const serial = secret.content.state === 'pair' ? secret.content.certificate.serial : ''
  const note = `certificate ${serial} was issued (${reason}: ${message})`
  return { observation: { ...observation, revision }, success: { reason: 'Issued', note }, lookAgainMs }
}

/** What is wrong can only be mended by someone else, or by another spec: nothing is said of a Secret. */
export function blocked({ reason, message }: Cause): Outcome {
  return {
    observation: { secret: undefined, fault: { reason, message }, revision: undefined },
    lookAgainMs: unwatchedMs,
  }
}

/** A certificate is needed and there is nobody to ask yet. */
export function waiting(input: CertificateInput, { reason, message }: Cause): Outcome {
  return { observation: failing(input, { status: 'True', reason, message }), lookAgainMs: unwatchedMs }
}

/** Nobody answered. The text is the same for every try, so that status is written once. */
export function unreachable(input: CertificateInput, lookAgainMs: number): Outcome {
  const { name } = input.certificate.spec.authorityRef
  const message = `Authority "${name}" does not answer: trying again`
  return { ...waiting(input, { reason: unavailable, message }), lookAgainMs }
}

/** A refusal: counted, told, and not asked about again soon. */
export function refused(input: CertificateInput, cause: Cause): Outcome {
  const refusals = countRefusal(input.certificate, input.now)
  const observation = { ...failing(input, { status: 'False', ...cause }), refusals }
  return { observation, lookAgainMs: refusals.nextAt - input.now }
}

/** The state after a refusal, as status tells it, until it is time to ask again. */
export function held(input: CertificateInput, until: number): Outcome {
  const told = findCondition(input.certificate.status?.conditions, 'Issuing')
  const refusals = refusalsOf(input.certificate)
  const issuing = { status: 'False', reason: told?.reason ?? 'Failed', message: told?.message ?? '' } as const
  const observation = { ...failing(input, issuing), ...(refusals !== undefined && { refusals }) }
  return { observation, lookAgainMs: until - input.now }
}

/** Without a valid certificate, the reason why there is none to be had says more than that the Secret has none. */
function failing(input: CertificateInput, issuing: NonNullable<Observation['issuing']>): Observation {
  const { reason, message } = issuing
  const fault = findFault(input) === undefined ? undefined : { reason, message }
  return { secret: input.secret, fault, issuing, revision: input.certificate.status?.revision }
}

const reasons: Partial<Readonly<Record<SignetError['code'], string>>> = {
  forbidden: 'NotAllowed',
  malformed: 'BadRequest',
  unauthorized: 'NotAccepted',
}

/** What a condition says about a refusal. The request id leads to the authority's log, which knows more than it says. */
export function causeOfRefusal({ code, message, requestId }: SignetError): Cause {
  const trace = requestId === undefined ? '' : ` (request ${requestId})`
  return { reason: reasons[code] ?? 'Failed', message: `${message}${trace}` }
}
