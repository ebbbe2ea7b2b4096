import type { Clock } from '../../../core/clock.ts'
import { isSignetError } from '../../../core/errors.ts'
import {
  certificates as certificateKind,
  type Certificate,
  type KubernetesObject,
  type ObjectKey,
} from '../../../core/resources/index.ts'
import { keyText } from '../../../core/resources/object-key.ts'
import { rememberOwnWrites } from '../../own-writes.ts'
import type { Informer } from '../../ports.ts'
import type { Reporter, Success } from '../../reporter.ts'
import { decide, type Cause, type CertificateDecision, type CertificateInput } from './decide.ts'
import { gather, type GatherDeps } from './gather.ts'
import { createIssuance, type Issuance, type IssuanceDeps } from './issuance.ts'
import type { CertificateMetrics } from './metrics.ts'
import { blocked, held, kept, unrepaired, waiting, type Outcome } from './outcome.ts'
import { certificateStatus } from './status.ts'
import { wantedIssue, type WantedIssue } from './wanted.ts'
import { completeSecret, readSecretData, writeSecret } from './write-secret.ts'

export type CertificateDeps = IssuanceDeps &
  GatherDeps & {
    /** With `certificateIndexes`. */
    readonly certificates: Pick<Informer<Certificate>, 'get' | 'byIndex'>
    readonly namespaces: Pick<Informer<KubernetesObject>, 'get'>
    readonly reporter: Reporter
    readonly metrics: CertificateMetrics
    readonly clock: Clock
  }

export type CertificateReconciler = {
  /** Brings one Certificate where it should be; resolves to the milliseconds after which to look again, if at all. */
  reconcile(key: ObjectKey): Promise<number | undefined>
  /** At its first turn after so many milliseconds, asks the authority again although a refusal is not over yet. */
  insist: (key: ObjectKey, delayMs: number) => void
}

export function createCertificateReconciler(deps: CertificateDeps): CertificateReconciler {
  const own = rememberOwnWrites(deps.certificates)
  const issuance = createIssuance(deps)
  /** From when on to insist, milliseconds since the epoch. */
  const insisting = new Map<string, number>()
  const untold = new Map<string, Untold>()

  return {
    insist: (key, delayMs) => void insisting.set(keyText(key), deps.clock.now() + delayMs),
    async reconcile(key) {
      const text = keyText(key)
      const insistAt = insisting.get(text)
      const insist = insistAt !== undefined && deps.clock.now() >= insistAt
      if (insist) insisting.delete(text)
      const certificate = own.get(key)
      if (certificate === undefined || certificate.metadata.deletionTimestamp !== undefined) {
        insisting.delete(text)
        untold.delete(text)
        issuance.forget(text)
        deps.secrets.forget(key)
        deps.metrics.forget(key)
        return undefined
      }
      if (isEnding(key, deps)) return undefined
      const left = untold.get(text)
      const before = left?.uid === certificate.metadata.uid ? left : undefined
      const outcome = await conclude(withRevision(certificate, before), insist, deps, issuance)
      const { observation, success = before?.success, lookAgainMs } = outcome
      if (success !== undefined) {
        untold.set(text, { uid: certificate.metadata.uid, revision: observation.revision, success })
      }
      const status = certificateStatus(certificate, observation, deps.clock.now())
      const told = { action: 'Issue', ...(success !== undefined && { success }) }
      const written = await deps.reporter.report(certificateKind, certificate, status, told)
      untold.delete(text)
      if (written !== certificate) own.wrote(written)
      deps.metrics.observe(written)
      return insistAt === undefined || insist ? lookAgainMs : Math.min(lookAgainMs, insistAt - deps.clock.now())
    },
  }
}

/** What was issued although its status could not be written: the next turn of the same process tells of it. */
type Untold = {
  readonly uid: string | undefined
  readonly revision: number | undefined
  readonly success: Success
}

function withRevision(certificate: Certificate, untold: Untold | undefined): Certificate {
  const { revision } = untold ?? {}
  return revision === undefined ? certificate : { ...certificate, status: { ...certificate.status, revision } }
}

/** What is in a namespace that is being deleted goes in any order: a Secret that went first is not to be made again. */
function isEnding({ namespace = '' }: ObjectKey, { namespaces }: CertificateDeps): boolean {
  return namespaces.get({ name: namespace })?.metadata.deletionTimestamp !== undefined
}

async function conclude(
  certificate: Certificate,
  insist: boolean,
  deps: CertificateDeps,
  issuance: Issuance,
): Promise<Outcome> {
  const wanted = readWanted(certificate)
  if ('reason' in wanted) return blocked(certificate, wanted)
  const input = await gather(certificate, wanted, deps)
  return act(decide(input, insist), input, deps, issuance)
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
  issuance: Issuance,
): Promise<Outcome> {
  const { kind } = decision
  if (kind === 'keep') return kept(input)
  if (kind === 'repair') return repair(input, deps)
  if (kind === 'conflict') return blocked(input.certificate, decision)
  if (kind === 'wait') return waiting(input, decision)
  if (kind === 'hold') return held(input, decision.until)
  return issuance.run(input, decision)
}

/** Writes roots, labels and annotations around the key and the certificate that are there. */
async function repair(input: CertificateInput, deps: CertificateDeps): Promise<Outcome> {
  const { certificate, wanted, authority, secret } = input
  if (secret?.content.state !== 'pair') return kept(input)
  const { issuedAt } = secret.content.certificate
  try {
    const data = await readSecretData(certificate, deps.kube)
    const rootsPem = authority?.rootsPem ?? data.rootsPem
    const complete = completeSecret(certificate, wanted, { ...data, rootsPem, issuedAt })
    return kept({ ...input, secret: await writeSecret(certificate, complete, secret, deps) })
  } catch (error) {
    if (!isSignetError(error) || error.code === 'conflict') throw error
    return unrepaired(input, error)
  }
}
