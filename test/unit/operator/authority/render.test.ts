import { describe, expect, it } from 'vitest'
import { parseCaConfig } from '../../../../src/config/ca-config.ts'
import type { Authority } from '../../../../src/core/resources/index.ts'
import {
  renderClusterRoleBinding,
  renderRoleBinding,
  renderServiceAccount,
} from '../../../../src/operator/controllers/authority/render/access.ts'
import { renderConfig } from '../../../../src/operator/controllers/authority/render/config.ts'
import type { RenderContext } from '../../../../src/operator/controllers/authority/render/context.ts'
import { renderNetworkPolicy, renderService } from '../../../../src/operator/controllers/authority/render/network.ts'
import { renderStatefulSet } from '../../../../src/operator/controllers/authority/render/stateful-set.ts'
import { anAuthoritySpec } from '../../../builders/resources.ts'

const selector = {
  'app.kubernetes.io/name': 'signet',
  'app.kubernetes.io/component': 'authority',
  'signet.dev/authority': 'corp',
}

function aContext(spec: Partial<Authority['spec']> = {}, pod: Partial<RenderContext['pod']> = {}): RenderContext {
  return {
    authority: {
      apiVersion: 'signet.dev/v1',
      kind: 'Authority',
      metadata: { name: 'corp', uid: 'uid-corp' },
      spec: anAuthoritySpec(spec),
    },
    namespace: 'signet-system',
    pod: { image: 'signet:1', ...pod },
    materialSha256: 'ab12',
  }
}

type PodSpec = {
  containers: { resources: object; env: { name: string; value?: string }[]; [field: string]: unknown }[]
  [field: string]: unknown
}
type StatefulSetSpec = {
  template: { metadata: { labels: object; annotations: object }; spec: PodSpec }
  volumeClaimTemplates: unknown[]
  [field: string]: unknown
}
const specOf = (context: RenderContext): StatefulSetSpec => renderStatefulSet(context)['spec'] as StatefulSetSpec

describe('every object of an Authority', () => {
  const renderers = [
    renderServiceAccount,
    renderRoleBinding,
    renderClusterRoleBinding,
    renderNetworkPolicy,
    renderService,
    renderStatefulSet,
  ]
  it.each(renderers.map((render) => [render.name, render] as const))('%s: is labelled and owned', (_, render) => {
    const { metadata } = render(aContext())
    expect(metadata.labels).toEqual({ ...selector, 'app.kubernetes.io/managed-by': 'signet-operator' })
    expect(metadata.ownerReferences).toEqual([
      { apiVersion: 'signet.dev/v1', kind: 'Authority', name: 'corp', uid: 'uid-corp', controller: true },
    ])
  })

  it('is in the operator’s namespace, but for the ClusterRoleBinding', () => {
    expect(
      renderers.map((render) => render(aContext()).metadata).map(({ name, namespace }) => [namespace, name]),
    ).toEqual([
      ['signet-system', 'corp'],
      ['signet-system', 'corp'],
      [undefined, 'signet-authority-corp'],
      ['signet-system', 'corp'],
      ['signet-system', 'corp'],
      ['signet-system', 'corp'],
    ])
  })
})

describe('access', () => {
  it('is the chart’s fixed roles, for the ServiceAccount of the pods', () => {
    const subjects = [{ kind: 'ServiceAccount', name: 'corp', namespace: 'signet-system' }]
    const apiGroup = 'rbac.authorization.k8s.io'
    expect(renderRoleBinding(aContext())).toMatchObject({
      roleRef: { apiGroup, kind: 'Role', name: 'signet-authority-corp' },
      subjects,
    })
    expect(renderClusterRoleBinding(aContext())).toMatchObject({
      roleRef: { apiGroup, kind: 'ClusterRole', name: 'signet-authority' },
      subjects,
    })
    expect(renderServiceAccount(aContext())['automountServiceAccountToken']).toBe(false)
  })

  it('to the network is open for the certificate API and closed outside the cluster for metrics', () => {
    expect(renderNetworkPolicy(aContext())['spec']).toEqual({
      podSelector: { matchLabels: selector },
      policyTypes: ['Ingress'],
      ingress: [
        { ports: [{ port: 8443, protocol: 'TCP' }] },
        { ports: [{ port: 9090, protocol: 'TCP' }], from: [{ namespaceSelector: {} }] },
      ],
    })
    expect(renderService(aContext())['spec']).toMatchObject({
      selector,
      ports: [
        { name: 'https', port: 443, targetPort: 'https' },
        { name: 'metrics', port: 9090, targetPort: 'metrics' },
      ],
    })
  })
})

describe('lists of revoked certificates and OCSP', () => {
  const crl = { enabled: true, generateOnRevoke: true, cacheDuration: '24h' }
  const ocsp = { enabled: true, validity: '1h' }
  const portsOf = (context: RenderContext) => [
    (renderService(context)['spec'] as { ports: { port: number }[] }).ports.map(({ port }) => port),
    (renderNetworkPolicy(context)['spec'] as { ingress: { ports: { port: number }[]; from?: object }[] }).ingress
      .filter(({ from }) => from === undefined)
      .flatMap(({ ports }) => ports.map(({ port }) => port)),
    specOf(context).template.spec.containers.flatMap(({ ports }) =>
      (ports as { containerPort: number }[]).map(({ containerPort }) => containerPort),
    ),
  ]
  const insecure = (context: RenderContext) =>
    parseCaConfig(JSON.parse(renderConfig(context.authority, [], 'signet-system').text)).insecureAddress

  it.each([
    ['lists', { crl }],
    ['OCSP', { ocsp }],
    ['both', { crl, ocsp }],
  ])('open plain HTTP for everyone: %s', (_, spec) => {
    const context = aContext(spec)
    expect(portsOf(context)).toEqual([
      [443, 80, 9090],
      [8443, 8080],
      [8443, 8080, 9090],
    ])
    expect(insecure(context)).toBe(':8080')
  })

  it.each([
    ['nothing is said', {}],
    ['both are off', { crl: { ...crl, enabled: false }, ocsp: { ...ocsp, enabled: false } }],
  ])('open nothing where %s', (_, spec) => {
    const context = aContext(spec)
    expect(portsOf(context)).toEqual([[443, 9090], [8443], [8443, 9090]])
    expect(insecure(context)).toBeUndefined()
  })

  it('stand in the configuration, with the rules about names', () => {
    const urls = { ocsp: ['http://ca/ocsp'], crl: ['http://ca/crl', 'http://b/crl'] }
    const policy = { x509: { allow: { dns: ['*.example.com'] } } }
    const { authority } = aContext({ crl, ocsp, urls, policy })
    expect(parseCaConfig(JSON.parse(renderConfig(authority, [], 'signet-system').text))).toMatchObject({
      crl: { generateOnRevoke: true, cacheDuration: 24 * 3_600_000, idpURL: 'http://ca/crl' },
      signet: { ocsp: { validity: 3_600_000 }, urls: { ...urls, issuer: [] } },
      policy: { allow: { dns: [{ constraint: '.example.com' }] } },
    })
  })
})

describe('the configuration', () => {
  it('is one that the authority reads, and names the Authority that Certificates refer to', () => {
    const { text } = renderConfig(aContext().authority, [], 'signet-system')
    expect(parseCaConfig(JSON.parse(text)).signet.kubernetes).toMatchObject({
      namespace: 'signet-system',
      authority: 'corp',
    })
  })
})

describe('the pods', () => {
  it('fit Pod Security restricted, with a root file system that cannot be written', () => {
    const { spec } = specOf(aContext()).template
    expect(spec['securityContext']).toEqual({
      runAsNonRoot: true,
      runAsUser: 65532,
      runAsGroup: 65532,
      fsGroup: 65532,
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    })
    expect(spec.containers[0]?.['securityContext']).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
  })

  it('wait for no other: one that cannot start is replaced by what mends it', () => {
    expect(renderStatefulSet(aContext())['spec']).toMatchObject({ replicas: 1, podManagementPolicy: 'Parallel' })
  })

  it('find the intermediate, the database and their name', () => {
    const { template, volumeClaimTemplates } = specOf(aContext({ storage: { size: '5Gi', storageClassName: 'fast' } }))
    const [container] = template.spec.containers
    expect(container).toMatchObject({ image: 'signet:1', imagePullPolicy: 'IfNotPresent', args: ['authority'] })
    expect(container?.env.map(({ name, value }) => [name, value]).slice(0, 2)).toEqual([
      ['SIGNET_AUTHORITY_NAME', 'corp'],
      ['SIGNET_LOG_LEVEL', 'info'],
    ])
    expect(container?.['volumeMounts']).toEqual([
      { name: 'data', mountPath: '/var/lib/signet' },
      { name: 'intermediate', mountPath: '/etc/signet/intermediate', readOnly: true },
      { name: 'tmp', mountPath: '/tmp' },
    ])
    expect(template.spec['volumes']).toMatchObject([{ secret: { secretName: 'corp-intermediate' } }, { name: 'tmp' }])
    expect(volumeClaimTemplates).toMatchObject([
      { spec: { resources: { requests: { storage: '5Gi' } }, storageClassName: 'fast' } },
    ])
  })

  it('are one, keep their volume, and are made anew for another intermediate', () => {
    const spec = specOf(aContext())
    expect(spec).toMatchObject({
      replicas: 1,
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
    })
    expect(spec.template.metadata.annotations).toEqual({ 'signet.dev/material': 'ab12' })
  })

  it('take resources from the Authority before those of the chart', () => {
    const pod = { resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '512Mi' } } }
    const resources = { requests: { cpu: '1' }, limits: { cpu: '2' } }
    expect(specOf(aContext({ resources }, pod)).template.spec.containers[0]?.resources).toEqual({
      requests: { cpu: '1', memory: '128Mi' },
      limits: { cpu: '2', memory: '512Mi' },
    })
  })

  it('are scheduled as the chart says; what it leaves empty stays out', () => {
    const pod = {
      nodeSelector: { disk: 'ssd' },
      tolerations: [],
      affinity: {},
      imagePullSecrets: [{ name: 'registry' }],
    }
    const { spec } = specOf(aContext({}, pod)).template
    expect(spec).toMatchObject({ nodeSelector: { disk: 'ssd' }, imagePullSecrets: [{ name: 'registry' }] })
    expect(Object.keys(spec)).not.toContain('tolerations')
    expect(Object.keys(spec)).not.toContain('affinity')
  })
})
