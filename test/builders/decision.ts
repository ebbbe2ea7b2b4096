import { builtInClaims } from '../../src/core/claims.ts'
import { admit, type AdmitDeps } from '../../src/webhook/admit.ts'
import type { DecisionInput } from '../../src/webhook/decide.ts'
import type { AuthorityFacts } from '../../src/webhook/facts.ts'
import { parsePod } from '../../src/webhook/pod.ts'
import { fakeKubernetes } from '../fakes/fake-kubernetes.ts'
import { recordedLog } from '../fakes/recorded-log.ts'
import { recordedMetrics } from '../fakes/recorded-metrics.ts'
import { aPod, type PodManifest } from './pod.ts'

/** An Authority that is ready. */
export const anAuthority = (changes: Partial<AuthorityFacts> = {}): AuthorityFacts => ({
  name: 'signet',
  trustDomain: 'cluster.local',
  clusterDomain: 'cluster.local',
  endpoint: 'https://signet.signet-system.svc',
  address: '10.96.7.7',
  rootsPem: '-----BEGIN CERTIFICATE-----\nroot\n-----END CERTIFICATE-----\n',
  provisioner: {
    name: 'kubernetes',
    audience: 'https://signet.signet-system.svc/1.0/sign#k8ssa/kubernetes',
    claims: builtInClaims,
  },
  ...changes,
})

const resources = { requests: { cpu: '5m', memory: '8Mi' }, limits: { cpu: '1', memory: '96Mi' } }

/** Everything that a decision on `pod` needs, with one Authority and no policy. */
export const aDecisionInput = (
  pod: PodManifest = aPod(),
  changes: Partial<Omit<DecisionInput, 'pod'>> = {},
): DecisionInput => ({
  pod: parsePod(pod),
  namespace: pod.metadata.namespace,
  namespaceLabels: { 'kubernetes.io/metadata.name': pod.metadata.namespace },
  authority: (name) => (name === 'signet' ? anAuthority() : undefined),
  policies: [],
  defaultAuthority: 'signet',
  settings: {
    image: 'signet:1',
    imagePullPolicy: 'IfNotPresent',
    bootstrap: { command: ['node', 'cli.js', 'bootstrap'], resources },
    renew: { command: ['/bin/sh', 'sidecar.sh'], resources: { ...resources, limits: { cpu: '200m', memory: '96Mi' } } },
  },
  ...changes,
})

/** A webhook that knows what `aDecisionInput` knows. */
export function anAdmitter(changes: Partial<AdmitDeps> = {}) {
  const { authority, defaultAuthority, settings } = aDecisionInput()
  const log = recordedLog()
  const metrics = recordedMetrics()
  const { policy } = fakeKubernetes()
  const fetched: string[] = []
  const deps: AdmitDeps = {
    policy,
    fetchNamespaceLabels: (namespace) => {
      fetched.push(namespace)
      return Promise.resolve(undefined)
    },
    ready: () => true,
    authority,
    defaultAuthority,
    settings,
    ticks: () => 0,
    log,
    metrics,
    ...changes,
  }
  return { deps, policy, log, metrics, fetched, admit: (body: unknown) => admit(body, deps) }
}
