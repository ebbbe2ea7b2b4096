import type { Clock } from '../../../core/clock.ts'
import {
  certificatePolicies,
  type CertificatePolicy,
  type KubernetesObject,
  type ObjectKey,
} from '../../../core/resources/index.ts'
import { rememberOwnWrites } from '../../own-writes.ts'
import type { Informer } from '../../ports.ts'
import type { Reporter } from '../../reporter.ts'
import { policyStatus } from './decide.ts'

export type PolicyDeps = {
  readonly policies: Pick<Informer<CertificatePolicy>, 'get'>
  readonly namespaces: Pick<Informer<KubernetesObject>, 'list'>
  readonly reporter: Reporter
  readonly clock: Clock
}

/** Says of one CertificatePolicy whether it is in force. Authority and webhook read the object itself. */
export function createPolicyReconciler(deps: PolicyDeps): (key: ObjectKey) => Promise<undefined> {
  const own = rememberOwnWrites(deps.policies)
  return async (key) => {
    const policy = own.get(key)
    if (policy === undefined || policy.metadata.deletionTimestamp !== undefined) return
    const namespaceLabels = deps.namespaces.list().map(({ metadata }) => metadata.labels ?? {})
    const status = policyStatus({ policy, namespaceLabels }, deps.clock.now())
    const written = await deps.reporter.report(certificatePolicies, policy, status, { action: 'Reconcile' })
    if (written !== policy) own.wrote(written)
  }
}
