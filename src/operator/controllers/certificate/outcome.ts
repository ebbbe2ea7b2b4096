import type { SignetError } from '../../../core/errors.ts'
import type { Certificate } from '../../../core/resources/index.ts'
import { findCondition } from '../../conditions.ts'
import type { Success } from '../../reporter.ts'
import { findFault, plannedRenewal, type Cause, type CertificateInput } from './decide.ts'
import type { SecretFacts } from './secret-facts.ts'
import { countRefusal, refusalsOf, type Observation } from './status.ts'

/** What one turn came to: what there is to say, and after how many milliseconds to look again. */
export type Outcome = { readonly observation: Observation; readonly success?: Success; readonly lookAgainMs: number }

/** Nothing tells of the end of some states, such as a foreign Secret that is deleted. */
const unwatchedMs = 60_000

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
  // Without the serial, which status has: equal Events less than 6 minutes apart become one with a count.
  const note = `a certificate was issued (${reason}: ${message})`
  return { observation: { ...observation, revision }, success: { reason: 'Issued', note }, lookAgainMs }
}

/** What is wrong can only be mended by someone else, or by another spec: nothing is said of a Secret. */
export function blocked({ status }: Certificate, { reason, message }: Cause): Outcome {
  return {
    observation: { secret: undefined, fault: { reason, message }, revision: status?.revision },
    lookAgainMs: unwatchedMs,
  }
}

/** A certificate is needed and there is nobody to ask yet. */
export function waiting(input: CertificateInput, { reason, message }: Cause): Outcome {
  return { observation: failing(input, { status: 'True', reason, message }), lookAgainMs: unwatchedMs }
}

/** Certificates came too quickly one after another: the next one has to wait. */
export function paced(input: CertificateInput, until: number): Outcome {
  const { secretName } = input.certificate.spec
  const message = `Secret "${secretName}" needs another certificate each time that it was written: who else changes it?`
  return { ...waiting(input, { reason: 'IssuedTooOften', message }), lookAgainMs: until - input.now }
}

/** Nobody answered, or not as it should be: soon tried again. */
export function unreachable(input: CertificateInput, cause: Cause, lookAgainMs: number): Outcome {
  return { ...waiting(input, cause), lookAgainMs }
}

/** The certificate is as good as before; what is written around it is not what it should be. */
export function unrepaired(input: CertificateInput, error: SignetError): Outcome {
  const { observation, lookAgainMs } = kept(input)
  const issuing = { status: 'False', ...secretNotWritten(input, error) } as const
  return { observation: { ...observation, issuing }, lookAgainMs: Math.min(lookAgainMs, unwatchedMs) }
}

/** The API server did not take the Secret. */
export function secretNotWritten({ certificate }: CertificateInput, { message }: SignetError): Cause {
  return { reason: 'SecretNotWritten', message: `Secret "${certificate.spec.secretName}": ${message}` }
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
