import { sha256Hex, utf8Bytes } from '../../core/bytes.ts'
import {
  addFault,
  readFlag,
  readInteger,
  readList,
  readMembers,
  readText,
  readWord,
  type JsonNode,
} from '../../core/json-reader.ts'
import { parseIp } from '../../core/names/parse.ts'
import { SignetError } from '../../core/errors.ts'
import type { X509Grant } from '../grant.ts'
import type { PodFacts, TokenFacts } from '../kubernetes-facts.ts'
import type { CredentialUse } from '../ports.ts'
import { RefusedRequest, regarding } from '../refusal.ts'
import { explainRejection, refuseHopeless } from './k8s-sa-diagnosis.ts'
import { grantForCertificate } from './k8s-sa-certificate.ts'
import { grantForPod } from './k8s-sa-pod.ts'
import { livingPod, podReference, type PodIdentity } from './living-pod.ts'
import type { AuthorizeWorld, CommonSettings, Credential, Provisioner, ProvisionerKind } from './provisioner.ts'

export type Delegate = { readonly namespace: string; readonly serviceAccount: string }

export type K8sSASettings = CommonSettings & {
  readonly tokenId: string
  /** Service accounts that may ask for Certificates. */
  readonly delegates: readonly Delegate[]
  /** True: the TCP peer must be one of the pod's IPs. */
  readonly requireSourceAddress: boolean
  readonly usesPerPodPerMinute: number
}

const signetMembers = ['tokenReview', 'delegates', 'requireSourceAddress', 'usesPerPodPerMinute']
const defaultUsesPerPodPerMinute = 10
const usesWindowSeconds = 60
/** Longer than a projected token lives unless someone asks for more; only the count of uses needs the record. */
const usesKeptMs = 3_600_000

/**
 * Projected tokens of Kubernetes service accounts, bound to a pod, checked by TokenReview. step's own K8sSA, which verifies
 * old unbound tokens by public keys, is not served: such tokens never expire and name no pod.
 */
export const k8sSAKind: ProvisionerKind = {
  type: 'K8sSA',
  typeNumber: 8,
  parse(node, common) {
    const settings = readSettings(node, common)
    const { tokenId } = settings
    return {
      ...common,
      id: tokenId,
      tokenId,
      credentialId: '',
      json: { type: common.type, name: common.name, ...common.lastMembers },
      needsKubernetes: true,
      podUse: (uid, id, now) => podUse(settings, uid, id, now),
      authorizeX509Sign: (credential, world) => authorize(settings, credential, world),
    } satisfies Provisioner
  },
}

function readSettings(node: JsonNode, common: CommonSettings): K8sSASettings {
  const members = readMembers(node, ['publicKeys', 'signet'], 'as Go')
  const keys = members.get('publicKeys')
  if (keys !== undefined && readText(keys) !== '') addFault(keys, 'is not supported: set signet.tokenReview')
  const signet = members.need('signet')
  const own = readMembers(signet, signetMembers, 'exact')
  const tokenReview = own.need('tokenReview')
  if (tokenReview.value !== undefined && !readFlag(tokenReview)) addFault(tokenReview, 'must be true')
  const delegates = own.get('delegates')
  const source = own.get('requireSourceAddress')
  const uses = own.get('usesPerPodPerMinute')
  return {
    ...common,
    tokenId: `k8ssa/${common.name}`,
    delegates: delegates === undefined ? [] : readList(delegates, readDelegate),
    requireSourceAddress: source !== undefined && readFlag(source),
    usesPerPodPerMinute: uses === undefined ? defaultUsesPerPodPerMinute : readInteger(uses, 1, 1000),
  }
}

function readDelegate(node: JsonNode): Delegate {
  const delegate = readMembers(node, ['namespace', 'serviceAccount'], 'exact')
  return {
    namespace: readWord(delegate.need('namespace')),
    serviceAccount: readWord(delegate.need('serviceAccount')),
  }
}

async function authorize(settings: K8sSASettings, credential: Credential, world: AuthorizeWorld): Promise<X509Grant> {
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
    const id = facts.credentialId ?? sha256Hex(utf8Bytes(token.text))
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

function podUse({ usesPerPodPerMinute }: K8sSASettings, uid: string, id: string, now: number): CredentialUse {
  return {
    kind: 'limited',
    id,
    subject: `pod ${uid}`,
    limit: usesPerPodPerMinute,
    windowSeconds: usesWindowSeconds,
    expiresAt: now + usesKeptMs,
  }
}

function refuse(message: string, reason: string): SignetError {
  return new SignetError('unauthorized', message, { reason })
}
