import { parseDuration } from '../../core/duration.ts'
import { SignetError } from '../../core/errors.ts'
import { collectNames, listNames, parseIp } from '../../core/names/parse.ts'
import { hasNames, noNames, type Names } from '../../core/names/names.ts'
import { spiffeId } from '../../core/names/spiffe.ts'
import { leafTemplate } from '../../core/templates/template.ts'
import { namesOf, parseWorkloadRequest, type WorkloadRequest } from '../../core/workload-request.ts'
import { commonNameOf } from '../../core/x509/name.ts'
import type { SignX509Request, X509Grant } from '../grant.ts'
import type { PodFacts } from '../kubernetes-facts.ts'
import type { CredentialUse } from '../ports.ts'
import { podReference } from './living-pod.ts'

/** The kubelet reports a pod's IPs within a second of its sandbox being made. */
const retryAfterSeconds = 1

/**
 * What a pod may have: what was fixed at admission, and always its own identity; without a wish that alone. The CSR may
 * ask for less of it; a CSR without names asks for all.
 */
export function grantForPod(
  pod: PodFacts,
  request: SignX509Request,
  use: CredentialUse,
  trustDomain: string,
): X509Grant {
  const wish = pod.request === undefined ? undefined : parseWorkloadRequest(pod.request)
  const podIPs = pod.podIPs.map((address) => parseIp(address) ?? address)
  const wantsPodIPs = wish?.podIPs ?? false
  const names = wishedNames(pod, wish, wantsPodIPs ? podIPs : [], trustDomain)
  const { namespace, name, uid, serviceAccount, hostNetwork } = pod
  const { csr } = request
  const commonName = commonNameOf(csr.subject) || (wish?.commonName ?? '')
  const wished = wish?.duration === undefined ? undefined : parseDuration(wish.duration)
  return {
    issuedTo: { kind: 'pod', namespace, name, uid, serviceAccount },
    regarding: podReference(pod),
    use,
    csr: {
      match: 'within',
      commonNames: [wish?.commonName ?? '', ...listNames(names).map(({ value }) => value)],
      names,
      subject: {},
      isCA: false,
      keyAlgorithm: wish?.keyAlgorithm,
      owner: `pod ${namespace}/${name}`,
    },
    subject: { commonName },
    names: hasNames(csr.names) ? csr.names : names,
    usages: undefined,
    isCA: false,
    template: leafTemplate,
    // Always from now on: a later start would be a certificate for after the pod's end.
    lifetime: { request: { notAfter: request.notAfter }, wished, bound: true },
    policy: {
      subject: { kind: 'Pod', namespace, serviceAccount, hostNetwork, podIPs },
      names,
      wantsPodIPs: wantsPodIPs && podIPs.length === 0,
      isCA: false,
      ...(wished !== undefined && { durationSeconds: wished / 1000 }),
    },
  }
}

/** `unavailable` while the pod wants its own IPs and the API does not show them yet; with hostNetwork policy decides. */
function wishedNames(
  pod: PodFacts,
  wish: WorkloadRequest | undefined,
  podIPs: readonly string[],
  trustDomain: string,
): Names {
  if (wish?.podIPs === true && podIPs.length === 0 && !pod.hostNetwork) {
    const message = `the API server does not show the IP addresses of pod ${pod.namespace}/${pod.name} yet`
    throw new SignetError('unavailable', message, { reason: 'NotReady', retryAfterSeconds })
  }
  return collectNames([
    ...listNames(wish === undefined ? noNames : namesOf(wish)),
    ...podIPs.map((value) => ({ kind: 'ips', value }) as const),
    { kind: 'uris', value: spiffeId(trustDomain, pod.namespace, pod.serviceAccount) },
  ])
}
