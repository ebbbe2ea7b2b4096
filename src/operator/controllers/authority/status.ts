import { formatInstant } from '../../../core/instant.ts'
import type { Authority, AuthorityStatus } from '../../../core/resources/index.ts'
import { certificatesToPem } from '../../../core/x509/certificate.ts'
import { stampConditions, type ConditionFact } from '../../conditions.ts'
import { authorityObjects, serviceHost } from '../../names.ts'
import type { ProvisionerSettings } from '../../provisioner-settings.ts'
import type { ActiveMaterial } from './decide.ts'
import type { Replica } from './gather.ts'

/** What is known about an Authority when its status is written. */
export type AuthorityObservation = {
  /** What keeps it from being ready; undefined: nothing but, perhaps, its replicas. */
  readonly obstacle: { readonly reason: string; readonly message: string } | undefined
  readonly material: ActiveMaterial | undefined
  /** Whether the key that signed the intermediate is in the cluster. */
  readonly rootKeyStored: boolean
  readonly configGeneration: string | undefined
  /** Why that configuration was not even written; undefined: it was. */
  readonly configProblem: string | undefined
  readonly provisioners: readonly ProvisionerSettings[]
  readonly replicas: readonly Replica[]
  /** PEM of the request for an intermediate that is signed elsewhere. */
  readonly intermediateRequest: string | undefined
}

/** Type of the condition that is there, and False, while a replica refuses the configuration. */
export const configLoaded = 'ConfigLoaded'

/** The whole status; equal observations give an equal one. */
export function authorityStatus(
  authority: Authority,
  observation: AuthorityObservation,
  namespace: string,
  now: number,
): AuthorityStatus {
  const { material, configGeneration, provisioners, replicas, intermediateRequest } = observation
  const generation = authority.metadata.generation ?? 0
  const facts = [
    readiness(authority, observation),
    ...rootKey(authority, observation),
    ...lifeLeft(observation, now),
    ...configRefused(observation),
  ]
  return {
    conditions: stampConditions(facts, authority.status?.conditions, generation, now),
    observedGeneration: generation,
    ...(material === undefined
      ? keptMaterial(authority)
      : { ...describeMaterial(material), endpoint: `https://${serviceHost(authority.metadata.name, namespace)}` }),
    ...(configGeneration !== undefined && { configGeneration }),
    provisioners: provisioners.flatMap((one) =>
      one.valid ? [{ name: one.name, type: one.type, audience: one.audience }] : [],
    ),
    replicas: replicas.map(({ name, configGeneration: loaded }) => ({
      name,
      ...(loaded !== undefined && { configGeneration: loaded }),
    })),
    ...(intermediateRequest !== undefined && { intermediateRequest }),
  }
}

function readiness({ metadata }: Authority, { obstacle, replicas }: AuthorityObservation): ConditionFact {
  if (obstacle !== undefined) return { type: 'Ready', status: 'False', ...obstacle }
  const serving = replicas.filter(({ ready }) => ready).length
  if (serving > 0) {
    return {
      type: 'Ready',
      status: 'True',
      reason: 'Serving',
      message: `${serving} of ${replicas.length} replicas serve`,
    }
  }
  const message = `no replica of StatefulSet "${metadata.name}" is ready`
  return { type: 'Ready', status: 'False', reason: 'NotServing', message }
}

/** Said as soon as there is an intermediate, which then works without the key of its root. */
function rootKey({ metadata, spec }: Authority, { material, rootKeyStored }: AuthorityObservation): ConditionFact[] {
  if (material === undefined) return []
  const type = 'RootKeyStored'
  const secret = spec.root.secret?.name ?? authorityObjects(metadata.name).root
  if (spec.root.external !== undefined) {
    return [{ type, status: 'False', reason: 'External', message: 'the key of the root was never here' }]
  }
  if (rootKeyStored) {
    const message = `Secret "${secret}" holds the key of the root: export it and delete the Secret, it is needed for a new intermediate only`
    return [{ type, status: 'True', reason: 'Stored', message }]
  }
  const message = `Secret "${secret}" is gone: the intermediate works on, a new one needs the key of the root back`
  return [{ type, status: 'False', reason: 'Exported', message }]
}

/** Said when less than a third of the intermediate's life is left: no certificate outlives it. */
function lifeLeft({ material }: AuthorityObservation, now: number): ConditionFact[] {
  if (material === undefined) return []
  const { notBefore, notAfter } = material.chain[0]
  if (notAfter - now >= (notAfter - notBefore) / 3) return []
  const message = `the intermediate ends at ${formatInstant(notAfter)}, and every certificate with it: have a new one signed`
  return [{ type: 'IntermediateFresh', status: 'False', reason: 'EndsSoon', message }]
}

/** Said when replicas go on with the configuration of before because none takes this one, or one does not. */
function configRefused({ configGeneration, configProblem, replicas }: AuthorityObservation): ConditionFact[] {
  if (configProblem !== undefined) {
    return [{ type: configLoaded, status: 'False', reason: 'Invalid', message: configProblem }]
  }
  const replica = replicas.find(
    (one) => one.refused?.generation === configGeneration && one.configGeneration !== configGeneration,
  )
  if (replica?.refused === undefined) return []
  const message = `replica "${replica.name}" keeps the configuration of before: ${replica.refused.message}`
  return [{ type: configLoaded, status: 'False', reason: 'Refused', message }]
}

function describeMaterial({ chain, roots }: ActiveMaterial): Pick<AuthorityStatus, 'roots' | 'intermediate'> {
  const [intermediate] = chain
  return {
    roots: roots.map((root) => ({
      certificate: certificatesToPem(root),
      sha256: root.fingerprint,
      notAfter: formatInstant(root.notAfter),
    })),
    intermediate: { sha256: intermediate.fingerprint, notAfter: formatInstant(intermediate.notAfter) },
  }
}

/** Roots that were told once are not forgotten while the intermediate is not to be had: clients still trust them. */
function keptMaterial({ status }: Authority): Pick<AuthorityStatus, 'roots' | 'intermediate' | 'endpoint'> {
  const { roots, intermediate, endpoint } = status ?? {}
  return {
    ...(roots !== undefined && { roots }),
    ...(intermediate !== undefined && { intermediate }),
    ...(endpoint !== undefined && { endpoint }),
  }
}
