import type { Clock } from '../core/clock.ts'
import { SignetError } from '../core/errors.ts'
import { parseInstant } from '../core/instant.ts'
import type { KubeApi } from './ports.ts'

/** The shortest life that the API server gives a token. */
const tokenSeconds = 600
/** A token is used until this share of its life is over, as the kubelet does. */
const usableShare = 0.8

export type DelegateTokenOptions = {
  readonly kube: Pick<KubeApi, 'request'>
  readonly clock: Clock
  /** The operator's own ServiceAccount and Pod. */
  readonly namespace: string
  readonly serviceAccount: string
  readonly pod: { readonly name: string; readonly uid: string }
}

/** Tokens by which the operator proves to authorities who it is. */
export type DelegateTokens = {
  /** A token for this audience: the last one while it is fresh. Concurrent callers share one request. */
  get(audience: string): Promise<string>
  /** Forgets a token that an authority did not accept, unless a newer one has taken its place. */
  drop(audience: string, token: string): void
}

type Held = { readonly answer: Promise<string>; readonly token?: string; readonly usableUntil: number }

/** Asks for tokens of the operator's own ServiceAccount, bound to its own Pod, and keeps one for each audience. */
export function createDelegateTokens({ kube, clock, ...own }: DelegateTokenOptions): DelegateTokens {
  const path = `/api/v1/namespaces/${own.namespace}/serviceaccounts/${own.serviceAccount}/token`
  const held = new Map<string, Held>()

  const request = async (audience: string): Promise<string> => {
    const requestedAt = clock.now()
    try {
      const { token, expiresAt } = readToken(
        await kube.request('POST', path, { body: tokenRequest(audience, own.pod) }),
      )
      const usableUntil = requestedAt + (expiresAt - requestedAt) * usableShare
      held.set(audience, { answer: Promise.resolve(token), token, usableUntil })
      return token
    } catch (error) {
      held.delete(audience)
      throw error
    }
  }

  return {
    get(audience) {
      const last = held.get(audience)
      if (last !== undefined && clock.now() < last.usableUntil) return last.answer
      const answer = request(audience)
      held.set(audience, { answer, usableUntil: Number.POSITIVE_INFINITY })
      return answer
    },
    drop(audience, token) {
      if (held.get(audience)?.token === token) held.delete(audience)
    },
  }
}

/** A TokenRequest (authentication.k8s.io/v1) for a token that ends with the pod. */
function tokenRequest(audience: string, { name, uid }: DelegateTokenOptions['pod']): object {
  return {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: {
      audiences: [audience],
      expirationSeconds: tokenSeconds,
      boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
    },
  }
}

function readToken(answer: unknown): { token: string; expiresAt: number } {
  const { status = {} } = answer as { status?: { token?: string; expirationTimestamp?: string } }
  const expiresAt = parseInstant(status.expirationTimestamp)
  if (status.token !== undefined && expiresAt !== undefined) return { token: status.token, expiresAt }
  throw new SignetError('unavailable', 'the answer to the TokenRequest holds no token')
}
