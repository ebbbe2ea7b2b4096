import { setTimeout as sleep } from 'node:timers/promises'
import { createAdministration } from '../../authority/admin/administration.ts'
import { createObjectStore, type ProvisionerObjects } from '../../authority/admin/object-store.ts'
import type { LinkedPolicy } from '../../authority/admin/messages.ts'
import { x509ToLinked } from '../../authority/admin/policy.ts'
import { badRequest } from '../../authority/admin/refuse.ts'
import { emptyState, type StoredProvisioner } from '../../authority/admin/state.ts'
import type { AdminChange, AdminStore } from '../../authority/admin/store.ts'
import type { Clock } from '../../core/clock.ts'
import { readJson } from '../../core/json-reader.ts'
import type { Named, Provisioner } from '../../core/resources/index.ts'
import { adminRoutes } from '../../http/routes/admin/index.ts'
import { findCondition } from '../../operator/conditions.ts'
import { loadingReason } from '../../operator/controllers/provisioner/decide.ts'
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
const lookEveryMs = 300

/** The admin API in a cluster: it writes Provisioner objects, and the configuration comes from these as always. */
export function openClusterAdministration({ objects, database, clock, config }: ClusterAdministrationOptions): Admin {
  const administration = createObjectStore({
    objects,
    database,
    superAdmin: () => config().ca.signet.kubernetes?.admin,
    claims: () => config().ca.claims,
    policy: () => linkedPolicy(config().ca.writtenPolicy),
  })
  /** Of what was written and what was removed: neither what others do nor a look that fails makes an answer of it. */
  const settled = async (changes: readonly AdminChange[]): Promise<void> => {
    const ours = changes.filter(({ kind }) => kind === 'provisioner')
    const names = ours.flatMap(({ json }) => (json === undefined ? [] : [nameOf(json)]))
    const until = clock.now() + settleMs
    while (ours.length > 0 && clock.now() < until) {
      const listed = await objects.list().catch(() => undefined)
      if (listed !== undefined && names.every((name) => isJudged(listed, name)) && isServed(listed, config())) break
      await sleep(lookEveryMs)
    }
    const listed = ours.length === 0 ? [] : await objects.list().catch(() => [])
    for (const name of names) checkServed(listed, name)
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

/** The rules of `authority.policy`, which were read when they came into force. */
function linkedPolicy(written: unknown): LinkedPolicy | undefined {
  return readJson(written ?? {}, 'authority.policy.x509', (node) => x509ToLinked(node))
}

const nameOf = (json: string): string => (JSON.parse(json) as StoredProvisioner).linked.name ?? ''
const readyOf = ({ status }: Provisioner) => findCondition(status?.conditions, 'Ready')

/** Has the operator said what comes of it as it is now? */
function isJudged(objects: readonly Named<Provisioner>[], name: string): boolean {
  const object = objects.find(({ metadata }) => metadata.name === name)
  const ready = object && readyOf(object)
  return ready?.observedGeneration === object?.metadata.generation && ready?.reason !== loadingReason
}

/** Is exactly what is Ready in force? */
function isServed(objects: readonly Named<Provisioner>[], { ca }: LoadedConfig): boolean {
  const ready = objects.filter((object) => readyOf(object)?.status === 'True').map(({ metadata }) => metadata.name)
  const served = ca.provisioners.map(({ name }) => name)
  return ready.toSorted().join() === served.toSorted().join()
}

function checkServed(objects: readonly Named<Provisioner>[], name: string): void {
  const object = objects.find(({ metadata }) => metadata.name === name)
  const ready = object && readyOf(object)
  if (ready?.status !== 'False' || ready.reason === loadingReason) return
  throw badRequest(`Provisioner ${name} is written, and is not served: ${ready.message}`)
}
