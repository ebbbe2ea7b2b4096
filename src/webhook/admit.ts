import { SignetError, isSignetError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { Metrics } from '../core/metrics.ts'
import type { PolicySource } from '../authority/ports.ts'
import { allow, isPodCreation, parseReview, refuse, type AdmissionReview, type ReviewRequest } from './review.ts'
import type { AuthorityFacts } from './facts.ts'
import { decide, type Decision } from './decide.ts'
import type { InjectionSettings } from './containers.ts'
import { parsePod, type Pod } from './pod.ts'
import { patchFor } from './patch.ts'

export type AdmitDeps = {
  readonly policy: PolicySource
  /** Asks the API server for the labels of a namespace that no watch has told of yet; undefined if there is none. */
  readonly fetchNamespaceLabels: (namespace: string) => Promise<Readonly<Record<string, string>> | undefined>
  /** False until Authorities and Provisioners have been listed. */
  readonly ready: () => boolean
  readonly authority: (name: string) => AuthorityFacts | undefined
  readonly defaultAuthority: string
  readonly settings: InjectionSettings
  /** Milliseconds on a clock that is never set. */
  readonly ticks: () => number
  readonly log: Log
  readonly metrics: Metrics
}

type Answer = { readonly review: AdmissionReview; readonly outcome: string; readonly why?: string }

/**
 * Answers one AdmissionReview; nothing else happens, so a dry run is answered like any other. Fails with `malformed` for a
 * body that is none; any other failure is an answer that refuses the pod.
 */
export async function admit(body: unknown, deps: AdmitDeps): Promise<AdmissionReview> {
  const started = deps.ticks()
  const request = parseReview(body)
  const { review, outcome, why } = await answer(request, deps)
  const seconds = (deps.ticks() - started) / 1000
  deps.metrics.add('signet_webhook_reviews_total', { outcome })
  deps.metrics.observe('signet_webhook_review_duration_seconds', {}, seconds)
  const { uid, namespace } = request
  deps.log.info({ uid, namespace, pod: nameOf(request.object), outcome, ...(why !== undefined && { why }) }, 'review')
  return review
}

async function answer(request: ReviewRequest, deps: AdmitDeps): Promise<Answer> {
  const { uid } = request
  if (!isPodCreation(request)) return { review: allow(uid), outcome: 'left', why: 'not the creation of a pod' }
  try {
    const pod = parsePod(request.object)
    const decision = await decideOn(pod, request.namespace ?? '', deps)
    if (decision.kind === 'leave')
      return { review: allow(uid, [], decision.warnings), outcome: 'left', why: decision.why }
    return { review: allow(uid, patchFor(pod, decision.injection), decision.warnings), outcome: 'injected' }
  } catch (error) {
    return { review: refuse(uid, toRefusal(error, deps.log)), outcome: 'refused', why: messageOf(error) }
  }
}

async function decideOn(pod: Pod, namespace: string, deps: AdmitDeps): Promise<Decision> {
  const { policy, fetchNamespaceLabels } = deps
  if (!policy.ready() || !deps.ready()) {
    throw new SignetError('unavailable', 'signet has not read policies and Authorities yet: try again', {
      reason: 'NotReady',
    })
  }
  return decide({
    pod,
    namespace,
    // A pod that is created right after its namespace may come before the watch tells of it.
    namespaceLabels: policy.namespaceLabels(namespace) ?? (await fetchNamespaceLabels(namespace)),
    authority: deps.authority,
    policies: policy.policies(),
    defaultAuthority: deps.defaultAuthority,
    settings: deps.settings,
  })
}

/** What nobody expected is logged with its stack; whoever creates the pod is told where to look. */
function toRefusal(error: unknown, log: Log): SignetError {
  if (isSignetError(error)) return error
  log.error({ err: error }, 'review failed')
  return new SignetError('internal', 'signet failed to decide about this pod: see the log of signet-webhook')
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Name of the pod, or what its name will begin with. */
function nameOf(object: unknown): string | undefined {
  const { metadata } = (object ?? {}) as { metadata?: { name?: unknown; generateName?: unknown } | null }
  const name = metadata?.name ?? metadata?.generateName
  return typeof name === 'string' ? name : undefined
}
