import type { Kubectl, KubeObject } from '../harness/kubectl.ts'

type Variable = { name: string; value?: string; [more: string]: unknown }
type Volume = { projected?: { sources: { serviceAccountToken?: { audience: string } }[] }; [more: string]: unknown }
type Template = {
  spec: { containers: ({ name: string; env: Variable[] } & Record<string, unknown>)[]; volumes?: Volume[] }
}

/** How the extra replica differs from those of the chart. */
export type ReplicaChanges = {
  readonly serviceAccount: string
  readonly environment?: Readonly<Record<string, string>>
  /** Audience of its projected token. */
  readonly audience?: string
}

/**
 * One more replica of a Deployment of the chart, as a pod in another namespace, without probes: whatever it lacks, nobody
 * relies on it and nobody restarts it. Its first container has the name of the component.
 */
export async function extraReplica(
  kubectl: Kubectl,
  component: 'operator' | 'webhook',
  place: { readonly namespace: string; readonly name: string },
  { serviceAccount, environment = {}, audience }: ReplicaChanges,
): Promise<KubeObject> {
  type Deployment = { spec: { template: Template } }
  const { spec } = (await kubectl.get<Deployment>('deployment', `signet-${component}`, '-n', 'signet-system')).spec
    .template
  const containers = spec.containers.map((container) => ({
    ...container,
    env: container.env.map((variable) => {
      const value = environment[variable.name]
      return value === undefined ? variable : { name: variable.name, value }
    }),
    startupProbe: null,
    livenessProbe: null,
    readinessProbe: null,
  }))
  const volumes = (spec.volumes ?? []).map((volume) =>
    audience === undefined ? volume : withAudience(volume, audience),
  )
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...place },
    spec: { ...spec, serviceAccountName: serviceAccount, terminationGracePeriodSeconds: 5, containers, volumes },
  }
}

function withAudience(volume: Volume, audience: string): Volume {
  if (volume.projected === undefined) return volume
  const sources = volume.projected.sources.map(({ serviceAccountToken, ...rest }) => ({
    ...rest,
    ...(serviceAccountToken && { serviceAccountToken: { ...serviceAccountToken, audience } }),
  }))
  return { ...volume, projected: { ...volume.projected, sources } }
}
