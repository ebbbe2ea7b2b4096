import { isSignetError } from '../../../core/errors.ts'
import type { KubernetesObject, Named, ObjectKey } from '../../../core/resources/index.ts'
import { ownedKinds, type OwnedKind } from '../../kinds.ts'
import { isApplied, withAppliedHash, type Manifest } from '../../manifest.ts'
import { labels } from '../../names.ts'
import type { Informer, KubeApi } from '../../ports.ts'
import { renderClusterRoleBinding, renderRoleBinding, renderServiceAccount } from './render/access.ts'
import type { RenderContext } from './render/context.ts'
import { renderNetworkPolicy, renderService } from './render/network.ts'
import { renderStatefulSet } from './render/stateful-set.ts'

/** The objects of an Authority in the order in which they are made: what the pods need comes before them. */
const renderers: readonly { readonly kind: OwnedKind; readonly render: (context: RenderContext) => Manifest }[] = [
  { kind: 'ServiceAccount', render: renderServiceAccount },
  { kind: 'RoleBinding', render: renderRoleBinding },
  { kind: 'ClusterRoleBinding', render: renderClusterRoleBinding },
  { kind: 'NetworkPolicy', render: renderNetworkPolicy },
  { kind: 'Service', render: renderService },
  { kind: 'StatefulSet', render: renderStatefulSet },
]

export type OwnedObjectDeps = {
  readonly kube: Pick<KubeApi, 'get' | 'apply'>
  /** What is there of each kind with the label of an Authority. */
  readonly owned: Readonly<Record<OwnedKind, Pick<Informer<KubernetesObject>, 'get'>>>
}

/** An object that could not be made as it should be. */
export type Obstacle = { readonly reason: 'NameTaken' | 'ApplyFailed'; readonly message: string }

/** Applies what differs from what is there; nothing is written where all is well. Resolves to what stands in the way. */
export async function applyOwnedObjects(context: RenderContext, deps: OwnedObjectDeps): Promise<Obstacle[]> {
  const obstacles: Obstacle[] = []
  for (const { kind, render } of renderers) {
    const obstacle = await applyOne(kind, withAppliedHash(render(context)), context.authority.metadata.name, deps)
    if (obstacle !== undefined) obstacles.push(obstacle)
  }
  return obstacles
}

async function applyOne(
  kind: OwnedKind,
  wanted: Manifest,
  authority: string,
  deps: OwnedObjectDeps,
): Promise<Obstacle | undefined> {
  const current = deps.owned[kind].get(keyOf(wanted)) ?? (await findUnlabelled(kind, wanted, deps))
  if (current !== undefined && current.metadata.labels?.[labels.authority] !== authority) {
    const message = `${kind} "${wanted.metadata.name}" exists and does not belong to this Authority: remove it or give the Authority another name`
    return { reason: 'NameTaken', message }
  }
  if (isApplied(wanted, current)) return undefined
  try {
    await deps.kube.apply(ownedKinds[kind], wanted)
    return undefined
  } catch (error) {
    // What the API server will never take as it is, such as a change of what is immutable, is for people to see.
    if (!isSignetError(error, 'malformed') && !isSignetError(error, 'forbidden')) throw error
    return { reason: 'ApplyFailed', message: `${kind} "${wanted.metadata.name}": ${error.message}` }
  }
}

/** The watch sees labelled objects only: one that it does not know may still be there, and somebody else's. */
function findUnlabelled(
  kind: OwnedKind,
  wanted: Manifest,
  { kube }: OwnedObjectDeps,
): Promise<Named<KubernetesObject> | undefined> {
  return kube.get<KubernetesObject>(ownedKinds[kind], keyOf(wanted))
}

function keyOf({ metadata: { name, namespace } }: Manifest): ObjectKey {
  return { name, ...(namespace !== undefined && { namespace }) }
}
