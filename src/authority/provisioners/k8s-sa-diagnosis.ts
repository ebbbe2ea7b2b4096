import { SignetError } from '../../core/errors.ts'
import type { UnverifiedToken } from '../../core/tokens/unverified.ts'
import type { KubernetesReader, ObjectReference } from '../ports.ts'
import { regarding } from '../refusal.ts'
import { accountOf } from './k8s-sa-claims.ts'
import { livingPod, podReference, type PodIdentity } from './living-pod.ts'

/** The API server's tolerance between clocks (go-jose's leeway). */
const leewayMs = 60_000

/** Refuses a token that the API server could not accept either: no review is spent on what its own claims rule out. */
export async function refuseHopeless(
  token: UnverifiedToken,
  audience: string,
  reader: KubernetesReader,
  now: number,
): Promise<void> {
  const fault = faultOf(token, audience, now - leewayMs)
  if (fault !== undefined) throw await about(claimedPod(token), reader, ...fault)
}

/** Message and reason. */
function faultOf({ claims }: UnverifiedToken, audience: string, now: number): [string, string] | undefined {
  if (!claims.audience.includes(audience)) return [`the token is not for ${audience}`, 'WrongAudience']
  if (claims.expiresAt === undefined || claims.expiresAt * 1000 > now) return undefined
  return ['the token is expired (exp)', 'TokenExpired']
}

/**
 * Why the API server did not accept a token, as far as its own claims tell: only for log, Event and metric, never for a
 * decision. An Event goes to the pod that the token names if there is one of that uid, which who made the token up would
 * have to know.
 */
export async function explainRejection(
  token: UnverifiedToken,
  error: string,
  audience: string,
  reader: KubernetesReader,
  now: number,
): Promise<unknown> {
  const identity = claimedPod(token)
  const fault = faultOf(token, audience, now)
  if (fault !== undefined) return about(identity, reader, ...fault)
  const message = `the API server does not accept the token: ${error}`
  if (identity === undefined) return refuse(message, 'TokenInvalid')
  try {
    await livingPod(reader, identity)
  } catch (reason) {
    return reason
  }
  return regarding(refuse(message, 'TokenInvalid'), podReference(identity))
}

/** The refusal of a token that fits no provisioner; about its pod where the token names one that exists. */
export async function explainUnknownToken(
  token: UnverifiedToken,
  message: string,
  reason: string,
  reader: KubernetesReader | undefined,
): Promise<unknown> {
  return reader === undefined ? refuse(message, reason) : about(claimedPod(token), reader, message, reason)
}

async function about(
  identity: PodIdentity | undefined,
  reader: KubernetesReader,
  message: string,
  reason: string,
): Promise<unknown> {
  return regarding(refuse(message, reason), await existing(identity, reader))
}

async function existing(
  identity: PodIdentity | undefined,
  reader: KubernetesReader,
): Promise<ObjectReference | undefined> {
  if (identity === undefined) return undefined
  try {
    const pod = await reader.getPod(identity.namespace, identity.name)
    return pod?.uid === identity.uid ? podReference(identity) : undefined
  } catch (error) {
    // The refusal itself does not depend on it.
    if (error instanceof SignetError) return undefined
    throw error
  }
}

/** The pod that a projected token says it is bound to; undefined for other tokens. */
function claimedPod({ claims }: UnverifiedToken): PodIdentity | undefined {
  const account = accountOf(claims)
  if (account?.pod === undefined) return undefined
  const { namespace, serviceAccount, pod } = account
  return { namespace, serviceAccount, ...pod }
}

function refuse(message: string, reason: string): SignetError {
  return new SignetError('unauthorized', message, { reason })
}
