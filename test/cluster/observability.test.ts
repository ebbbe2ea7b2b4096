// What the processes say of themselves, seen by breaking them: Ready, Live and metrics.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { containerIdOf, pauseContainer, resumeContainer } from './harness/faults.ts'
import { createKubectl, type KubeObject, type TestNamespace } from './harness/kubectl.ts'
import { until } from './harness/wait.ts'
import { extraReplica, type ReplicaChanges } from './support/extra-replica.ts'
import { answerOf, askProcess, holdStore, type Process } from './support/health.ts'

const { kubectl: binary, kubeconfig } = inject('cluster')
const kubectl = createKubectl(binary, kubeconfig)
const system = 'signet-system'

const compare = (left: string, right: string): number => left.localeCompare(right)

let space: TestNamespace
let namespace: string

const wish = (more: object): string =>
  JSON.stringify({
    dnsNames: [`hook.${namespace}.svc`],
    ipAddresses: [],
    uris: [`spiffe://cluster.local/ns/${namespace}/sa/seeing`],
    emailAddresses: [],
    podIPs: false,
    keyAlgorithm: 'EC-P256',
    ...more,
  })

/** Webhooks that lack one thing each; `blind` may not read anything. */
const replicas: Record<string, () => ReplicaChanges> = {
  good: () => ({ serviceAccount: 'seeing', environment: { SIGNET_REQUEST: wish({}) } }),
  short: () => ({ serviceAccount: 'seeing', environment: { SIGNET_REQUEST: wish({ duration: '9m' }) } }),
  foreign: () => ({ serviceAccount: 'seeing', audience: 'https://elsewhere.example' }),
  blind: () => ({ serviceAccount: 'blind' }),
}

beforeAll(async () => {
  space = await kubectl.createNamespace('observed')
  namespace = space.name
  const accounts = ['seeing', 'blind'].map((name) => ({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name, namespace },
  }))
  const webhooks = Object.entries(replicas).map(([name, changes]) =>
    extraReplica(kubectl, 'webhook', { namespace, name: `webhook-${name}` }, changes()),
  )
  const operator = extraReplica(kubectl, 'operator', { namespace, name: 'operator' }, { serviceAccount: 'blind' })
  await kubectl.apply([...accounts, bind('seeing', 'signet-webhook')])
  await kubectl.apply(await Promise.all([...webhooks, operator]))
})
afterAll(async () => {
  await kubectl(['delete', 'clusterrolebindings', '-l', `observed=${namespace}`])
  await space[Symbol.asyncDispose]()
})

/** Gives a service account of the test's namespace a ClusterRole of the chart. */
function bind(serviceAccount: string, role: string): object {
  const subject = { kind: 'ServiceAccount', name: serviceAccount, namespace }
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: `${namespace}-${serviceAccount}-${role}`, labels: { observed: namespace } },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
    subjects: [subject],
  }
}

const webhook = (name: string): Process => ({ namespace, pod: `webhook-${name}`, container: 'webhook' })
/** What /readyz answers, given the time to answer what is wanted. */
const readiness = (process: Process, wanted: string): Promise<string> => answerOf(kubectl, process, '/readyz', wanted)

describe('the authority', () => {
  const authority = { namespace: system, pod: 'signet-0', container: 'authority' }
  it('is not Ready while nobody can write to its store', async () => {
    expect(await readiness(authority, '200 ok')).toBe('200 ok')
    const held = await holdStore(binary, kubeconfig)
    try {
      expect(await readiness(authority, '503 not ready: the store does not answer within 1.5 s')).toBe(
        '503 not ready: the store does not answer within 1.5 s',
      )
      expect(await askProcess(kubectl, authority, '/metrics')).toContain('\nsignet_ready 0\n')
      await kubectl.waitFor(system, 'pod/signet-0', 'condition=Ready=false', 20_000)
    } finally {
      await held[Symbol.asyncDispose]()
    }
    expect(await readiness(authority, '200 ok')).toBe('200 ok')
    await kubectl.waitFor(system, 'pod/signet-0', 'condition=Ready', 20_000)
  })
})

describe('the webhook', () => {
  it.each([
    { name: 'good', lacks: 'nothing', answer: '200 ok' },
    {
      name: 'short',
      lacks: 'ten minutes of its serving certificate',
      answer: '503 not ready: the serving certificate ends in less than 10 minutes',
    },
    {
      name: 'foreign',
      lacks: 'a serving certificate',
      answer: '503 not ready: there is no serving certificate yet',
    },
    {
      name: 'blind',
      lacks: 'the right to read policies',
      answer: '503 not ready: policies and Authorities are not synced yet',
    },
  ])('lacks $lacks', async ({ name, answer }) => {
    expect(await readiness(webhook(name), answer)).toBe(answer)
  })
})

describe('the operator', () => {
  const operator = (): Process => ({ namespace, pod: 'operator', container: 'operator' })
  it('is not Ready until all that it watches has been listed', async () => {
    expect(await readiness(operator(), '503 not ready: not everything has been listed yet')).toBe(
      '503 not ready: not everything has been listed yet',
    )
    const read = { verbs: ['get', 'list', 'watch'], apiGroups: ['*'], resources: ['*'] }
    const own: KubeObject = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: 'reader', namespace },
      rules: [read],
    }
    const binding = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'reader', namespace },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
      subjects: [{ kind: 'ServiceAccount', name: 'blind', namespace }],
    }
    const cluster = ['signet-operator', 'signet-operator-secrets'].map((role) => bind('blind', role))
    await kubectl.apply([own, binding, ...cluster])
    expect(await readiness(operator(), '200 ok')).toBe('200 ok')
  })
})

// A container can only be frozen from outside in our own cluster.
describe('a process whose event loop stood still', () => {
  it('is not live afterwards', async () => {
    const target = webhook('good')
    expect(await readiness(target, '200 ok')).toBe('200 ok')
    type Pod = { status: { containerStatuses: { containerID: string }[] } }
    const { status } = await kubectl.get<Pod>('pod', target.pod, '-n', namespace)
    const id = containerIdOf(status.containerStatuses[0]?.containerID ?? '')
    expect(await askProcess(kubectl, target, '/livez')).toBe('200 ok')
    await pauseContainer(id)
    const end = performance.now() + 12_000
    await until('12 s to pass', 15_000, () => (performance.now() > end ? true : undefined))
    await resumeContainer(id)
    expect(await askProcess(kubectl, target, '/livez')).toMatch(/^503 the event loop stalled for 1[12]\.\d s$/)
  })
})

describe('metrics', () => {
  const table = readFileSync(join(import.meta.dirname, '../../src/adapters/telemetry/README.md'), 'utf8')
  const rows = [...table.matchAll(/^\| `(signet_\w+)` \| (\w+) \| (.*?) \| (.*?) \|/gm)].map(
    ([, name = '', type = '', labels = '', processes = '']) => ({
      name,
      type,
      labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label = '']) => label).toSorted(compare),
      processes: processes.split(', '),
    }),
  )

  it.each(['authority', 'operator', 'webhook'])('of the %s are those of the documented table', async (component) => {
    const selector = `app.kubernetes.io/component=${component}`
    const { items } = await kubectl.get<{ items: KubeObject[] }>('pods', '-n', system, '-l', selector)
    // Not those that an installation or a fault before has just ended.
    const living = items.filter(({ metadata }) => metadata['deletionTimestamp'] === undefined)
    expect(living).not.toEqual([])
    const documented = rows.filter(({ processes }) => processes.includes(component))
    for (const { metadata } of living) {
      const process = { namespace: system, pod: metadata.name, container: component }
      const text = await kubectl.eventually(system, `metrics of ${metadata.name}`, 20_000, () =>
        askProcess(kubectl, process, '/metrics'),
      )
      const served = [...text.matchAll(/^# TYPE (signet_\w+) (\w+)$/gm)].map(([, name, type]) => `${type} ${name}`)
      expect(served.toSorted(compare)).toEqual(documented.map(({ name, type }) => `${type} ${name}`).toSorted(compare))
      for (const { name, labels } of documented) {
        for (const seen of labelsOf(text, name)) expect(seen).toEqual(labels)
      }
    }
  })
})

/** Names of the labels of every sample of a metric, without the bound of a bucket. */
function labelsOf(text: string, name: string): string[][] {
  return [...text.matchAll(new RegExp(`^${name}(?:_bucket|_sum|_count)?(?:\\{(.*)\\})? `, 'gm'))].map(([, labels]) =>
    [...(labels ?? '').matchAll(/(\w+)="/g)]
      .map(([, label = '']) => label)
      .filter((label) => label !== 'le')
      .toSorted(compare),
  )
}
