import {
  authorities,
  certificates,
  provisioners,
  type Certificate,
  type CertificateSpec,
  type KubernetesObject,
} from '../../../../src/core/resources/index.ts'
import { createSecretMemory } from '../../../../src/operator/controllers/certificate/gather.ts'
import { certificateIndexes } from '../../../../src/operator/controllers/certificate/indexes.ts'
import { createCertificateMetrics } from '../../../../src/operator/controllers/certificate/metrics.ts'
import { createCertificateReconciler } from '../../../../src/operator/controllers/certificate/reconcile.ts'
import { createDelegateTokens } from '../../../../src/operator/delegate-tokens.ts'
import { namespaces, secrets } from '../../../../src/operator/kinds.ts'
import { labels } from '../../../../src/operator/names.ts'
import type { OperatorEvent } from '../../../../src/operator/ports.ts'
import { createReporter } from '../../../../src/operator/reporter.ts'
import { aCertificate, anAuthorityObject, aProvisioner } from '../../../builders/resources.ts'
import { createFakeAuthority } from '../../../fakes/certificate-authority.ts'
import { countedMetrics } from '../../../fakes/counted-metrics.ts'
import { manualClock } from '../../../fakes/manual-clock.ts'
import { createObjectWorld } from '../../../fakes/object-world.ts'
import { recordedLog } from '../../../fakes/recorded-log.ts'

export const noon = Date.UTC(2026, 0, 1, 12)
const key = { namespace: 'shop', name: 'web' }
export const secretKey = { namespace: 'shop', name: 'web-tls' }

/** The controller of Certificates over an API server and an authority in memory. */
export function aCertificateController() {
  const world = createObjectWorld()
  const ca = createFakeAuthority(noon)
  const clock = manualClock(noon)
  const log = recordedLog()
  const events: OperatorEvent[] = []
  const metrics = countedMetrics()
  const operator = { settled: true }
  world.put(authorities, anAuthorityObject(ca))
  world.put(provisioners, aProvisioner())
  const informer = world.inform<Certificate>(certificates, { indexes: certificateIndexes })
  const watchedSecrets = world.inform<KubernetesObject>(secrets, {
    select: ({ metadata }) => metadata.labels?.[labels.certificateUid] !== undefined,
    metadataOnly: true,
  })
  const pod = { name: 'signet-operator-0', uid: 'uid-pod' }
  const own = { namespace: 'signet-system', serviceAccount: 'signet-operator' }
  const controller = createCertificateReconciler({
    kube: world.kube,
    certificates: informer,
    namespaces: world.inform(namespaces),
    secrets: createSecretMemory(world.kube, watchedSecrets),
    active: { authorities: world.inform(authorities), provisioners: world.inform(provisioners), delegate: own },
    reporter: createReporter(world.kube, { record: (event) => void events.push(event) }),
    tokens: createDelegateTokens({ kube: world.kube, clock, pod, ...own }),
    clients: ({ rootsPem }) => ca.connect(rootsPem),
    metrics: createCertificateMetrics(metrics),
    settled: () => operator.settled,
    clock,
    log,
  })
  return {
    world,
    ca,
    clock,
    log,
    events,
    /** What is known of the operator itself. */
    operator,
    counted: metrics.told,
    controller,
    put: (spec: Partial<CertificateSpec> = {}, metadata: Partial<Certificate['metadata']> = {}) =>
      world.put(certificates, aCertificate(spec, metadata)),
    reconcile: (name = 'web') => controller.reconcile({ ...key, name }),
    certificate: (name = 'web') => world.find(certificates, { ...key, name }),
    secret: () => world.find(secrets, secretKey),
    /** Time for the clock and for the authority. */
    advance(milliseconds: number) {
      clock.advance(milliseconds)
      ca.now += milliseconds
    },
    /** Calls since the last look. */
    takeCalls: () => world.calls.splice(0),
  }
}

/** The `Ready` and `Issuing` conditions of a Certificate, as `Ready=True Ready`. */
export function conditionsOf(certificate: Certificate | undefined): string[] {
  return (certificate?.status?.conditions ?? []).map(({ type, status, reason }) => `${type}=${status} ${reason}`)
}
