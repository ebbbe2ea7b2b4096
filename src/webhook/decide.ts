import { annotationsOf, type Pod } from './pod.ts'
import { autocertStatus, injected, readAnnotations, type Wish } from './annotations.ts'
import { decideValidity } from '../core/claims.ts'
import { parseDuration } from '../core/duration.ts'
import { SignetError } from '../core/errors.ts'
import { evaluatePolicy } from '../core/policy/evaluate.ts'
import { identityOf } from './identity.ts'
import { requestOf } from './request.ts'
import type { AuthorityFacts } from './facts.ts'
import type { Injection, InjectionSettings } from './containers.ts'
import { describeViolations, type PolicyDecision } from '../core/policy/policy.ts'
import type { PolicyRule } from '../core/policy/rules.ts'
import { certificateUsageNames, leafUsages } from '../core/x509/usages.ts'
import { namesOf, type WorkloadRequest } from '../core/workload-request.ts'
import { checkForConflicts, isInjected } from './patch.ts'

/** Everything that a decision depends on, gathered before it is made. */
export type DecisionInput = {
  readonly pod: Pod
  readonly namespace: string
  /** undefined: the API server has no such namespace, or did not say. */
  readonly namespaceLabels: Readonly<Record<string, string>> | undefined
  readonly authority: (name: string) => AuthorityFacts | undefined
  readonly policies: readonly PolicyRule[]
  readonly defaultAuthority: string
  readonly settings: InjectionSettings
}

/** What becomes of a pod. A pod that is refused is not a decision but a SignetError. */
export type Decision = { readonly warnings: readonly string[] } & (
  | { readonly kind: 'leave'; readonly why: string }
  | { readonly kind: 'inject'; readonly injection: Injection }
)

/**
 * Decides whether a pod gets a certificate, and which. Fails with `malformed` (annotations, conflicts), `forbidden` (names,
 * duration or key against policy or claims) or `unavailable` (no Authority that is ready), each naming what to change.
 */
export function decide(input: DecisionInput): Decision {
  const { pod } = input
  const untouchable = whyUntouchable(pod)
  if (untouchable !== undefined) return { kind: 'leave', why: untouchable, warnings: [] }
  const reading = readAnnotations(annotationsOf(pod))
  if (reading.kind === 'none') {
    return {
      kind: 'leave',
      why: reading.why ?? 'no annotation asks for a certificate',
      warnings: reading.why ? [reading.why] : [],
    }
  }
  return inject(input, reading.wish)
}

function whyUntouchable(pod: Pod): string | undefined {
  const annotations = annotationsOf(pod)
  if (annotations[autocertStatus] === injected || isInjected(pod)) return 'injected already'
  if ('kubernetes.io/config.mirror' in annotations) return 'a mirror pod: the kubelet runs it from a file'
  const { os, nodeSelector } = pod.spec
  if (os?.name === 'windows' || nodeSelector?.['kubernetes.io/os'] === 'windows') return 'a Windows pod'
  return undefined
}

function inject(input: DecisionInput, wish: Wish): Decision {
  const { pod, namespace, settings } = input
  const authority = usableAuthority(input, wish.authority ?? input.defaultAuthority)
  const serviceAccount = pod.spec.serviceAccountName ?? 'default'
  checkForConflicts(pod, wish.directory)
  const request = requestOf(wish, { namespace, serviceAccount, trustDomain: authority.trustDomain })
  checkDuration(request, authority)
  const decision = askPolicy(input, request, authority, serviceAccount)
  const injection: Injection = {
    settings,
    directory: wish.directory,
    identity: identityOf(pod, wish),
    bootstrapperOnly: wish.bootstrapperOnly,
    request,
    authority: {
      url: authority.endpoint,
      ...(!asksClusterDns(pod) && { address: addressOf(authority) }),
      rootsPem: authority.rootsPem,
      audience: authority.provisioner.audience,
    },
  }
  const warnings = decision.audit.map(({ message, rule }) => `${message} by rule ${rule}, which only audits`)
  return { kind: 'inject', injection, warnings }
}

type UsableAuthority = AuthorityFacts & Required<Pick<AuthorityFacts, 'endpoint' | 'provisioner'>>

function usableAuthority({ authority }: DecisionInput, name: string): UsableAuthority {
  const facts = authority(name)
  if (facts === undefined) throw notYet(`there is no Authority ${JSON.stringify(name)}`)
  const { endpoint, provisioner } = facts
  if (endpoint === undefined) throw notYet(`Authority ${JSON.stringify(name)} has no endpoint yet`)
  if (facts.rootsPem === '') throw notYet(`Authority ${JSON.stringify(name)} has no root yet`)
  if (provisioner === undefined) throw notYet(`Authority ${JSON.stringify(name)} has no Provisioner of type K8sSA yet`)
  return { ...facts, endpoint, provisioner }
}

function addressOf({ name, address }: AuthorityFacts): string {
  if (address === undefined) throw notYet(`Authority ${JSON.stringify(name)} has no address yet`)
  return address
}

function notYet(what: string): SignetError {
  return new SignetError('unavailable', `${what}: see kubectl get authorities,provisioners`, { reason: 'NotReady' })
}

/** The authority would refuse it as well, but only once the pod runs. */
function checkDuration({ duration }: WorkloadRequest, { provisioner }: UsableAuthority): void {
  if (duration === undefined) return
  const limits = { claims: provisioner.claims, backdate: 0, issuerNotAfter: Number.POSITIVE_INFINITY }
  decideValidity({ request: {}, duration: parseDuration(duration) }, limits, 0)
}

function askPolicy(
  input: DecisionInput,
  request: WorkloadRequest,
  authority: UsableAuthority,
  serviceAccount: string,
): PolicyDecision & { allowed: true } {
  const { pod, namespace, namespaceLabels } = input
  if (namespaceLabels === undefined)
    throw new SignetError('unavailable', `namespace ${JSON.stringify(namespace)} is not known yet: try again`)
  const decision = evaluatePolicy(
    {
      subject: { kind: 'Pod', namespace, namespaceLabels, serviceAccount, hostNetwork: pod.spec.hostNetwork ?? false },
      commonName: request.commonName ?? '',
      names: namesOf(request),
      wantsPodIPs: request.podIPs,
      isCA: false,
      ...(request.duration !== undefined && { durationSeconds: parseDuration(request.duration) / 1000 }),
      keyAlgorithm: request.keyAlgorithm,
      attributes: {},
      usages: certificateUsageNames(leafUsages(request.keyAlgorithm)),
    },
    input.policies,
    authority.clusterDomain,
    authority.trustDomain,
  )
  if (decision.allowed) return decision
  const why = describeViolations(decision.violations)
  throw new SignetError('forbidden', why, { reason: 'NameNotAllowed' })
}

/** A pod on the host's network asks the host's DNS unless it says otherwise, and that knows no Services. */
function asksClusterDns({ spec }: Pod): boolean {
  const policy = spec.dnsPolicy ?? 'ClusterFirst'
  return policy === 'ClusterFirstWithHostNet' || (policy === 'ClusterFirst' && spec.hostNetwork !== true)
}
