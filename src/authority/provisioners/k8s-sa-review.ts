import { parseIp } from '../../core/names/parse.ts'
import { SignetError } from '../../core/errors.ts'
import type { X509Grant } from '../grant.ts'
import type { PodFacts, TokenFacts } from '../kubernetes-facts.ts'
import { RefusedRequest, regarding } from '../refusal.ts'
import { explainRejection, refuseHopeless } from './k8s-sa-diagnosis.ts'
import { grantForCertificate } from './k8s-sa-certificate.ts'
import { grantForPod } from './k8s-sa-pod.ts'
import type { K8sSASettings } from './k8s-sa-settings.ts'
import { hashOfToken, podUse } from './k8s-sa-use.ts'
import { livingPod, podReference, type PodIdentity } from './living-pod.ts'
import type { AuthorizeWorld, Credential } from './provisioner.ts'

/** Projected tokens, bound to a pod, that the API server reviews: what a pod may have was fixed at its admission. */
export async function authorizeByReview(
  settings: K8sSASettings,
  credential: Credential,
  world: AuthorizeWorld,
): Promise<X509Grant> {
  const { kubernetes } = world
  if (kubernetes === undefined) throw new SignetError('internal', 'K8sSA provisioner without a Kubernetes API')
  const { token, request, context } = credential
  const audience = world.audiences.canonical(settings.tokenId)
  await refuseHopeless(token, audience, kubernetes.reader, world.now)
  const facts = await kubernetes.reader.reviewToken(token.text, audience)
  if (!facts.authenticated) throw await explainRejection(token, facts.error, audience, kubernetes.reader, world.now)
  const identity = identityOf(facts, audience)
  const { certificate } = request
  if (certificate === undefined) {
    const pod = await livingPod(kubernetes.reader, identity)
    checkSourceAddress(settings, pod, context.sourceAddress)
    const id = facts.credentialId ?? hashOfToken(token.text)
    const use = podUse(settings, pod.uid, id, world.now)
    try {
      return grantForPod(pod, request, use, kubernetes.trustDomain)
    } catch (error) {
      throw regarding(error, podReference(pod))
    }
  }
  checkDelegate(settings, identity)
  const [pod, grant] = await Promise.all([
    livingPod(kubernetes.reader, identity),
    grantForCertificate(certificate, kubernetes.reader, kubernetes.authority),
  ])
  checkSourceAddress(settings, pod, context.sourceAddress)
  return grant
}

/** The pod that the token is bound to. Old tokens of Secrets, and those made without a pod, name none. */
function identityOf(facts: TokenFacts & { authenticated: true }, audience: string): PodIdentity {
  if (!facts.audiences.includes(audience)) {
    throw refuse(`the API server did not confirm the audience ${audience}`, 'WrongAudience')
  }
  const [, namespace, serviceAccount] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(facts.username) ?? []
  if (namespace === undefined || serviceAccount === undefined) {
    throw refuse('the token is not of a service account', 'TokenInvalid')
  }
  const { podName, podUid } = facts
  if (podName === undefined || podUid === undefined) {
    const account = { kind: 'ServiceAccount', namespace, name: serviceAccount } as const
    const message = `the token of service account ${namespace}/${serviceAccount} is not bound to a pod`
    throw new RefusedRequest('unauthorized', message, { reason: 'TokenUnbound', regarding: account })
  }
  return { namespace, serviceAccount, name: podName, uid: podUid }
}

function checkDelegate({ delegates, name }: K8sSASettings, identity: PodIdentity): void {
  const { namespace, serviceAccount } = identity
  if (delegates.some((one) => one.namespace === namespace && one.serviceAccount === serviceAccount)) return
  const message = `service account ${namespace}/${serviceAccount} is no delegate of provisioner "${name}"`
  throw new RefusedRequest('unauthorized', message, { reason: 'NotDelegate', regarding: podReference(identity) })
}

function checkSourceAddress(settings: K8sSASettings, pod: PodFacts, address: string | undefined): void {
  if (!settings.requireSourceAddress) return
  // Node writes an IPv4 peer of a dual-stack socket as ::ffff:a.b.c.d; the normal form is the IPv4 address.
  const peer = address === undefined ? undefined : parseIp(address)
  if (peer !== undefined && pod.podIPs.some((podIP) => parseIp(podIP) === peer)) return
  const message = `the connection comes from ${peer ?? 'an unknown address'}, which is no IP of pod ${pod.namespace}/${pod.name}`
  throw new RefusedRequest('unauthorized', message, { reason: 'SourceAddressMismatch', regarding: podReference(pod) })
}

function refuse(message: string, reason: string): SignetError {
  return new SignetError('unauthorized', message, { reason })
}
