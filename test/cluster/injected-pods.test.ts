import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { createKubectl, type TestNamespace } from './harness/kubectl.ts'
import {
  directory,
  injectLabel,
  verified,
  verifyAndEnd,
  verifyAndStay,
  verifyingPod,
  wishFor,
  workloads,
  type Metadata,
  type Pod,
  type PodSpec,
} from './support/injected.ts'

const { kubectl: binary, kubeconfig, images } = inject('cluster')
const kubectl = createKubectl(binary, kubeconfig)
const restricted = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } }

let namespace: TestNamespace
beforeAll(async () => {
  namespace = await kubectl.createNamespace('pods', injectLabel)
})
afterAll(async () => {
  await namespace[Symbol.asyncDispose]()
})

const metadataOf = (name: string, place = namespace.name): Metadata => ({
  name,
  namespace: place,
  annotations: wishFor(name, place),
})

async function runs(kind: string, metadata: Metadata, spec: PodSpec, containers?: string[]) {
  await kubectl.apply([workloads[kind]?.(metadata, spec)])
  return verified(kubectl, metadata.name, metadata.namespace, containers)
}

describe.concurrent('a pod', () => {
  it('with a read-only root', async () => {
    const spec = verifyingPod(images.appUser1000)
    Object.assign(spec.containers[0] ?? {}, { securityContext: { readOnlyRootFilesystem: true } })
    expect((await runs('Pod', metadataOf('read-only'), spec)).said).toEqual(['verified by 1000 with mode 644'])
  })

  it('with init containers of its own, of which the first reads the certificate', async () => {
    const own = (name: string) => ({ name, image: images.app, command: verifyAndEnd })
    const spec = verifyingPod(images.app, { initContainers: [own('first'), own('second')] })
    const { pod, said } = await runs('Pod', metadataOf('own-init'), spec, ['first', 'second', 'app'])
    expect(pod.spec.initContainers?.map(({ name }) => name)).toEqual([
      'signet-bootstrap',
      'signet-renew',
      'first',
      'second',
    ])
    expect(new Set(said)).toEqual(new Set(['verified by 0 with mode 644']))
  })

  it('on the host network', async () => {
    const { said } = await runs('Pod', metadataOf('host'), verifyingPod(images.app, { hostNetwork: true }))
    expect(said).toEqual(['verified by 0 with mode 644'])
  })

  it('without a token for the API, which the injected containers do not get either', async () => {
    const spec = verifyingPod(images.app, { automountServiceAccountToken: false })
    const { pod } = await runs('Pod', metadataOf('no-token'), spec)
    expect(pod.spec.volumes?.map(({ name }) => name)).toEqual(['signet-certs', 'signet-token'])
  })

  it("with autocert's annotations finds its files where autocert puts them, and no sidecar if it wants none", async () => {
    const name = 'autocert'
    const annotations = {
      'autocert.step.sm/name': `${name}.${namespace.name}.svc`,
      'autocert.step.sm/sans': `other.${namespace.name}.svc`,
      'autocert.step.sm/duration': '1h',
      'autocert.step.sm/bootstrapper-only': 'true',
      'autocert.step.sm/init-first': 'true',
      'autocert.step.sm/owner': '1000:1000',
      'autocert.step.sm/mode': '0600',
    }
    const command = verifyAndStay.map((text) => text.replace(directory, '/var/run/autocert.step.sm'))
    const spec = {
      ...verifyingPod(images.appUser1000),
      containers: [{ name: 'app', image: images.appUser1000, command }],
    }
    const { pod, said } = await runs('Pod', { name, namespace: namespace.name, annotations }, spec)
    expect(said).toEqual(['verified by 1000 with mode 600'])
    expect(pod.spec.initContainers?.map(({ name }) => name)).toEqual(['signet-bootstrap'])
    expect(pod.metadata.annotations?.['autocert.step.sm/status']).toBe('injected')
    const text = ['openssl', 'x509', '-in', '/var/run/autocert.step.sm/site.crt', '-noout', '-text']
    expect(await kubectl.exec(namespace.name, name, 'app', text)).toContain(
      `DNS:${name}.${namespace.name}.svc, DNS:other.${namespace.name}.svc, URI:spiffe://cluster.local/ns/${namespace.name}/sa/default`,
    )
  })

  it('has its own IP in the certificate if it asks for it', async () => {
    const name = 'with-ip'
    const annotations = { ...wishFor(name, namespace.name), 'signet.dev/sans': '${POD_IP}' }
    const { pod } = await runs('Pod', { name, namespace: namespace.name, annotations }, verifyingPod(images.app))
    const text = ['openssl', 'x509', '-in', `${directory}/site.crt`, '-noout', '-text']
    expect(await kubectl.exec(namespace.name, name, 'app', text)).toContain(`IP Address:${pod.status.podIP},`)
  })

  it('stays Guaranteed', async () => {
    const resources = { requests: { cpu: '100m', memory: '64Mi' }, limits: { cpu: '0.1', memory: '64Mi' } }
    const spec = verifyingPod(images.app)
    Object.assign(spec.containers[0] ?? {}, { resources })
    const { pod } = await runs('Pod', metadataOf('guaranteed'), spec)
    expect(pod.status.qosClass).toBe('Guaranteed')
  })
})

describe.concurrent('in a namespace', () => {
  it('that enforces Pod Security "restricted"', async () => {
    const level = {
      'pod-security.kubernetes.io/enforce': 'restricted',
      'pod-security.kubernetes.io/enforce-version': 'latest',
    }
    await using place = await kubectl.createNamespace('restricted', { ...injectLabel, ...level })
    const spec = verifyingPod(images.appUser1000, {
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    })
    Object.assign(spec.containers[0] ?? {}, { securityContext: restricted })
    expect((await runs('Deployment', metadataOf('web', place.name), spec)).said).toEqual([
      'verified by 1000 with mode 644',
    ])
  })

  it('with a LimitRange and a ResourceQuota', async () => {
    await using place = await kubectl.createNamespace('quota', injectLabel)
    const metadata = { name: 'limits', namespace: place.name }
    const hard = {
      'requests.cpu': '500m',
      'requests.memory': '256Mi',
      'limits.cpu': '1',
      'limits.memory': '512Mi',
      pods: '3',
    }
    const limits = {
      type: 'Container',
      default: { cpu: '200m', memory: '128Mi' },
      defaultRequest: { cpu: '50m', memory: '32Mi' },
      max: { cpu: '1', memory: '256Mi' },
    }
    await kubectl.apply([
      { apiVersion: 'v1', kind: 'LimitRange', metadata, spec: { limits: [limits] } },
      { apiVersion: 'v1', kind: 'ResourceQuota', metadata, spec: { hard } },
    ])
    const { pod } = await runs('Deployment', metadataOf('web', place.name), verifyingPod(images.app))
    expect(pod.status.qosClass).toBe('Burstable')
  })

  it('that is labelled for autocert only', async () => {
    await using place = await kubectl.createNamespace('autocert', { 'autocert.step.sm': 'enabled' })
    expect((await runs('Pod', metadataOf('web', place.name), verifyingPod(images.app))).said).toHaveLength(1)
  })
})

/** A pod as the API server would create it. */
async function dryRun(name: string, spec: object, annotations: object = {}): Promise<Pod> {
  const metadata = {
    name,
    namespace: namespace.name,
    annotations: { ...wishFor(name, namespace.name), ...annotations },
  }
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata, spec })
  return JSON.parse(await kubectl(['create', '--dry-run=server', '-o', 'json', '-f', '-'], { input })) as Pod
}

describe('left alone', () => {
  it('is a mirror pod', async () => {
    const nodes = await kubectl.get<{ items: { metadata: { name: string } }[] }>('nodes')
    const spec = verifyingPod(images.app, { nodeName: nodes.items[0]?.metadata.name })
    const pod = await dryRun('mirror', spec, { 'kubernetes.io/config.mirror': 'x', 'kubernetes.io/config.hash': 'x' })
    expect(pod.spec.initContainers).toBeUndefined()
  })

  it('is a pod with os: windows', async () => {
    const pod = await dryRun('windows', verifyingPod(images.app, { os: { name: 'windows' } }))
    expect(pod.spec.initContainers).toBeUndefined()
  })

  it('is a pod that says it has been injected', async () => {
    const pod = await dryRun('injected', verifyingPod(images.app), { 'autocert.step.sm/status': 'injected' })
    expect(pod.spec.initContainers).toBeUndefined()
  })
})

it('a dry run shows what would be injected, and a created pod is no different', async () => {
  const spec = verifyingPod(images.app, { automountServiceAccountToken: false })
  const dry = await dryRun('dry', spec)
  await kubectl.apply([workloads['Pod']?.(metadataOf('dry'), spec)])
  const wet = await kubectl.get<Pod>('pod', '-n', namespace.name, 'dry')
  expect(dry.spec.initContainers?.map(({ name }) => name)).toEqual(['signet-bootstrap', 'signet-renew'])
  expect(wet.spec.initContainers).toEqual(dry.spec.initContainers)
})

it('deleting an injected pod takes at most a second longer than deleting another', async () => {
  const place = namespace.name
  const command = ['sh', '-c', "trap 'exit 0' TERM; sleep infinity & wait"]
  const pods = [0, 1, 2].flatMap((round) => [
    { name: `plain-${round}`, annotations: {} },
    { name: `injected-${round}`, annotations: wishFor(`injected-${round}`, place) },
  ])
  const spec = verifyingPod(images.app, { containers: [{ name: 'app', image: images.app, command }] })
  await kubectl.apply(
    pods.map(({ name, annotations }) => workloads['Pod']?.({ name, namespace: place, annotations }, spec)),
  )
  await Promise.all(pods.map(({ name }) => kubectl.waitFor(place, `pod/${name}`, 'condition=Ready')))
  const fastest = { plain: Number.POSITIVE_INFINITY, injected: Number.POSITIVE_INFINITY }
  for (const { name } of pods) {
    const started = performance.now()
    await kubectl(['delete', 'pod', '-n', place, name, '--wait=true'])
    const shape = name.startsWith('plain') ? 'plain' : 'injected'
    fastest[shape] = Math.min(fastest[shape], (performance.now() - started) / 1000)
  }
  expect(fastest.injected - fastest.plain).toBeLessThanOrEqual(1)
})
