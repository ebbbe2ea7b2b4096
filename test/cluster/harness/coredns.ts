import { mkdir, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { packImage } from './oci-image.ts'
import { requireGo } from './packages.ts'
import { step } from './progress.ts'
import { run } from './run.ts'
import { cacheDirectory, clusterMark, contentKey, network } from './settings.ts'

const source = join(import.meta.dirname, 'coredns')
const name = 'coredns'
const labels = { 'k8s-app': 'kube-dns' }

const corefile = `.:53 {
    errors
    health
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods verified
        ttl 5
    }
    template ANY ANY . {
        rcode NXDOMAIN
    }
    cache 5
    reload
}
`

/** Builds CoreDNS and packs its image where the cache has none; returns the image's name and archive. */
export async function ensureCoreDnsImage(): Promise<{ image: string; archive: string }> {
  const inputs = await Promise.all(['main.go', 'go.mod', 'go.sum'].map((file) => readFile(join(source, file))))
  const key = contentKey(...inputs)
  const image = `localhost/coredns:${key}`
  const archive = join(cacheDirectory, `coredns-${key}.tar`)
  const isThere = await stat(archive).then(
    () => true,
    () => false,
  )
  if (!isThere) await step('build CoreDNS', () => build(image, archive))
  return { image, archive }
}

async function build(image: string, archive: string): Promise<void> {
  await requireGo()
  await mkdir(dirname(archive), { recursive: true })
  const work = await mkdtemp(`${archive}.`)
  try {
    const root = join(work, 'root')
    await run('go', ['build', '-trimpath', '-ldflags', '-s -w', '-o', join(root, name), '.'], {
      cwd: source,
      env: { ...clusterMark, CGO_ENABLED: '0' },
      timeoutMs: 1_800_000,
    })
    await packImage({ name: image, entrypoint: [`/${name}`] }, root, join(work, 'image.tar'))
    await rename(join(work, 'image.tar'), archive)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** The objects of the cluster's DNS, with its fixed address that the kubelet writes into every pod's resolv.conf. */
export function coreDnsObjects(image: string): unknown[] {
  const metadata = { name, namespace: 'kube-system' }
  const account = { kind: 'ServiceAccount', ...metadata }
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'system:coredns' },
      rules: [
        { apiGroups: [''], resources: ['services', 'pods', 'namespaces'], verbs: ['list', 'watch'] },
        { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
      ],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'system:coredns' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:coredns' },
      subjects: [account],
    },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { Corefile: corefile } },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { ...metadata, labels },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: podSpec(image) },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'kube-dns', namespace: 'kube-system', labels },
      spec: {
        clusterIP: network.dnsService,
        selector: labels,
        ports: [
          { name: 'dns', port: 53, protocol: 'UDP' },
          { name: 'dns-tcp', port: 53, protocol: 'TCP' },
        ],
      },
    },
  ]
}

function podSpec(image: string): unknown {
  return {
    serviceAccountName: name,
    priorityClassName: 'system-cluster-critical',
    dnsPolicy: 'Default',
    containers: [
      {
        name,
        image,
        imagePullPolicy: 'Never',
        args: ['-conf', '/etc/coredns/Corefile'],
        ports: [
          { name: 'dns', containerPort: 53, protocol: 'UDP' },
          { name: 'dns-tcp', containerPort: 53, protocol: 'TCP' },
        ],
        readinessProbe: { httpGet: { path: '/ready', port: 8181 }, periodSeconds: 1 },
        livenessProbe: { httpGet: { path: '/health', port: 8080 }, initialDelaySeconds: 30 },
        resources: { requests: { cpu: '50m', memory: '30Mi' }, limits: { memory: '170Mi' } },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { add: ['NET_BIND_SERVICE'], drop: ['ALL'] },
        },
        volumeMounts: [{ name: 'config', mountPath: '/etc/coredns', readOnly: true }],
      },
    ],
    volumes: [{ name: 'config', configMap: { name } }],
  }
}
