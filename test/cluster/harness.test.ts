// What every other test here relies on: the cluster itself.
import { expect, inject, test } from 'vitest'
import { createKubectl } from './harness/kubectl.ts'

const { kubeconfig, kubectl, images } = inject('cluster')
const kube = createKubectl(kubectl, kubeconfig)

test('init container, native sidecar, claimed volume, projected token and DNS work in one pod', async () => {
  await using namespace = await kube.createNamespace('harness')
  const container = { image: images.appUser1000, volumeMounts: [{ name: 'data', mountPath: '/data' }] }
  const token = { serviceAccountToken: { path: 'token', audience: 'harness', expirationSeconds: 600 } }
  const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } }
  await kube.apply([
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data', namespace: namespace.name },
      spec: claim,
    },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'pod', namespace: namespace.name },
      spec: {
        securityContext: { fsGroup: 1000 },
        initContainers: [
          { ...container, name: 'first', command: ['sh', '-c', 'echo first > /data/file'] },
          { ...container, name: 'sidecar', restartPolicy: 'Always', command: ['sleep', 'infinity'] },
        ],
        containers: [
          {
            image: images.appUser1000,
            name: 'main',
            command: ['sleep', 'infinity'],
            volumeMounts: [...container.volumeMounts, { name: 'token', mountPath: '/token' }],
          },
        ],
        volumes: [
          { name: 'data', persistentVolumeClaim: { claimName: 'data' } },
          { name: 'token', projected: { sources: [token] } },
        ],
      },
    },
  ])
  await kube.waitFor(namespace.name, 'pod/pod', 'condition=Ready', 30_000)
  const inMain = (script: string): Promise<string> => kube.exec(namespace.name, 'pod', 'main', ['sh', '-c', script])
  expect(await inMain('cat /data/file; id -u')).toBe('first\n1000\n')
  expect((await inMain('cat /token/token')).split('.')).toHaveLength(3)
  expect(await inMain('getent hosts kubernetes.default')).toContain('kubernetes.default.svc.cluster.local')
})

test('the kinds behind feature gates are served', async () => {
  const served = await kube(['api-resources', '--api-group=certificates.k8s.io', '--output=name'])
  expect(served).toContain('clustertrustbundles.certificates.k8s.io')
  expect(served).toContain('podcertificaterequests.certificates.k8s.io')
})

test('a wait that fails shows the pods and events of its namespace', async () => {
  await using namespace = await kube.createNamespace('harness')
  const spec = { containers: [{ name: 'main', image: 'localhost/no-such-image:1', imagePullPolicy: 'Never' }] }
  await kube.apply([{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'stuck', namespace: namespace.name }, spec }])
  const stuck = async (): Promise<true | undefined> => {
    const reason = '--field-selector=reason=ErrImageNeverPull'
    const { items } = await kube.get<{ items: unknown[] }>('events', '-n', namespace.name, reason)
    return items.length > 0 ? true : undefined
  }
  await kube.eventually(namespace.name, 'the kubelet to refuse the image', 20_000, stuck)
  const waiting = kube.waitFor(namespace.name, 'pod/stuck', 'condition=Ready', 1000)
  await expect(waiting).rejects.toThrow(/timed out waiting for the condition[\s\S]*pods of harness-[\s\S]*stuck/)
})
