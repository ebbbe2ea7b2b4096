import {
  authorities,
  provisioners,
  type Authority,
  type Condition,
  type KubernetesObject,
} from '../../../../src/core/resources/index.ts'
import { createAuthorityReconciler } from '../../../../src/operator/controllers/authority/reconcile.ts'
import { ownedKinds, pods, secrets, type OwnedKind } from '../../../../src/operator/kinds.ts'
import { labels } from '../../../../src/operator/names.ts'
import type { Informer, OperatorEvent, ReplicaStatus } from '../../../../src/operator/ports.ts'
import { createReporter } from '../../../../src/operator/reporter.ts'
import { anAuthoritySpec, aProvisioner } from '../../../builders/resources.ts'
import { countingRandom } from '../../../fakes/counting-random.ts'
import { countedMetrics } from '../../../fakes/counted-metrics.ts'
import { manualClock } from '../../../fakes/manual-clock.ts'
import { createObjectWorld } from '../../../fakes/object-world.ts'

export const noon = Date.UTC(2026, 0, 1, 12)
const namespace = 'signet-system'

/** The controller of Authorities over an API server in memory; `replicas` is what pods answer, by IP. */
export function anAuthorityController() {
  const world = createObjectWorld()
  const clock = manualClock(noon)
  const events: OperatorEvent[] = []
  const metrics = countedMetrics()
  const replicas = new Map<string, ReplicaStatus>()
  const ofAuthority = ({ metadata }: KubernetesObject): boolean => metadata?.labels?.[labels.authority] !== undefined
  const owned = Object.fromEntries(
    Object.entries(ownedKinds).map(([kind, row]) => [kind, world.inform(row, { select: ofAuthority })]),
  ) as Record<OwnedKind, Informer<KubernetesObject>>
  world.put(provisioners, aProvisioner())
  const reconcile = createAuthorityReconciler({
    kube: world.kube,
    authorities: world.inform<Authority>(authorities),
    provisioners: world.inform(provisioners),
    pods: world.inform(pods, { select: ofAuthority }),
    owned,
    probe: (podIP) => Promise.resolve(replicas.get(podIP)),
    reporter: createReporter(world.kube, { record: (event) => void events.push(event) }),
    permitted: new Set(['signet']),
    pod: { image: 'signet:1' },
    random: countingRandom(),
    metrics,
    clock,
    namespace,
  })
  const authority = (): Authority | undefined => world.find(authorities, { name: 'signet' })
  return {
    world,
    clock,
    events,
    /** What the gauge of readiness shows. */
    shown: metrics.told,
    replicas,
    authority,
    put: (spec: Partial<Authority['spec']> = {}, name = 'signet') =>
      world.put<Authority>(authorities, {
        apiVersion: 'signet.dev/v1',
        kind: 'Authority',
        metadata: { name },
        spec: anAuthoritySpec(spec),
      }),
    reconcile: (name = 'signet') => reconcile({ name }),
    secret: (name: string) => world.find(secrets, { namespace, name }),
    /** A pod of the StatefulSet that is ready and has loaded this configuration, and not the one that was offered last. */
    serve(generation: string | undefined, refused?: ReplicaStatus['refused']) {
      world.put(pods, {
        metadata: { name: 'signet-0', namespace, labels: { [labels.authority]: 'signet' } },
        status: { podIP: '10.0.0.1', conditions: [{ type: 'Ready', status: 'True' }] },
      })
      replicas.clear()
      if (generation !== undefined) replicas.set('10.0.0.1', { generation, ...(refused !== undefined && { refused }) })
    },
    condition: (type: string): Condition | undefined =>
      authority()?.status?.conditions?.find((condition) => condition.type === type),
  }
}
