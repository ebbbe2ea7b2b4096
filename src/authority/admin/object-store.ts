import type { Claims } from '../../core/claims.ts'
import { isSignetError, SignetError } from '../../core/errors.ts'
import type { Named, Provisioner } from '../../core/resources/index.ts'
import { checkKeeper, objectOfProvisioner, provisionerOfObject } from './objects.ts'
import type { LinkedPolicy } from './messages.ts'
import { badRequest } from './refuse.ts'
import { policyId, type Admin, type StoredProvisioner } from './state.ts'
import type { AdminChange, AdminDocument, AdminStore } from './store.ts'

/** The Provisioner objects of one Authority; see the adapter for what fails how. */
export type ProvisionerObjects = {
  /** Owner of the fields that are written here. */
  readonly manager: string
  /** Name of the Authority. */
  readonly authority: string
  list(): Promise<readonly Named<Provisioner>[]>
  create(object: Named<Provisioner>): Promise<Named<Provisioner>>
  replace(object: Named<Provisioner>): Promise<Named<Provisioner>>
  remove(object: Named<Provisioner>): Promise<unknown>
}

/** Who the Authority object says may use the admin API, whatever the database has. */
export type SuperAdmin = { readonly subject: string; readonly provisioner: string }

export type ObjectStoreOptions = {
  readonly objects: ProvisionerObjects
  /** Keeps what is no provisioner, and the ids of those that were made here. */
  readonly database: AdminStore
  readonly superAdmin: () => SuperAdmin | undefined
  /** Of the authority. */
  readonly claims: () => Claims
  /** Of the Authority object. */
  readonly policy: () => LinkedPolicy | undefined
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
 * atomic: objects come first, because they may be refused. Rules about names are those of the Authority object. The id of a
 * provisioner is the one that was given here when its object was made, by a note in the database, else the uid of the object:
 * a copy, or another object of the same name, is another provisioner, of which nobody is an admin yet.
 */
export function createObjectStore(options: ObjectStoreOptions): AdminStore {
  const { objects, database, superAdmin, claims, policy } = options
  let revision = 0
  let loaded: Loaded = { key: '', databaseRevision: 0, objects: new Map() }

  /** Gives the note for the database. */
  async function write({ kind, id, json }: AdminChange): Promise<AdminChange> {
    const old = loaded.objects.get(id)
    const now = new Map(loaded.objects)
    let note: string | undefined
    if (json === undefined) {
      if (old === undefined) throw new SignetError('conflict', 'there is no such object any more')
      checkKeeper(old, objects.manager)
      await objects.remove(old)
      now.delete(id)
    } else {
      const wanted = objectOfProvisioner(JSON.parse(json) as StoredProvisioner, old, { ...objects, claims: claims() })
      const made = await (old === undefined ? objects.create(wanted) : objects.replace(wanted))
      now.set(id, made)
      note = JSON.stringify({ uid: made.metadata.uid })
    }
    // What else it is, such as its uid, only the next look knows.
    loaded = { ...loaded, key: '', objects: now }
    return { kind, id, json: note }
  }

  /** Objects have been written already: somebody else's change of the database is no reason to leave the rest undone. */
  async function writeDatabase(changes: readonly AdminChange[], written: boolean): Promise<boolean> {
    if (await database.change(loaded.databaseRevision, changes)) return true
    return written && (await database.change((await database.load()).revision, changes))
  }

  return {
    async load() {
      const [stored, listed] = await Promise.all([
        database.load(),
        objects.list().catch((error: unknown) => Promise.reject(missingRight(error, objects.authority))),
      ])
      const inherited = claims()
      const found = foundAmong(listed, idsByUid(stored.documents), inherited)
      const declared = declaredAdmin(superAdmin(), found)
      const rules = policy()
      const versions = listed.map(({ metadata }) => [metadata.uid, metadata.resourceVersion])
      const key = JSON.stringify([stored.revision, versions, declared, rules, inherited])
      if (key !== loaded.key) revision += 1
      const known = new Map(found.map(({ object, provisioner }) => [provisioner.id, object]))
      loaded = { key, databaseRevision: stored.revision, objects: known }
      const others = stored.documents.filter((document) => refersTo(document, known))
      const own = found.map(({ provisioner }) => documentOf('provisioner', provisioner))
      const documents = [
        ...own,
        ...(declared === undefined ? [] : [documentOf('admin', declared)]),
        ...(rules === undefined ? [] : [{ kind: 'policy' as const, id: policyId, json: JSON.stringify(rules) }]),
        ...others,
      ]
      return { revision, documents }
    },
    async change(from, changes) {
      if (from !== revision) return false
      const ours = changes.filter(({ kind }) => kind === 'provisioner')
      const others = changes.filter(({ kind }) => kind !== 'provisioner')
      for (const change of others) checkOther(change, objects.authority)
      const notes: AdminChange[] = []
      try {
        for (const change of ours) notes.push(await write(change))
      } catch (error) {
        throw refusalOf(error, objects.authority)
      }
      if (!(await writeDatabase([...others, ...notes], ours.length > 0))) return false
      revision += 1
      loaded = { ...loaded, key: '', databaseRevision: loaded.databaseRevision + 1 }
      return true
    },
  }
}

/**
 * Those that the authority can serve, the oldest first, as the operator judges them: of two by which one certificate could
 * have come it is the older that is served.
 */
function foundAmong(
  listed: readonly Named<Provisioner>[],
  ids: ReadonlyMap<unknown, string>,
  claims: Claims,
): readonly Found[] {
  const age = ({ metadata }: Named<Provisioner>): string => `${metadata.creationTimestamp ?? ''} ${metadata.name}`
  const taken = new Set<string>()
  return listed
    .toSorted((left, right) => (age(left) < age(right) ? -1 : 1))
    .flatMap((object) => {
      const { name, uid = name } = object.metadata
      const provisioner = provisionerOfObject(object, ids.get(uid) ?? uid, claims)
      if (provisioner === undefined || taken.has(provisioner.recordId)) return []
      taken.add(provisioner.recordId)
      return [{ object, provisioner }]
    })
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

/** The ids that were given here. */
function idsByUid(documents: readonly AdminDocument[]): ReadonlyMap<unknown, string> {
  const notes = documents.filter(({ kind }) => kind === 'provisioner')
  return new Map(notes.map(({ id, json }) => [(JSON.parse(json) as { readonly uid?: unknown }).uid, id]))
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

/** What the API server says of an object is for whoever administers. */
function refusalOf(error: unknown, authority: string): unknown {
  if (isSignetError(error, 'conflict')) {
    const message = `the API server did not take it: ${error.message}`
    return new SignetError('conflict', message, { reason: 'Conflict', cause: error })
  }
  if (isSignetError(error, 'malformed') && error.reason !== 'BadRequest') {
    return new SignetError('malformed', error.message, { reason: 'BadRequest', cause: error })
  }
  return missingRight(error, authority)
}

/** That we may not ask the API server is for whoever installed this, and nothing about the caller. */
function missingRight(error: unknown, authority: string): unknown {
  if (!isSignetError(error, 'forbidden') && !isSignetError(error, 'unauthorized')) return error
  const hint = `add ${authority} to the chart's adminAPI.authorities`
  const message = `this authority may not read and write Provisioner objects: ${hint}`
  return new SignetError('unavailable', message, { reason: 'NotReady', cause: error })
}
