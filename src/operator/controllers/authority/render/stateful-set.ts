import type { Manifest } from '../../../manifest.ts'
import { annotations, authorityObjects, authorityPorts } from '../../../names.ts'
import { labelsOf, ownedMetadata, selectorOf, servesPlainly, type AuthorityPod, type RenderContext } from './context.ts'

/** The user of the image: no name, no home, no right to anything outside the volumes. */
const userId = 65532

/** Where the pod finds the chain, key and roots of its intermediate, and its database. */
export const authorityPaths = { intermediate: '/etc/signet/intermediate', data: '/var/lib/signet' } as const

/** Measured under load: 120 MiB resident after 20,000 certificates; the limit leaves room for a backup. */
const defaultResources = { requests: { cpu: '50m', memory: '96Mi' }, limits: { memory: '256Mi' } }

/**
 * One replica, because the database is SQLite on one volume. The pod is made anew when its image, its intermediate or its
 * roots change; configuration it reloads by itself.
 */
export function renderStatefulSet(context: RenderContext): Manifest {
  const { authority } = context
  const name = authority.metadata.name
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: ownedMetadata(context),
    spec: {
      replicas: 1,
      serviceName: name,
      // In order, a pod that cannot start keeps the change that would mend it from being rolled out. One replica has no order.
      podManagementPolicy: 'Parallel',
      selector: { matchLabels: selectorOf(name) },
      // The volume holds what was issued, for ever: it stays when the Authority is deleted.
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      template: {
        metadata: { labels: labelsOf(name), annotations: { [annotations.material]: context.materialSha256 } },
        spec: podSpec(context),
      },
      volumeClaimTemplates: [volumeClaim(context)],
    },
  }
}

function podSpec(context: RenderContext) {
  const { authority, pod } = context
  const name = authority.metadata.name
  return {
    ...scheduling(pod),
    serviceAccountName: name,
    automountServiceAccountToken: true,
    enableServiceLinks: false,
    // Longer than a request may take (10 s), so that each one that was accepted is answered.
    terminationGracePeriodSeconds: 30,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: userId,
      runAsGroup: userId,
      fsGroup: userId,
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [container(context)],
    volumes: [
      { name: 'intermediate', secret: { secretName: authorityObjects(name).intermediate, defaultMode: 0o440 } },
      { name: 'tmp', emptyDir: { sizeLimit: '64Mi' } },
    ],
  }
}

/** The chart's wishes for where the pod runs; what is empty stays out, as the API server leaves it out. */
function scheduling({ imagePullSecrets, nodeSelector, tolerations, affinity, priorityClassName }: AuthorityPod) {
  const wishes = { imagePullSecrets, nodeSelector, tolerations, affinity, priorityClassName }
  return Object.fromEntries(Object.entries(wishes).filter(([, value]) => Object.keys(value ?? {}).length > 0))
}

function container({ authority, pod }: RenderContext) {
  return {
    name: 'authority',
    image: pod.image,
    imagePullPolicy: pod.imagePullPolicy ?? 'IfNotPresent',
    args: ['authority'],
    env: [
      { name: 'SIGNET_AUTHORITY_NAME', value: authority.metadata.name },
      { name: 'SIGNET_LOG_LEVEL', value: pod.logLevel ?? 'info' },
      // It is opened at the start of the process only.
      ...(authority.spec.admin === undefined ? [] : [{ name: 'SIGNET_ADMIN_API', value: 'on' }]),
      { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      { name: 'POD_NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
    ],
    ports: [
      { name: 'https', containerPort: authorityPorts.https, protocol: 'TCP' },
      // It is opened at the start of the process only, so the pod has to be made anew for it.
      ...(servesPlainly(authority) ? [{ name: 'http', containerPort: authorityPorts.http, protocol: 'TCP' }] : []),
      { name: 'metrics', containerPort: authorityPorts.metrics, protocol: 'TCP' },
    ],
    startupProbe: { httpGet: { path: '/livez', port: 'metrics' }, periodSeconds: 1, failureThreshold: 60 },
    livenessProbe: { httpGet: { path: '/livez', port: 'metrics' }, periodSeconds: 10, timeoutSeconds: 5 },
    readinessProbe: { httpGet: { path: '/readyz', port: 'metrics' }, periodSeconds: 2, timeoutSeconds: 2 },
    resources: {
      requests: { ...(pod.resources ?? defaultResources).requests, ...authority.spec.resources?.requests },
      limits: { ...(pod.resources ?? defaultResources).limits, ...authority.spec.resources?.limits },
    },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: [
      { name: 'data', mountPath: authorityPaths.data },
      { name: 'intermediate', mountPath: authorityPaths.intermediate, readOnly: true },
      { name: 'tmp', mountPath: '/tmp' },
    ],
  }
}

function volumeClaim({ authority }: RenderContext) {
  const { size, storageClassName } = authority.spec.storage
  return {
    metadata: { name: 'data' },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: size } },
      ...(storageClassName !== undefined && { storageClassName }),
    },
  }
}
