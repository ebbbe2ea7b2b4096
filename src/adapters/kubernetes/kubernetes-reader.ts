import type { PodFacts, TokenFacts } from '../../authority/kubernetes-facts.ts'
import type { KubernetesReader } from '../../authority/ports.ts'
import { SignetError } from '../../core/errors.ts'
import { certificates } from '../../core/resources/kinds.ts'
import type { Named } from '../../core/resources/metadata.ts'
import { workloadRequestVariable } from '../../core/workload-request.ts'
import type { KubeApi } from './client.ts'
import { pods, type Container, type Pod } from './pods.ts'

/** The part of `authentication.k8s.io/v1` TokenReview that is read. */
type TokenReview = {
  readonly status?: {
    readonly authenticated?: boolean
    readonly audiences?: readonly string[]
    readonly error?: string
    readonly user?: { readonly username?: string; readonly extra?: Readonly<Record<string, readonly string[]>> }
  }
}

const tokenReviews = '/apis/authentication.k8s.io/v1/tokenreviews'
const extraPrefix = 'authentication.kubernetes.io'
/** `credential-id` is written as `JTI=<jti>` (KEP 4193). */
const credentialPrefix = 'JTI='

/** Far above what a start of many pods at once needs; who is not known yet causes calls too, and the API server is not ours alone. */
const maximumInFlight = 256
const retryAfterSeconds = 1

/** The authority's view of the Kubernetes API; `unavailable` at once while 256 calls are under way. */
export function createKubernetesReader(api: Pick<KubeApi, 'get' | 'request'>): KubernetesReader {
  let inFlight = 0
  const bounded = async <Answer>(call: () => Promise<Answer>): Promise<Answer> => {
    if (inFlight >= maximumInFlight) {
      const message = `${maximumInFlight} calls to the API server are under way`
      throw new SignetError('unavailable', message, { reason: 'NotReady', retryAfterSeconds })
    }
    inFlight += 1
    try {
      return await call()
    } finally {
      inFlight -= 1
    }
  }
  return {
    reviewToken: async (token, audience) => {
      const body = {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenReview',
        spec: { token, audiences: [audience] },
      }
      return tokenFacts((await bounded(() => api.request('POST', tokenReviews, { body }))) as TokenReview)
    },
    getPod: async (namespace, name) => {
      const pod = await bounded(() => api.get(pods, { namespace, name }))
      return pod === undefined ? undefined : podFacts(pod)
    },
    getCertificate: async (namespace, name) => {
      const found = await bounded(() => api.get(certificates, { namespace, name }))
      if (found === undefined) return undefined
      const { uid = '', deletionTimestamp } = found.metadata
      return { namespace, name, uid, deleting: deletionTimestamp !== undefined, spec: found.spec }
    },
  }
}

function tokenFacts({ status = {} }: TokenReview): TokenFacts {
  const { authenticated, audiences = [], error, user } = status
  if (authenticated !== true || user?.username === undefined) {
    return { authenticated: false, error: error ?? 'the token is not accepted' }
  }
  const extra = (key: string): string | undefined => user.extra?.[`${extraPrefix}/${key}`]?.[0]
  const credential = extra('credential-id')
  return withoutUndefined({
    authenticated: true,
    audiences,
    username: user.username,
    podName: extra('pod-name'),
    podUid: extra('pod-uid'),
    credentialId: credential?.startsWith(credentialPrefix) ? credential.slice(credentialPrefix.length) : undefined,
  })
}

function podFacts({ metadata, spec = {}, status = {} }: Named<Pod>): PodFacts {
  const { name, namespace = '', uid = '', deletionTimestamp } = metadata
  return withoutUndefined({
    namespace,
    name,
    uid,
    serviceAccount: spec.serviceAccountName ?? '',
    deleting: deletionTimestamp !== undefined,
    finished: status.phase === 'Succeeded' || status.phase === 'Failed',
    hostNetwork: spec.hostNetwork === true,
    podIPs: (status.podIPs ?? []).flatMap(({ ip }) => ip ?? []),
    request: requestOf([...(spec.initContainers ?? []), ...(spec.containers ?? [])]),
  })
}

/** The wish that the webhook wrote; literal values only, because others could change after admission. */
function requestOf(containers: readonly Container[]): string | undefined {
  return containers.flatMap(({ env = [] }) => env).find(({ name }) => name === workloadRequestVariable)?.value
}

type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
}

function withoutUndefined<const T extends object>(values: T): Defined<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>
}
