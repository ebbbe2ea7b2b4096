import type { Clock } from '../../../core/clock.ts'
import {
  provisioners as provisionerKind,
  type Authority,
  type ObjectKey,
  type Provisioner,
} from '../../../core/resources/index.ts'
import { rememberOwnWrites } from '../../own-writes.ts'
import type { Informer } from '../../ports.ts'
import type { Reporter } from '../../reporter.ts'
import { gatherProvisioners } from '../authority/gather.ts'
import { renderConfig } from '../authority/render/config.ts'
import { provisionerStatus, type ProvisionerInput } from './decide.ts'

export type ProvisionerDeps = {
  readonly authorities: Pick<Informer<Authority>, 'get'>
  readonly provisioners: Pick<Informer<Provisioner>, 'get' | 'list'>
  readonly reporter: Reporter
  readonly clock: Clock
  readonly namespace: string
}

/** Says of one Provisioner whether its Authority accepts it. What the Authority has loaded comes as a change of that. */
export function createProvisionerReconciler(deps: ProvisionerDeps): (key: ObjectKey) => Promise<undefined> {
  const own = rememberOwnWrites(deps.provisioners)
  return async (key) => {
    const provisioner = own.get(key)
    if (provisioner === undefined || provisioner.metadata.deletionTimestamp !== undefined) return
    const status = provisionerStatus(await gather(provisioner, deps), deps.clock.now())
    const written = await deps.reporter.report(provisionerKind, provisioner, status, { action: 'Reconcile' })
    if (written !== provisioner) own.wrote(written)
  }
}

async function gather(provisioner: Provisioner, deps: ProvisionerDeps): Promise<ProvisionerInput> {
  const authority = deps.authorities.get({ name: provisioner.spec.authorityRef.name })
  if (authority === undefined) return { provisioner, authority, settings: undefined, configGeneration: undefined }
  const all = await gatherProvisioners(authority, deps)
  const settings = all.find(({ name }) => name === provisioner.metadata.name)
  const { generation } = renderConfig(authority, all, deps.namespace)
  return { provisioner, authority, settings, configGeneration: generation }
}
