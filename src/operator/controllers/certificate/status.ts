import { delayAfter } from '../../../core/backoff.ts'
import { formatInstant, parseInstant } from '../../../core/instant.ts'
import type { Certificate, CertificateStatus } from '../../../core/resources/index.ts'
import { refusalBackoff } from '../../backoff.ts'
import { stampConditions, type ConditionFact } from '../../conditions.ts'
import { plannedRenewal, type Cause } from './decide.ts'
import type { SecretFacts } from './secret-facts.ts'

/** What is known about a Certificate when its status is written. */
export type Observation = {
  readonly secret: SecretFacts | undefined
  /** Why the Secret is not what the spec wants; undefined: it is, and the Certificate is Ready. */
  readonly fault: Cause | undefined
  /** An issuance that goes on (True) or was refused (False). */
  readonly issuing?: Cause & { readonly status: 'True' | 'False' }
  readonly refusals?: Refusals
  readonly revision: number | undefined
}

/** The failures since the last success, as status has them. */
export type Refusals = { readonly count: number; readonly lastAt: number; readonly nextAt: number }

/** What a further refusal at `now` makes of those that status already counts. */
export function countRefusal({ status }: Certificate, now: number): Refusals {
  const count = (status?.failedIssuanceAttempts ?? 0) + 1
  return { count, lastAt: now, nextAt: now + delayAfter(refusalBackoff, count) }
}

/** The refusals that status counts; undefined if there are none. */
export function refusalsOf({ status }: Certificate): Refusals | undefined {
  const lastAt = parseInstant(status?.lastFailureTime)
  const nextAt = parseInstant(status?.nextAttemptTime)
  if (status?.failedIssuanceAttempts === undefined || lastAt === undefined || nextAt === undefined) return undefined
  return { count: status.failedIssuanceAttempts, lastAt, nextAt }
}

/** The whole status; equal observations give an equal one, so that nothing is written. */
export function certificateStatus(certificate: Certificate, observation: Observation, now: number): CertificateStatus {
  const { fault, issuing, refusals, revision, secret } = observation
  const generation = certificate.metadata.generation ?? 0
  const ready: ConditionFact =
    fault === undefined
      ? { type: 'Ready', status: 'True', reason: 'Ready', message: 'the certificate is up to date and has not expired' }
      : { type: 'Ready', status: 'False', ...fault }
  const facts: ConditionFact[] = [ready, ...(issuing === undefined ? [] : [{ type: 'Issuing', ...issuing }])]
  const held = secret?.content.state === 'pair' ? secret.content.certificate : undefined
  const renewal = plannedRenewal(certificate, secret)
  return {
    conditions: stampConditions(facts, certificate.status?.conditions, generation, now),
    observedGeneration: generation,
    ...(held !== undefined && {
      serialNumber: held.serial,
      notBefore: formatInstant(held.notBefore),
      notAfter: formatInstant(held.notAfter),
    }),
    ...(renewal !== undefined && { renewalTime: formatInstant(renewal) }),
    ...(revision !== undefined && { revision }),
    ...(refusals !== undefined && {
      failedIssuanceAttempts: refusals.count,
      lastFailureTime: formatInstant(refusals.lastAt),
      nextAttemptTime: formatInstant(refusals.nextAt),
    }),
  }
}
