import type { Clock } from '../../../core/clock.ts'
import { isSignetError, type ErrorCode, type SignetError } from '../../../core/errors.ts'
import type { Log } from '../../../core/log.ts'
import {
  certificates as certificateKind,
  type Certificate,
  type KubernetesObject,
  type ObjectKey,
} from '../../../core/resources/index.ts'
import { delayAfter, outageBackoff } from '../../backoff.ts'
import { keyText } from '../../keys.ts'
import { rememberOwnWrites } from '../../own-writes.ts'
import type { Informer } from '../../ports.ts'
import type { Reporter } from '../../reporter.ts'
import { decide, type Cause, type CertificateDecision, type CertificateInput } from './decide.ts'
import { gather, type GatherDeps } from './gather.ts'
import type { IssueDeps } from './issue.ts'
import type { CertificateMetrics } from './metrics.ts'
import { obtainCertificate } from './obtain.ts'
import {
  blocked,
  causeOfRefusal,
  held,
  issued,
  kept,
  refused,
  unavailable,
  unreachable,
  waiting,
  type Outcome,
} from './outcome.ts'
import { certificateStatus } from './status.ts'
import { wantedIssue, type WantedIssue } from './wanted.ts'
import { completeSecret, readSecretData, writeSecret, type SecretWriteDeps } from './write-secret.ts'

export type CertificateDeps = IssueDeps &
  SecretWriteDeps &
  GatherDeps & {
    /** With `certificateIndexes`. */
    readonly certificates: Pick<Informer<Certificate>, 'get' | 'byIndex'>
    readonly namespaces: Pick<Informer<KubernetesObject>, 'get'>
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

export function createCertificateReconciler(deps: CertificateDeps): CertificateReconciler {
  const own = rememberOwnWrites(deps.certificates)
  const outages = new Map<string, number>()
  const insisting = new Set<string>()

  const tryAgain: TryAgain = (input, err) => {
    const certificate = keyText(input.certificate.metadata)
    const failures = (outages.get(certificate) ?? 0) + 1
    outages.set(certificate, failures)
    deps.log.warn({ err, certificate, failures }, 'no certificate could be got, trying again')
    deps.metrics.failed('unavailable')
    return unreachable(input, delayAfter(outageBackoff, failures))
  }

  return {
    insist: (key) => void insisting.add(keyText(key)),
    async reconcile(key) {
      const text = keyText(key)
      const insist = insisting.delete(text)
      const certificate = own.get(key)
      if (certificate === undefined || certificate.metadata.deletionTimestamp !== undefined) {
        outages.delete(text)
        deps.secrets.forget(key)
        deps.metrics.forget(key)
        return undefined
      }
      if (isEnding(key, deps)) return undefined
      const { observation, success, lookAgainMs } = await conclude(certificate, insist, deps, tryAgain)
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

/** What is in a namespace that is being deleted goes in any order: a Secret that went first is not to be made again. */
function isEnding({ namespace = '' }: ObjectKey, { namespaces }: CertificateDeps): boolean {
  return namespaces.get({ name: namespace })?.metadata.deletionTimestamp !== undefined
}

type TryAgain = (input: CertificateInput, error: unknown) => Outcome

async function conclude(
  certificate: Certificate,
  insist: boolean,
  deps: CertificateDeps,
  tryAgain: TryAgain,
): Promise<Outcome> {
  const wanted = readWanted(certificate)
  if ('reason' in wanted) return blocked(wanted)
  const input = await gather(certificate, wanted, deps)
  return act(decide(input, insist), input, deps, tryAgain)
}

/** A spec that the schema let through and nobody can fulfil waits for another one. */
function readWanted({ spec }: Certificate): WantedIssue | Cause {
  try {
    return wantedIssue(spec)
  } catch (error) {
    if (!isSignetError(error, 'malformed')) throw error
    return { reason: 'InvalidSpec', message: error.message }
  }
}

async function act(
  decision: CertificateDecision,
  input: CertificateInput,
  deps: CertificateDeps,
  tryAgain: TryAgain,
): Promise<Outcome> {
  const { kind } = decision
  if (kind === 'keep') return kept(input)
  if (kind === 'repair') return kept({ ...input, secret: await repair(input, deps) })
  if (kind === 'conflict') return blocked(decision)
  if (kind === 'wait') return waiting(input, decision)
  if (kind === 'hold') return held(input, decision.until)
  return issue(input, decision, deps, tryAgain)
}

/** Writes roots, labels and annotations around the key and the certificate that are there. */
async function repair(input: CertificateInput, deps: CertificateDeps): Promise<CertificateInput['secret']> {
  const { certificate, wanted, authority, secret } = input
  if (secret?.content.state !== 'pair') return secret
  const data = await readSecretData(certificate, deps.kube)
  const { issuedAt } = secret.content.certificate
  const rootsPem = authority?.rootsPem ?? data.rootsPem
  return writeSecret(certificate, completeSecret(certificate, wanted, { ...data, rootsPem, issuedAt }), secret, deps)
}

/** Failures that go away by themselves: nobody could be asked, or the answer came from something that broke. */
const outageCodes: ReadonlySet<ErrorCode> = new Set(['unavailable', 'internal', 'conflict', 'not-found'])

const isRefusal = (error: unknown): error is SignetError => isSignetError(error) && !outageCodes.has(error.code)

async function issue(
  input: CertificateInput,
  cause: Cause,
  deps: CertificateDeps,
  tryAgain: TryAgain,
): Promise<Outcome> {
  const { certificate, secret: current } = input
  const refuse = (why: Cause): Outcome => {
    deps.metrics.failed('refused')
    return refused(input, why)
  }
  let obtained
  try {
    obtained = await obtainCertificate(input, deps)
  } catch (error) {
    return isRefusal(error) ? refuse(causeOfRefusal(error)) : tryAgain(input, error)
  }
  try {
    const secret = await writeSecret(certificate, obtained, current, deps)
    deps.metrics.issued()
    return issued(input, secret, cause)
  } catch (error) {
    // Such as a quota, or a Secret that someone made immutable. Everything else is for the queue to try again.
    if (!isRefusal(error)) throw error
    return refuse({ reason: 'SecretNotWritten', message: `Secret "${certificate.spec.secretName}": ${error.message}` })
  }
}
