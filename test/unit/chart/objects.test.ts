import { beforeAll, describe, expect, it } from 'vitest'
import { find, podSpecs, render, type Rendered } from './render.ts'

let objects: Rendered[] = []
beforeAll(async () => {
  objects = await render()
})

function environmentOf(name: string, from: readonly Rendered[] = objects): Record<string, string | undefined> {
  const [container] = find(from, 'Deployment', name).spec?.template?.spec.containers ?? []
  return Object.fromEntries((container?.env ?? []).map((entry) => [entry.name, entry.value]))
}

const parsed = (text: string | undefined): unknown => JSON.parse(text ?? '')

describe('pods', () => {
  it('meet Pod Security "restricted", write nowhere and have requests and a memory limit', () => {
    const pods = podSpecs(objects)
    expect(pods.map(([name]) => name).toSorted()).toEqual([
      'Deployment signet-operator',
      'Deployment signet-webhook',
      'Job signet-crds',
      'Pod signet-test',
    ])
    for (const [, { securityContext, containers, volumes = [] }] of pods) {
      expect(securityContext).toMatchObject({
        runAsNonRoot: true,
        runAsUser: 65532,
        seccompProfile: { type: 'RuntimeDefault' },
      })
      expect(
        volumes.flatMap((volume) => Object.keys(volume)).filter((key) => key !== 'name' && key !== 'projected'),
      ).toEqual([])
      for (const container of containers) {
        expect(container.securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        })
        expect(Object.keys(container.resources.requests)).toEqual(['cpu', 'memory'])
        expect(Object.keys(container.resources.limits)).toContain('memory')
      }
    }
  })

  it('run one image, by digest if one is given', async () => {
    const images = async (...values: string[]) =>
      new Set(podSpecs(await render(...values)).flatMap(([, { containers }]) => containers.map(({ image }) => image)))
    const digest = `sha256:${'0'.repeat(64)}`
    expect([...(await images('image.repository=example.org/signet', 'image.tag=v1'))]).toEqual([
      'example.org/signet:v1',
    ])
    expect([...(await images(`image.digest=${digest}`))]).toEqual([`signet@${digest}`])
  })
})

describe('operator', () => {
  it('is told the default objects, which no template makes', () => {
    expect(parsed(environmentOf('signet-operator')['SIGNET_DEFAULTS'])).toEqual({
      authority: {
        name: 'signet',
        spec: {
          root: { generate: {} },
          trustDomain: 'cluster.local',
          clusterDomain: 'cluster.local',
          storage: { size: '1Gi' },
        },
      },
      provisioner: {
        name: 'kubernetes',
        spec: {
          authorityRef: { name: 'signet' },
          type: 'K8sSA',
          k8sSA: {
            delegates: [{ namespace: 'signet-system', serviceAccount: 'signet-operator' }],
            requireSourceAddress: false,
            usesPerPodPerMinute: 10,
          },
          claims: { defaultTLSCertDuration: '24h', maxTLSCertDuration: '2160h' },
        },
      },
    })
    expect(objects.filter(({ apiVersion }) => apiVersion.startsWith('signet.dev/'))).toEqual([])
  })

  it('is told nothing about default objects that are turned off', async () => {
    const without = await render('defaultAuthority.enabled=false', 'defaultProvisioner.enabled=false')
    expect(parsed(environmentOf('signet-operator', without)['SIGNET_DEFAULTS'])).toEqual({})
  })

  it('takes a root that is not generated', async () => {
    const brought = await render(
      'defaultAuthority.root.secret.name=corporate',
      'defaultAuthority.storage.storageClassName=fast',
    )
    expect(parsed(environmentOf('signet-operator', brought)['SIGNET_DEFAULTS'])).toMatchObject({
      authority: { spec: { root: { secret: { name: 'corporate' } }, storage: { storageClassName: 'fast' } } },
    })
  })
})

describe('the default Authority', () => {
  it('has lists, OCSP, URLs and rules about names as the values say', async () => {
    const objects = await render(
      'defaultAuthority.crl.enabled=true',
      'defaultAuthority.crl.cacheDuration=12h',
      'defaultAuthority.ocsp.enabled=true',
      'defaultAuthority.urls.ocsp={http://signet.signet-system.svc/ocsp}',
      'defaultAuthority.policy.x509.deny.dns={*.example.com}',
    )
    expect(parsed(environmentOf('signet-operator', objects)['SIGNET_DEFAULTS'])).toMatchObject({
      authority: {
        spec: {
          crl: { enabled: true, cacheDuration: '12h' },
          ocsp: { enabled: true },
          urls: { ocsp: ['http://signet.signet-system.svc/ocsp'] },
          policy: { x509: { deny: { dns: ['*.example.com'] } } },
        },
      },
    })
  })
})

describe('webhook', () => {
  it('may have the name of its Service, whatever trust domain the values say', () => {
    expect(parsed(environmentOf('signet-webhook')['SIGNET_REQUEST'])).toEqual({
      commonName: 'signet-webhook.signet-system.svc',
      dnsNames: ['signet-webhook.signet-system.svc'],
      ipAddresses: [],
      uris: [],
      emailAddresses: [],
      podIPs: false,
      keyAlgorithm: 'EC-P256',
    })
  })

  it('is told how to write the injected containers', () => {
    const requests = { cpu: '5m', memory: '8Mi' }
    expect(parsed(environmentOf('signet-webhook')['SIGNET_INJECTION'])).toEqual({
      image: 'signet:0.1.0',
      imagePullPolicy: 'IfNotPresent',
      bootstrap: { requests, limits: { cpu: '1000m', memory: '96Mi' } },
      renew: { requests, limits: { cpu: '200m', memory: '96Mi' } },
    })
  })

  it('has a token for the default Provisioner only', () => {
    expect(find(objects, 'Deployment', 'signet-webhook').spec?.template?.spec.volumes).toEqual([
      {
        name: 'token',
        projected: {
          sources: [
            {
              serviceAccountToken: {
                path: 'token',
                audience: 'https://signet.signet-system.svc/1.0/sign#k8ssa/kubernetes',
                expirationSeconds: 600,
              },
            },
          ],
        },
      },
    ])
  })

  it('is called for pods of labelled namespaces, never in kube-system, in ours and in excluded ones', async () => {
    const { webhooks = [] } = find(
      await render('webhook.excludedNamespaces={ci}'),
      'MutatingWebhookConfiguration',
      'signet',
    )
    expect(webhooks.map(({ name, namespaceSelector }) => [name, namespaceSelector])).toEqual(
      [
        ['autocert.signet.dev', { 'autocert.step.sm': 'enabled' }],
        ['inject.signet.dev', { 'signet.dev/inject': 'enabled' }],
      ].map(([name, matchLabels]) => [
        name,
        {
          matchLabels,
          matchExpressions: [
            { key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['kube-system', 'signet-system', 'ci'] },
          ],
        },
      ]),
    )
    for (const webhook of webhooks) {
      expect(webhook).toMatchObject({
        failurePolicy: 'Fail',
        reinvocationPolicy: 'IfNeeded',
        sideEffects: 'None',
        timeoutSeconds: 10,
      })
      expect(webhook).not.toHaveProperty('clientConfig.caBundle')
    }
  })
})

describe('objects behind values', () => {
  const names = (from: readonly Rendered[], kind: string) =>
    from.filter((object) => object.kind === kind).map(({ metadata }) => metadata.name)

  it('has budgets only where there are two replicas', async () => {
    expect(names(objects, 'PodDisruptionBudget')).toEqual(['signet-operator', 'signet-webhook'])
    expect(names(await render('operator.replicas=1'), 'PodDisruptionBudget')).toEqual(['signet-webhook'])
    expect(names(await render('podDisruptionBudget.enabled=false'), 'PodDisruptionBudget')).toEqual([])
  })

  it('has Services for metrics and a ServiceMonitor only if asked for', async () => {
    expect(names(objects, 'Service')).toEqual(['signet-webhook'])
    const monitored = await render(
      'metrics.serviceMonitor.enabled=true',
      'metrics.serviceMonitor.labels.release=prometheus',
    )
    expect(names(monitored, 'Service')).toEqual(['signet-operator-metrics', 'signet-webhook-metrics', 'signet-webhook'])
    expect(find(monitored, 'ServiceMonitor', 'signet').metadata.labels['release']).toBe('prometheus')
  })

  it('has NetworkPolicies and the upgrade of CRDs unless turned off', async () => {
    expect(names(objects, 'NetworkPolicy')).toEqual(['signet-operator', 'signet-webhook'])
    expect(names(objects, 'Job')).toEqual(['signet-crds'])
    const without = await render('networkPolicy.enabled=false', 'crds.upgrade=false')
    expect(names(without, 'NetworkPolicy')).toEqual([])
    expect(names(without, 'Job')).toEqual([])
  })

  it('puts pod labels, annotations and scheduling where they belong', async () => {
    const placed = await render(
      'webhook.podLabels.team=pki',
      'webhook.podAnnotations.note=x',
      'webhook.priorityClassName=high',
      'operator.tolerations[0].operator=Exists',
    )
    expect(find(placed, 'Deployment', 'signet-webhook').spec?.template).toMatchObject({
      metadata: { labels: { team: 'pki' }, annotations: { note: 'x' } },
      spec: { priorityClassName: 'high' },
    })
    expect(find(placed, 'Deployment', 'signet-operator').spec?.template).toMatchObject({
      spec: { tolerations: [{ operator: 'Exists' }] },
    })
  })
})
