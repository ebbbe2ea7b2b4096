import type { Administration, AdministrationPorts } from '../../authority/admin/administration.ts'
import type { AdminStore } from '../../authority/admin/store.ts'
import { SignetError } from '../../core/errors.ts'
import type { Route } from '../../http/routes/route.ts'
import { systemRandom } from '../system.ts'
import type { LoadedConfig } from './load.ts'
import type { RuntimeOptions } from './runtime.ts'

/** What the admin API keeps, put into a configuration. */
export type Administer = (loaded: LoadedConfig) => LoadedConfig

export type AdminPorts = Omit<AdministrationPorts, 'administration' | 'prepare'> & {
  /** As there, of what a next state makes of the configuration in force. */
  readonly prepare: (administer: Administer) => () => void
}

/** The admin API of one process. */
export type Admin = {
  /** With the provisioners and the policy of this moment; as it is where the admin API is off. */
  readonly administer: Administer
  /** To be called once; none where it is off. */
  readonly routes: (ports: AdminPorts) => readonly Route[]
}

/** Its code is loaded only where it is on. `config` is what is in force. */
export async function openAdmin(
  loaded: LoadedConfig,
  { administration }: { readonly administration: AdminStore },
  options: RuntimeOptions,
  config: () => LoadedConfig,
): Promise<Admin> {
  const objects = options.cluster?.provisionerObjects
  if (objects !== undefined) {
    const { openClusterAdministration } = await import('./cluster-administration.ts')
    return openClusterAdministration({ objects, database: administration, clock: options.clock, config })
  }
  if (loaded.ca.administration === undefined) return off
  const { password, clock, log } = options
  const { openAdministration, administered, createAdministration, adminRoutes } = await import('./administration.ts')
  const first = await openAdministration({ administration, loaded, password, clock, random: systemRandom, log })
  let served: Administration | undefined
  return {
    administer: (next) => administered(next, served?.state() ?? first.state),
    routes(ports) {
      served = createAdministration(
        { ...ports, administration, prepare: (next) => ports.prepare((config) => administered(config, next)) },
        first,
      )
      return adminRoutes(served)
    },
  }
}

const off: Admin = { administer: (same) => same, routes: () => [] }

/** There provisioners are objects, and who may change them stands in the Authority. */
export function refuseInCluster({ ca }: Pick<LoadedConfig, 'ca'>): void {
  if (ca.administration === undefined) return
  const message = 'authority.enableAdmin is not for a cluster: set spec.admin of the Authority'
  throw new SignetError('malformed', message, { path: 'authority.enableAdmin' })
}
