import { describe, expect, it } from 'vitest'
import { decide } from '../../../src/webhook/decide.ts'
import { patchFor } from '../../../src/webhook/patch.ts'
import { applyPatch } from '../../builders/apply-patch.ts'
import { aDecisionInput } from '../../builders/decision.ts'
import { aPod, annotated, withContainer, withSpec, type PodManifest } from '../../builders/pod.ts'

type Injected = {
  metadata: { annotations: Record<string, string> }
  spec: {
    initContainers: (Record<string, unknown> & { name: string; env: { name: string; value?: string }[] })[]
    containers: { name: string; volumeMounts: object[] }[]
    volumes: { name: string }[]
  }
}

const named = annotated({ 'signet.dev/name': 'web.shop.svc' })
const own = (name: string) => ({ name, mountPath: '/var/run/signet.dev', readOnly: true })
const ours = own('signet-certs')

function inject(pod: PodManifest): Injected {
  const input = aDecisionInput(pod)
  const decision = decide(input)
  if (decision.kind !== 'inject') throw new Error(`left alone: ${decision.why}`)
  return applyPatch(pod, patchFor(input.pod, decision.injection)) as unknown as Injected
}

describe('patchFor', () => {
  it('adds the volumes behind those of the pod', () => {
    expect(inject(aPod(named)).spec.volumes.slice(1)).toEqual([
      { name: 'signet-certs', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
      {
        name: 'signet-token',
        projected: {
          sources: [
            {
              serviceAccountToken: {
                audience: 'https://signet.signet-system.svc/1.0/sign#k8ssa/kubernetes',
                expirationSeconds: 600,
                path: 'token',
              },
            },
          ],
        },
      },
    ])
  })

  it('puts the whole bootstrap container first', () => {
    const [first] = inject(aPod(named)).spec.initContainers
    expect(first).toEqual({
      name: 'signet-bootstrap',
      image: 'signet:1',
      imagePullPolicy: 'IfNotPresent',
      command: ['node', 'cli.js', 'bootstrap'],
      env: [
        {
          name: 'SIGNET_REQUEST',
          value:
            '{"commonName":"web.shop.svc","dnsNames":["web.shop.svc"],"ipAddresses":[],"uris":["spiffe://cluster.local/ns/shop/sa/web"],"emailAddresses":[],"podIPs":false,"keyAlgorithm":"EC-P256"}',
        },
        { name: 'SIGNET_AUTHORITY_URL', value: 'https://signet.signet-system.svc' },
        { name: 'SIGNET_ROOTS', value: '-----BEGIN CERTIFICATE-----\nroot\n-----END CERTIFICATE-----\n' },
        { name: 'SIGNET_TOKEN_FILE', value: '/var/run/secrets/kubernetes.io/serviceaccount/token' },
        { name: 'SIGNET_DIRECTORY', value: '/var/run/signet.dev' },
        { name: 'SIGNET_MODE', value: '0644' },
        { name: 'POD_UID', valueFrom: { fieldRef: { fieldPath: 'metadata.uid' } } },
        { name: 'POD_IPS', valueFrom: { fieldRef: { fieldPath: 'status.podIPs' } } },
      ],
      resources: { requests: { cpu: '5m', memory: '8Mi' }, limits: { cpu: '1', memory: '96Mi' } },
      securityContext: {
        runAsUser: 65_532,
        runAsNonRoot: true,
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
        seccompProfile: { type: 'RuntimeDefault' },
      },
      terminationMessagePolicy: 'FallbackToLogsOnError',
      volumeMounts: [
        { name: 'signet-certs', mountPath: '/var/run/signet.dev' },
        { name: 'signet-token', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount', readOnly: true },
      ],
    })
  })

  it('adds a native sidecar that is the same but for its command and limits', () => {
    const [first, second] = inject(aPod(named)).spec.initContainers
    expect(second).toEqual({
      ...first,
      name: 'signet-renew',
      restartPolicy: 'Always',
      command: ['/bin/sh', 'sidecar.sh'],
      resources: { requests: { cpu: '5m', memory: '8Mi' }, limits: { cpu: '200m', memory: '96Mi' } },
    })
  })

  it("leaves the sidecar out and uses autocert's directory where its annotations say so", () => {
    const pod = aPod(
      annotated({ 'autocert.step.sm/name': 'web.shop.svc', 'autocert.step.sm/bootstrapper-only': 'true' }),
    )
    const { spec } = inject(pod)
    expect(spec.initContainers.map(({ name }) => name)).toEqual(['signet-bootstrap'])
    expect(spec.containers[0]?.volumeMounts[1]).toEqual({ ...ours, mountPath: '/var/run/autocert.step.sm' })
  })

  it("comes before the pod's own init containers, and every container of its own sees the files", () => {
    const { spec } = inject(
      aPod(
        named,
        withSpec({
          initContainers: [{ name: 'one' }, { name: 'two', volumeMounts: [own('data')], restartPolicy: 'Always' }],
          containers: [{ name: 'app' }, { name: 'log', volumeMounts: [own('data')] }],
        }),
        withSpec({ volumes: undefined }),
        (pod) => {
          for (const list of [pod.spec['initContainers'], pod.spec.containers] as { volumeMounts?: object[] }[][]) {
            for (const { volumeMounts } of list) Object.assign(volumeMounts?.[0] ?? {}, { mountPath: '/data' })
          }
        },
      ),
    )
    const data = { ...own('data'), mountPath: '/data' }
    expect(spec.initContainers.map(({ name }) => name)).toEqual(['signet-bootstrap', 'signet-renew', 'one', 'two'])
    expect(spec.initContainers.slice(2).map(({ volumeMounts }) => volumeMounts)).toEqual([[ours], [data, ours]])
    expect(spec.containers.map(({ volumeMounts }) => volumeMounts)).toEqual([[ours], [data, ours]])
    expect(spec.volumes.map(({ name }) => name)).toEqual(['signet-certs', 'signet-token'])
  })

  it('marks the pod for itself and for autocert', () => {
    expect(inject(aPod(named)).metadata.annotations).toEqual({
      'signet.dev/name': 'web.shop.svc',
      'autocert.step.sm/status': 'injected',
      'signet.dev/status': 'injected',
    })
  })

  it("gives the app's user, group and mode, without runAsNonRoot for root", () => {
    const owned = annotated({ 'autocert.step.sm/name': 'web.shop.svc', 'autocert.step.sm/owner': '0:5' })
    const [first] = inject(aPod(owned, annotated({ 'autocert.step.sm/mode': '440' }))).spec.initContainers
    expect(first?.['securityContext']).toMatchObject({ runAsUser: 0, runAsGroup: 5 })
    expect(first?.['securityContext']).not.toHaveProperty('runAsNonRoot')
    expect(first?.env).toContainEqual({ name: 'SIGNET_MODE', value: '0440' })
  })

  it('tells a pod on the host network where the authority is', () => {
    const [first] = inject(aPod(named, withSpec({ hostNetwork: true }))).spec.initContainers
    expect(first?.env).toContainEqual({ name: 'SIGNET_AUTHORITY_ADDRESS', value: '10.96.7.7' })
  })

  it('sets no resources where the pod bounds them as a whole', () => {
    const [first] = inject(aPod(named, withSpec({ resources: { limits: { memory: '1Gi' } } }))).spec.initContainers
    expect(first).not.toHaveProperty('resources')
  })

  it('is asked for once: its own output is left alone, even after another webhook took the status away', () => {
    const once = inject(aPod(named))
    const again = decide(aDecisionInput(once as unknown as PodManifest))
    expect(again).toEqual({ kind: 'leave', why: 'injected already', warnings: [] })
    delete once.metadata.annotations['autocert.step.sm/status']
    expect(decide(aDecisionInput(once as unknown as PodManifest)).kind).toBe('leave')
  })

  it('is the same for the same pod and leaves the pod itself as it was', () => {
    const pod = aPod(named, withContainer({ resources: { limits: { cpu: '1' } } }))
    const before = structuredClone(pod)
    expect(inject(pod)).toEqual(inject(pod))
    expect(pod).toEqual(before)
  })
})
