import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { createKubectl, type TestNamespace } from './harness/kubectl.ts'
import {
  injectLabel,
  verified,
  verifyAndStay,
  verifyingPod,
  wishFor,
  workloads,
  type PodSpec,
} from './support/injected.ts'

const { kubectl: binary, kubeconfig, images } = inject('cluster')
const kubectl = createKubectl(binary, kubeconfig)

let namespace: TestNamespace
beforeAll(async () => {
  namespace = await kubectl.createNamespace('workloads', injectLabel)
})
afterAll(async () => {
  await namespace[Symbol.asyncDispose]()
})

const twoUsers = {
  containers: [1001, 1002].map((runAsUser) => ({
    name: `user-${runAsUser}`,
    image: images.app,
    command: verifyAndStay,
    securityContext: { runAsUser },
  })),
}

const users: { user: string; spec: () => PodSpec; containers?: string[]; said: string[] }[] = [
  { user: 'of the image', spec: () => verifyingPod(images.appUser1000), said: ['verified by 1000 with mode 644'] },
  {
    user: 'root',
    spec: () => verifyingPod(images.app, { securityContext: { runAsUser: 0 } }),
    said: ['verified by 0 with mode 600'],
  },
  {
    user: '12345',
    spec: () => verifyingPod(images.app, { securityContext: { runAsUser: 12_345 } }),
    said: ['verified by 12345 with mode 600'],
  },
  {
    user: 'two',
    spec: () => verifyingPod(images.app, twoUsers),
    containers: ['user-1001', 'user-1002'],
    said: ['verified by 1001 with mode 644', 'verified by 1002 with mode 644'],
  },
  {
    user: 'fsGroup',
    spec: () => verifyingPod(images.appUser1000, { securityContext: { fsGroup: 2000 } }),
    said: ['verified by 1000 with mode 640'],
  },
]

describe.each(Object.keys(workloads))('a %s', (kind) => {
  it('reads key and certificate with its own user, whichever that is', async () => {
    const rows = users.map((row, index) => ({ ...row, name: `${kind.toLowerCase()}-${index}` }))
    await kubectl.apply(
      rows.map(({ name, spec }) =>
        workloads[kind]?.({ name, namespace: namespace.name, annotations: wishFor(name, namespace.name) }, spec()),
      ),
    )
    const results = await Promise.all(
      rows.map(({ name, containers }) => verified(kubectl, name, namespace.name, containers)),
    )
    expect(results.map(({ said }) => said)).toEqual(rows.map(({ said }) => said))
    for (const { pod } of results) {
      expect(pod.spec.initContainers?.map(({ name }) => name)).toEqual(['signet-bootstrap', 'signet-renew'])
      // No token for the API: Kubernetes adds one to containers that mount nothing in its place.
      const mounted = pod.spec.initContainers?.flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name))
      expect(new Set(mounted)).toEqual(new Set(['signet-certs', 'signet-token']))
      expect(pod.status.initContainerStatuses?.map(({ restartCount }) => restartCount)).toEqual([0, 0])
    }
    if (kind === 'Job')
      await Promise.all(rows.map(({ name }) => kubectl.waitFor(namespace.name, `job/${name}`, 'condition=Complete')))
  })
})
