import type { Authority, KubernetesObject, Named, Provisioner } from '../../../core/resources/index.ts'
import { loadTextTemplates } from '../../../core/templates/text-templates.ts'
import { secrets as secretKind, type OwnedKind, type Pod } from '../../kinds.ts'
import { authorityObjects, labels } from '../../names.ts'
import { byName } from '../../keys.ts'
import type { Informer, KubeApi, ReplicaProbe, ReplicaStatus } from '../../ports.ts'
import { settingsOfAll, type ProvisionerSettings } from '../../provisioner-settings.ts'
import type { Secret } from '../certificate/secret-facts.ts'

/** The Secrets of an Authority as they are now; undefined where there is none. */
export type AuthoritySecrets = {
  /** `<name>-root`, or the one that `spec.root.secret` names. */
  readonly root: Named<Secret> | undefined
  readonly intermediate: Named<Secret> | undefined
  readonly config: Named<Secret> | undefined
}

export type GatherDeps = {
  readonly kube: Pick<KubeApi, 'get'>
  readonly provisioners: Pick<Informer<Provisioner>, 'list'>
  readonly pods: Pick<Informer<Pod>, 'list'>
  readonly owned: Readonly<Record<OwnedKind, Pick<Informer<KubernetesObject>, 'get'>>>
  readonly probe: ReplicaProbe
  readonly namespace: string
}

/** Reads the Secrets of an Authority: they are few, and keys are not kept in memory. */
export async function gatherSecrets(authority: Authority, { kube, namespace }: GatherDeps): Promise<AuthoritySecrets> {
  const names = authorityObjects(authority.metadata.name)
  const brought = authority.spec.root.secret?.name
  const read = (name: string): Promise<Named<Secret> | undefined> => kube.get(secretKind, { namespace, name })
  const [root, intermediate, config] = await Promise.all([
    read(brought ?? names.root),
    read(names.intermediate),
    read(names.config),
  ])
  return { root, intermediate, config }
}

/** The Provisioners of an Authority, in the order of their names, as they stand in its configuration or do not. */
export async function gatherProvisioners(
  authority: Authority,
  deps: Pick<GatherDeps, 'provisioners' | 'namespace'>,
): Promise<ProvisionerSettings[]> {
  const own = deps.provisioners
    .list()
    .filter(
      ({ spec, metadata }) =>
        spec.authorityRef.name === authority.metadata.name && metadata.deletionTimestamp === undefined,
    )
  if (own.some(({ spec }) => spec.x509?.template !== undefined)) await loadTextTemplates()
  return settingsOfAll(own, authority, deps.namespace)
}

/** One pod of an Authority. */
export type Replica = {
  readonly name: string
  /** The kubelet says that it serves. */
  readonly ready: boolean
  /** The configuration that it has loaded; undefined if it did not say. */
  readonly configGeneration: string | undefined
  /** What it was offered last and did not load; undefined if it loaded that, or did not say. */
  readonly refused?: ReplicaStatus['refused']
}

/** The pods of an Authority, each asked which configuration it has loaded. */
export async function gatherReplicas(authority: Authority, { pods, probe }: GatherDeps): Promise<Replica[]> {
  const own = pods
    .list()
    .filter(
      ({ metadata }) =>
        metadata.labels?.[labels.authority] === authority.metadata.name && metadata.deletionTimestamp === undefined,
    )
    .toSorted(byName)
  return Promise.all(
    own.map(async ({ metadata, status }) => {
      const answer = status?.podIP === undefined ? undefined : await probe(status.podIP)
      const ready = status?.conditions?.some(({ type, status: state }) => type === 'Ready' && state === 'True') ?? false
      const refused = answer?.refused
      return {
        name: metadata.name,
        ready,
        configGeneration: answer?.generation,
        ...(refused !== undefined && { refused }),
      }
    }),
  )
}
