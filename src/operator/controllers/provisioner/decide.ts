import type { Authority, Provisioner, ProvisionerStatus } from '../../../core/resources/index.ts'
import { findCondition, stampConditions, type ConditionFact } from '../../conditions.ts'
import type { ProvisionerSettings } from '../../provisioner-settings.ts'
import { configLoaded } from '../authority/status.ts'

/** What a decision about one Provisioner depends on. */
export type ProvisionerInput = {
  readonly provisioner: Provisioner
  /** The Authority that it names; undefined if there is none. */
  readonly authority: Authority | undefined
  /** As it stands in the configuration; undefined without an Authority. */
  readonly settings: ProvisionerSettings | undefined
  /** The configuration that contains it as it is now; undefined without an Authority. */
  readonly configGeneration: string | undefined
}

/** The whole status. `audience` is there as soon as a replica accepts its tokens, and stays while a change is loaded. */
export function provisionerStatus(input: ProvisionerInput, now: number): ProvisionerStatus {
  const { provisioner, settings } = input
  const { status: previous, metadata } = provisioner
  const generation = metadata.generation ?? 0
  const ready = decideReady(input)
  const keepsOld = ready.reason === loadingReason || ready.reason === refused
  const accepted = ready.status === 'True' || (keepsOld && previous?.audience !== undefined)
  return {
    conditions: stampConditions([ready], previous?.conditions, generation, now),
    observedGeneration: generation,
    ...(accepted && settings?.valid === true && { audience: settings.audience }),
  }
}

/** Reason of Ready while the configuration that contains it is on its way. */
export const loadingReason = 'Loading'
const refused = 'Refused'

function decideReady({ provisioner, authority, settings, configGeneration }: ProvisionerInput): ConditionFact {
  const { name } = provisioner.spec.authorityRef
  if (authority === undefined || settings === undefined) {
    return notReady('AuthorityNotFound', `Authority "${name}" of spec.authorityRef does not exist`)
  }
  if (!settings.valid) return notReady('Invalid', settings.message)
  // Later configurations contain it too: what another Provisioner changes does not make this one wait.
  if (wasLoaded(provisioner) || isLoaded(authority, configGeneration)) {
    return { type: 'Ready', status: 'True', reason: 'Loaded', message: `Authority "${name}" accepts it` }
  }
  const refusal = findCondition(authority.status?.conditions, configLoaded)
  // Of another configuration, it says nothing about this Provisioner.
  if (refusal !== undefined && authority.status?.configGeneration === configGeneration) {
    return notReady(refused, `Authority "${name}": ${refusal.message}`)
  }
  return notReady(loadingReason, `not every replica of Authority "${name}" has loaded it yet`)
}

function notReady(reason: string, message: string): ConditionFact {
  return { type: 'Ready', status: 'False', reason, message }
}

function wasLoaded({ metadata, status }: Provisioner): boolean {
  const ready = findCondition(status?.conditions, 'Ready')
  return ready?.status === 'True' && ready.observedGeneration === metadata.generation
}

/** Does every replica report the configuration that contains it? */
function isLoaded({ status }: Authority, configGeneration: string | undefined): boolean {
  const replicas = status?.replicas ?? []
  return replicas.length > 0 && replicas.every((replica) => replica.configGeneration === configGeneration)
}
