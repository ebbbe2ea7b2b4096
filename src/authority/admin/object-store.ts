import type { Claims } from '../../core/claims.ts'
import { isSignetError, SignetError } from '../../core/errors.ts'
import type { Named, Provisioner } from '../../core/resources/index.ts'
import { checkKeeper, objectOfProvisioner, provisionerOfObject } from './objects.ts'
import { badRequest } from './refuse.ts'
import type { Admin, StoredProvisioner } from './state.ts'
import type { AdminChange, AdminDocument, AdminStore } from './store.ts'

/** The Provisioner objects of one Authority; see the adapter for what fails how. */
export type ProvisionerObjects = {
  /** Owner of the fields that are written here. */
  readonly manager: string
  /** Name of the Authority. */
  readonly authority: string
  list(): Promise<readonly Named<Provisioner>[]>
  create(object: Named<Provisioner>): Promise<unknown>
  replace(object: Named<Provisioner>): Promise<unknown>
  remove(object: Named<Provisioner>): Promise<unknown>
}

/** Who the Authority object says may use the admin API, whatever the database has. */
export type SuperAdmin = { readonly subject: string; readonly provisioner: string }

export type ObjectStoreOptions = {
  readonly objects: ProvisionerObjects
  /** Keeps what is no provisioner. */
  readonly database: AdminStore
  readonly superAdmin: () => SuperAdmin | undefined
  /** Of the authority. */
  readonly claims: () => Claims
}

/** Id of the admin that the Authority object names. */
const declaredId = 'authority'

type Loaded = {
  readonly key: string
  readonly databaseRevision: number
  /** By the id of their provisioner. */
  readonly objects: ReadonlyMap<string, Named<Provisioner>>
}

/**
 * An AdminStore in which provisioners are objects of the cluster and all else is in a database. A change of both is not
 * atomic: objects come first, because they may be refused. Rules about names are those of the Authority object.
 */
export function createObjectStore({ objects, database, superAdmin, claims }: ObjectStoreOptions): AdminStore {
  let revision = 0
  let loaded: Loaded = { key: '', databaseRevision: 0, objects: new Map() }

  async function write({ id, json }: AdminChange): Promise<void> {
    const old = loaded.objects.get(id)
    if (json === undefined) {
      if (old === undefined) return
      checkKeeper(old, objects.manager)
      await objects.remove(old)
      return
    }
    const object = objectOfProvisioner(JSON.parse(json) as StoredProvisioner, old, objects)
    await (old === undefined ? objects.create(object) : objects.replace(object))
  }

  return {
    async load() {
      const [stored, listed] = await Promise.all([database.load(), objects.list()])
      const found = listed.flatMap((object) => {
        const provisioner = provisionerOfObject(object, claims())
        return provisioner === undefined ? [] : [{ object, provisioner }]
      })
      const declared = declaredAdmin(superAdmin(), found)
      const versions = listed.map(({ metadata }) => [metadata.uid, metadata.resourceVersion])
      const key = JSON.stringify([stored.revision, versions, declared])
      if (key !== loaded.key) revision += 1
      const known = new Map(found.map(({ object, provisioner }) => [provisioner.id, object]))
      loaded = { key, databaseRevision: stored.revision, objects: known }
      const others = stored.documents.filter((document) => refersTo(document, known))
      const own = found.map(({ provisioner }) => documentOf('provisioner', provisioner))
      const documents = [...own, ...(declared === undefined ? [] : [documentOf('admin', declared)]), ...others]
      return { revision, documents }
    },
    async change(from, changes) {
      if (from !== revision) return false
      const ours = changes.filter(({ kind }) => kind === 'provisioner')
      const others = changes.filter(({ kind }) => kind !== 'provisioner')
      for (const change of others) checkOther(change, objects.authority)
      try {
        for (const change of ours) await write(change)
      } catch (error) {
        if (isSignetError(error, 'conflict')) throw alreadyThere(error)
        throw refusalOf(error, objects.authority)
      }
      if (others.length > 0 && !(await database.change(loaded.databaseRevision, others))) return false
      revision += 1
      // What was written has a version that only the next look knows.
      loaded = { ...loaded, key: '', databaseRevision: loaded.databaseRevision + (others.length > 0 ? 1 : 0) }
      return true
    },
  }
}

type Found = { readonly object: Named<Provisioner>; readonly provisioner: StoredProvisioner }

/** undefined where its provisioner is not there yet. */
function declaredAdmin(wanted: SuperAdmin | undefined, found: readonly Found[]): Admin | undefined {
  const by = found.find(({ object }) => object.metadata.name === wanted?.provisioner)
  if (wanted === undefined || by === undefined) return undefined
  const { provisioner, object } = by
  const createdAt = Date.parse(object.metadata.creationTimestamp ?? '') || 0
  const { subject } = wanted
  return { id: declaredId, subject, provisionerId: provisioner.id, type: 'SUPER_ADMIN', createdAt }
}

function documentOf(kind: AdminDocument['kind'], value: { readonly id: string }): AdminDocument {
  return { kind, id: value.id, json: JSON.stringify(value) }
}

/** Of what belongs to a provisioner, only where there is that provisioner; nothing is left of standalone times. */
function refersTo({ kind, json }: AdminDocument, objects: ReadonlyMap<string, unknown>): boolean {
  if (kind !== 'admin' && kind !== 'externalAccountKey') return false
  return objects.has((JSON.parse(json) as { readonly provisionerId: string }).provisionerId)
}

function checkOther({ kind, id }: AdminChange, authority: string): void {
  if (kind === 'policy') {
    throw badRequest(`in a cluster rules about names are spec.policy of Authority ${authority}: change them there`)
  }
  if (kind === 'admin' && id === declaredId) {
    throw badRequest(`this admin is spec.admin of Authority ${authority}: change it there`)
  }
}

function alreadyThere(cause: SignetError): SignetError {
  const { message } = cause
  return new SignetError('conflict', `the API server did not take it: ${message}`, { reason: 'Conflict', cause })
}

/** What the API server says is for whoever administers; that we may not ask it is for whoever installed this. */
function refusalOf(error: unknown, authority: string): unknown {
  if (isSignetError(error, 'malformed') && error.reason !== 'BadRequest') {
    return new SignetError('malformed', error.message, { reason: 'BadRequest', cause: error })
  }
  if (!isSignetError(error, 'forbidden')) return error
  const hint = `add ${authority} to the chart's adminAPI.authorities`
  return new SignetError('unavailable', `this authority may not write Provisioner objects: ${hint}`, { cause: error })
}
