import type { CertificateFacts, PodFacts, TokenFacts } from '../../src/authority/kubernetes-facts.ts'
import type { KubernetesReader, PolicySource } from '../../src/authority/ports.ts'
import { SignetError } from '../../src/core/errors.ts'
import type { PolicyRule } from '../../src/core/policy/rules.ts'

/** A cluster as the authority sees it, changed by tests through its public maps. */
export type FakeKubernetes = KubernetesReader & {
  readonly pods: Map<string, PodFacts>
  readonly certificates: Map<string, CertificateFacts>
  /** What a review of exactly this token says. */
  readonly tokens: Map<string, TokenFacts>
  readonly policy: PolicySource & {
    rules: PolicyRule[]
    synced: boolean
    readonly labels: Map<string, Record<string, string>>
  }
  /** Every call, as `reviewToken`, `getPod shop/web-0`. */
  readonly calls: string[]
  /** True: the API server does not answer. */
  down: boolean
}

/** An empty cluster with the namespaces `shop`, `other` and `signet-system`. */
export function fakeKubernetes(): FakeKubernetes {
  const labels = new Map<string, Record<string, string>>(
    ['shop', 'other', 'signet-system'].map((name) => [name, { 'kubernetes.io/metadata.name': name }]),
  )
  const policy: FakeKubernetes['policy'] = {
    rules: [],
    synced: true,
    labels,
    policies: () => policy.rules,
    namespaceLabels: (namespace) => labels.get(namespace),
    ready: () => policy.synced,
  }
  const called = (call: string) => {
    cluster.calls.push(call)
    if (cluster.down) throw new SignetError('unavailable', 'the API server does not answer')
  }
  const cluster: FakeKubernetes = {
    pods: new Map(),
    certificates: new Map(),
    tokens: new Map(),
    policy,
    calls: [],
    down: false,
    async reviewToken(token, audience) {
      called('reviewToken')
      const facts = cluster.tokens.get(token) ?? { authenticated: false, error: 'invalid bearer token' }
      const fits = facts.authenticated && facts.audiences.includes(audience)
      return !facts.authenticated || fits ? facts : { authenticated: false, error: 'token audiences are invalid' }
    },
    async getPod(namespace, name) {
      called(`getPod ${namespace}/${name}`)
      return cluster.pods.get(`${namespace}/${name}`)
    },
    async getCertificate(namespace, name) {
      called(`getCertificate ${namespace}/${name}`)
      return cluster.certificates.get(`${namespace}/${name}`)
    },
  }
  return cluster
}
