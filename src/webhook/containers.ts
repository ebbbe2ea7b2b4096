import type { Identity } from './identity.ts'
import { resourcesFor, type ContainerResources } from './resources.ts'
import { workloadRequestVariable, type WorkloadRequest } from '../core/workload-request.ts'
import type { Pod } from './pod.ts'

/** The two containers and two volumes that a pod gets (`design.md`, "Injected containers"). */

export const names = {
  bootstrap: 'signet-bootstrap',
  renew: 'signet-renew',
  certificates: 'signet-certs',
  token: 'signet-token',
} as const

/** What is the same for every pod: from the chart's values and the webhook's own image. */
export type InjectionSettings = {
  readonly image: string
  readonly imagePullPolicy?: string
  readonly bootstrap: { readonly command: readonly string[]; readonly resources: ContainerResources }
  readonly renew: { readonly command: readonly string[]; readonly resources: ContainerResources }
}

/** Everything that the containers of one pod are made from. */
export type Injection = {
  readonly settings: InjectionSettings
  readonly directory: string
  readonly identity: Identity
  readonly bootstrapperOnly: boolean
  readonly request: WorkloadRequest
  readonly authority: {
    readonly url: string
    /** IP address to connect to, for a pod that does not ask the cluster's DNS. */
    readonly address?: string
    readonly rootsPem: string
    readonly audience: string
  }
}

/**
 * Where Kubernetes would mount the API token of a container that mounts nothing there: our token takes the place, so no
 * injected container ever holds a token for the API.
 */
const tokenDirectory = '/var/run/secrets/kubernetes.io/serviceaccount'

/** The least that a projected token can live; the kubelet replaces it after 80 %. */
const tokenSeconds = 600

/** Two generations of five files need 60 KiB with RSA-4096 keys. */
const volumeSize = '1Mi'

/** The injected init containers in their order. */
export function injectedContainers(pod: Pod, injection: Injection): object[] {
  const { bootstrap, renew } = injection.settings
  const first = { name: names.bootstrap, ...body(pod, injection, bootstrap) }
  if (injection.bootstrapperOnly) return [first]
  return [first, { name: names.renew, restartPolicy: 'Always', ...body(pod, injection, renew) }]
}

/** The injected volumes. */
export function injectedVolumes({ authority }: Injection): object[] {
  const serviceAccountToken = { audience: authority.audience, expirationSeconds: tokenSeconds, path: 'token' }
  return [
    { name: names.certificates, emptyDir: { medium: 'Memory', sizeLimit: volumeSize } },
    { name: names.token, projected: { sources: [{ serviceAccountToken }] } },
  ]
}

/** How the app's containers see the files. */
export function appMount(directory: string): object {
  return { name: names.certificates, mountPath: directory, readOnly: true }
}

function body(pod: Pod, injection: Injection, process: InjectionSettings['bootstrap']): object {
  const { settings, directory } = injection
  const resources = resourcesFor(pod, process.resources)
  return {
    image: settings.image,
    ...(settings.imagePullPolicy !== undefined && { imagePullPolicy: settings.imagePullPolicy }),
    command: process.command,
    env: environment(injection),
    ...(resources && { resources }),
    securityContext: securityContext(injection.identity),
    // `kubectl describe pod` then shows why a certificate was refused.
    terminationMessagePolicy: 'FallbackToLogsOnError',
    volumeMounts: [
      { name: names.certificates, mountPath: directory },
      { name: names.token, mountPath: tokenDirectory, readOnly: true },
    ],
  }
}

function environment({ request, authority, directory, identity }: Injection): object[] {
  return [
    { name: workloadRequestVariable, value: JSON.stringify(request) },
    { name: 'SIGNET_AUTHORITY_URL', value: authority.url },
    ...(authority.address === undefined ? [] : [{ name: 'SIGNET_AUTHORITY_ADDRESS', value: authority.address }]),
    { name: 'SIGNET_ROOTS', value: authority.rootsPem },
    { name: 'SIGNET_TOKEN_FILE', value: `${tokenDirectory}/token` },
    { name: 'SIGNET_DIRECTORY', value: directory },
    { name: 'SIGNET_MODE', value: `0${identity.mode.toString(8)}` },
    fromField('POD_UID', 'metadata.uid'),
    fromField('POD_IPS', 'status.podIPs'),
  ]
}

function fromField(name: string, fieldPath: string): object {
  return { name, valueFrom: { fieldRef: { fieldPath } } }
}

/** Pod Security "restricted" in full; runAsNonRoot is left out where the app itself runs as root. */
function securityContext({ uid, gid }: Identity): object {
  return {
    runAsUser: uid,
    ...(gid !== undefined && { runAsGroup: gid }),
    ...(uid !== 0 && { runAsNonRoot: true }),
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
    seccompProfile: { type: 'RuntimeDefault' },
  }
}
