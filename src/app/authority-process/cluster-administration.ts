import { setTimeout as sleep } from 'node:timers/promises'
import { createAdministration } from '../../authority/admin/administration.ts'
import { createObjectStore, type ProvisionerObjects } from '../../authority/admin/object-store.ts'
import { emptyState } from '../../authority/admin/state.ts'
import type { AdminStore } from '../../authority/admin/store.ts'
import type { Clock } from '../../core/clock.ts'
import type { Named, Provisioner } from '../../core/resources/index.ts'
import { adminRoutes } from '../../http/routes/admin/index.ts'
import type { Admin } from './admin.ts'
import type { LoadedConfig } from './load.ts'

export type ClusterAdministrationOptions = {
  readonly objects: ProvisionerObjects
  readonly database: AdminStore
  readonly clock: Clock
  readonly config: () => LoadedConfig
}

/** An answer waits so long for what it changed to be in force: the operator writes the configuration, and it is loaded. */
const settleMs = 10_000
const lookEveryMs = 100

/** The admin API in a cluster: it writes Provisioner objects, and the configuration comes from these as always. */
export function openClusterAdministration({ objects, database, clock, config }: ClusterAdministrationOptions): Admin {
  const administration = createObjectStore({
    objects,
    database,
    superAdmin: () => config().ca.signet.kubernetes?.admin,
    claims: () => config().ca.claims,
  })
  const settled = async (): Promise<void> => {
    const until = clock.now() + settleMs
    while (clock.now() < until && !isServed(await objects.list(), config())) await sleep(lookEveryMs)
  }
  return {
    administer: (same) => same,
    routes: (ports) =>
      adminRoutes(
        createAdministration(
          { ...ports, administration, settled, prepare: () => () => undefined },
          { revision: 0, state: emptyState },
        ),
      ),
  }
}

/** Has each object been judged as it is now, and is exactly what is Ready in force? */
function isServed(objects: readonly Named<Provisioner>[], { ca }: LoadedConfig): boolean {
  const ready = objects.filter((object) => conditionOf(object)?.status === 'True')
  const names = ready.map(({ metadata }) => metadata.name).toSorted()
  const judged = objects.every(
    (object) => conditionOf(object)?.observedGeneration === object.metadata.generation && isDecided(object),
  )
  return (
    judged &&
    names.join() ===
      ca.provisioners
        .map(({ name }) => name)
        .toSorted()
        .join()
  )
}

const conditionOf = ({ status }: Provisioner) => status?.conditions?.find(({ type }) => type === 'Ready')

/** Not while the configuration that contains it is on its way. */
const isDecided = (object: Provisioner): boolean => conditionOf(object)?.reason !== 'Loading'
