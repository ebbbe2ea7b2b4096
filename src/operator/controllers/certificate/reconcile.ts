import type { Clock } from '../../../core/clock.ts'
import { isSignetError } from '../../../core/errors.ts'
import type { Log } from '../../../core/log.ts'
import { certificates as certificateKind, type Certificate, type ObjectKey } from '../../../core/resources/index.ts'
import { delayAfter, outageBackoff } from '../../backoff.ts'
import { keyText } from '../../keys.ts'
import { rememberOwnWrites } from '../../own-writes.ts'
import type { Informer } from '../../ports.ts'
import type { Reporter, Success } from '../../reporter.ts'
import { findCondition } from '../../conditions.ts'
import {
  decide,
  findFault,
  plannedRenewal,
  type Cause,
  type CertificateDecision,
  type CertificateInput,
} from './decide.ts'
import { gather, type GatherDeps } from './gather.ts'
import type { IssueDeps } from './issue.ts'
import type { CertificateMetrics } from './metrics.ts'
import { obtainCertificate } from './obtain.ts'
import { causeOfRefusal, isOutage } from './refusal.ts'
import { certificateStatus, countRefusal, refusalsOf, type Observation } from './status.ts'
import { completeSecret, readSecretData, writeSecret, type SecretWriteDeps } from './write-secret.ts'

export type CertificateDeps = IssueDeps &
  SecretWriteDeps &
  Omit<GatherDeps, 'own' | 'certificates'> & {
    /** With `certificateIndexes`. */
    readonly certificates: Pick<Informer<Certificate>, 'get' | 'byIndex'>
    readonly reporter: Reporter
    readonly metrics: CertificateMetrics
    readonly clock: Clock
    readonly log: Log
  }

export type CertificateReconciler = {
  /** Brings one Certificate where it should be; resolves to the milliseconds after which to look again, if at all. */
  reconcile(key: ObjectKey): Promise<number | undefined>
  /** At its next turn, asks the authority again although a refusal is not over yet. */
  insist(key: ObjectKey): void
}

/** What one turn came to. */
type Outcome = { readonly observation: Observation; readonly success?: Success; readonly lookAgainMs?: number }

/** Nothing tells of the end of these, such as a foreign Secret that is deleted. */
const unwatchedMs = 60_000

export function createCertificateReconciler(deps: CertificateDeps): CertificateReconciler {
  const own = rememberOwnWrites(deps.certificates)
  const outages = new Map<string, number>()
  const insisting = new Set<string>()

  const conclude = async (certificate: Certificate, insist: boolean): Promise<Outcome> => {
    const input = await gather(certificate, { ...deps, own })
    const decision = decide(input, insist)
    try {
      return await act(decision, input, deps)
    } catch (error) {
      if (isSignetError(error) && !isOutage(error)) return refused(input, causeOfRefusal(error), deps)
      if (isSignetError(error, 'conflict')) throw error
      const failures = (outages.get(keyText(certificate.metadata)) ?? 0) + 1
      outages.set(keyText(certificate.metadata), failures)
      deps.log.warn({ err: error, certificate: keyText(certificate.metadata), failures }, 'no certificate could be got')
      deps.metrics.failed('unavailable')
      return { ...unreachable(input), lookAgainMs: delayAfter(outageBackoff, failures) }
    }
  }

  return {
    insist: (key) => void insisting.add(keyText(key)),
    async reconcile(key) {
      const text = keyText(key)
      const insist = insisting.delete(text)
      const certificate = own.get(key)
      if (certificate === undefined || certificate.metadata.deletionTimestamp !== undefined) {
        outages.delete(text)
        deps.metrics.forget(key)
        return undefined
      }
      const { observation, success, lookAgainMs } = await conclude(certificate, insist)
      if (observation.issuing?.reason !== unavailable) outages.delete(text)
      const status = certificateStatus(certificate, observation, deps.clock.now())
      const told = { action: 'Issue', ...(success !== undefined && { success }) }
      const written = await deps.reporter.report(certificateKind, certificate, status, told)
      if (written !== certificate) own.wrote(written)
      deps.metrics.observe(written)
      return lookAgainMs
    },
  }
}

async function act(decision: CertificateDecision, input: CertificateInput, deps: CertificateDeps): Promise<Outcome> {
  const { kind } = decision
  if (kind === 'keep') return kept(input)
  if (kind === 'repair') return kept({ ...input, secret: await repair(input, deps) })
  if (kind === 'conflict') return conflicting(causeOf(decision))
  if (kind === 'wait') return waiting(input, causeOf(decision))
  if (kind === 'hold') return { observation: held(input), lookAgainMs: decision.until - input.now }
  return issue(input, causeOf(decision), deps)
}

function conflicting(fault: Cause): Outcome {
  return { observation: { secret: undefined, fault, revision: undefined }, lookAgainMs: unwatchedMs }
}

const causeOf = ({ reason, message }: Cause): Cause => ({ reason, message })

function kept(input: CertificateInput): Outcome {
  const { certificate, secret, now } = input
  const due = plannedRenewal(certificate, secret) ?? now
  const observation = { secret, fault: findFault(input), revision: certificate.status?.revision }
  return { observation, lookAgainMs: Math.max(due - now, 0) }
}

/** Writes roots, labels and annotations around the key and the certificate that are there. */
async function repair(input: CertificateInput, deps: CertificateDeps): Promise<CertificateInput['secret']> {
  const { certificate, wanted, authority, secret } = input
  if (secret?.content.state !== 'pair') return secret
  const data = await readSecretData(certificate, deps.kube)
  const { issuedAt } = secret.content.certificate
  const rootsPem = authority?.rootsPem ?? data.rootsPem
  return writeSecret(completeSecret(certificate, wanted, { ...data, rootsPem, issuedAt }), secret, deps)
}

async function issue(input: CertificateInput, cause: Cause, deps: CertificateDeps): Promise<Outcome> {
  const { certificate, secret: current } = input
  const obtained = await obtainCertificate(input, deps)
  const secret = await writeSecret(obtained, current, deps)
  deps.metrics.issued()
  const { lookAgainMs = 0, observation } = kept({ ...input, secret })
  const revision = (certificate.status?.revision ?? 0) + 1
  return { observation: { ...observation, revision }, success: successOf(secret, cause), lookAgainMs }
}

function successOf({ content }: NonNullable<CertificateInput['secret']>, cause: Cause): Success {
  const serial = content.state === 'pair' ? content.certificate.serial : ''
  return { reason: 'Issued', note: `certificate ${serial} was issued (${cause.reason}: ${cause.message})` }
}

/** A refusal of which nothing is to be asked again soon: counted, and told until the next try. */
function refused(input: CertificateInput, cause: Cause, { metrics }: CertificateDeps): Outcome {
  const refusals = countRefusal(input.certificate, input.now)
  metrics.failed('refused')
  return {
    observation: { ...failing(input, { status: 'False', ...cause }), refusals },
    lookAgainMs: refusals.nextAt - input.now,
  }
}

/** The state after a refusal, as status tells it, until it is time to ask again. */
function held(input: CertificateInput): Observation {
  const { status } = input.certificate
  const told = findCondition(status?.conditions, 'Issuing')
  const refusals = refusalsOf(input.certificate)
  const cause = { reason: told?.reason ?? 'Failed', message: told?.message ?? '' }
  return { ...failing(input, { status: 'False', ...cause }), ...(refusals !== undefined && { refusals }) }
}

const unavailable = 'AuthorityUnavailable'

function unreachable(input: CertificateInput): Outcome {
  const { name } = input.certificate.spec.authorityRef
  // The text is the same for every try, so that status is written once.
  return waiting(input, { reason: unavailable, message: `Authority "${name}" does not answer: trying again` })
}

function waiting(input: CertificateInput, cause: Cause): Outcome {
  return { observation: failing(input, { status: 'True', ...cause }), lookAgainMs: unwatchedMs }
}

/** Without a valid certificate, the reason why there is none to be had says more than that the Secret has none. */
function failing(input: CertificateInput, issuing: NonNullable<Observation['issuing']>): Observation {
  const fault = findFault(input) === undefined ? undefined : causeOf(issuing)
  return { secret: input.secret, fault, issuing, revision: input.certificate.status?.revision }
}
