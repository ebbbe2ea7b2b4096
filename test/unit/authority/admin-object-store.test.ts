import { beforeEach, describe, expect, it } from 'vitest'
import { createObjectStore } from '../../../src/authority/admin/object-store.ts'
import type { LinkedPolicy } from '../../../src/authority/admin/messages.ts'
import type { StoredProvisioner } from '../../../src/authority/admin/state.ts'
import type { AdminStore } from '../../../src/authority/admin/store.ts'
import { builtInClaims } from '../../../src/core/claims.ts'
import { SignetError } from '../../../src/core/errors.ts'
import type { Named, Provisioner } from '../../../src/core/resources/index.ts'
import { loadTextTemplates } from '../../../src/core/templates/text-templates.ts'
import { noon } from '../../builders/authority.ts'
import { created } from '../../builders/resources.ts'
import { memoryAdminStore } from '../../fakes/memory-admin-store.ts'
import { memoryProvisionerObjects, type MemoryObjects } from '../../fakes/memory-provisioner-objects.ts'
import { object, refused, specs, stored } from './admin-objects-harness.ts'

await loadTextTemplates()

describe('the store of the admin API in a cluster', () => {
  const superAdmin = { subject: 'step', provisioner: 'ops' }
  const facts = { superAdmin: () => superAdmin, claims: () => builtInClaims, policy: () => rules }
  let rules: LinkedPolicy | undefined
  beforeEach(() => void (rules = undefined))
  function aStore(...first: Named<Provisioner>[]): MemoryObjects & { store: AdminStore } {
    const memory = memoryProvisionerObjects(...first)
    return { ...memory, store: createObjectStore({ ...facts, objects: memory.objects, database: memoryAdminStore() }) }
  }
  const provisionerChange = (one: StoredProvisioner) =>
    ({ kind: 'provisioner', id: one.id, json: JSON.stringify(one) }) as const
  const kindsOf = async (store: AdminStore) => (await store.load()).documents.map(({ kind, id }) => `${kind} ${id}`)

  it('has the provisioners that are objects, and the admin that the Authority names', async () => {
    const { store } = aStore(object('ops', specs.JWK), object('people', specs.OIDC))
    expect(await kindsOf(store)).toEqual(['provisioner uid-ops', 'provisioner uid-people', 'admin authority'])
    const { documents } = await store.load()
    expect(JSON.parse(documents[2]?.json ?? '')).toEqual({
      id: 'authority',
      subject: 'step',
      provisionerId: 'uid-ops',
      type: 'SUPER_ADMIN',
      createdAt: Date.parse(created),
    })
  })

  it('has a new revision when an object has changed, and no other', async () => {
    const { store, byName } = aStore(object('ops', specs.JWK))
    const { revision } = await store.load()
    expect((await store.load()).revision).toBe(revision)
    byName.set('people', object('people', specs.OIDC))
    expect((await store.load()).revision).toBe(revision + 1)
    expect(await store.change(revision, [])).toBe(false)
  })

  it('makes, changes and removes objects', async () => {
    const { store, byName } = aStore(object('ops', specs.JWK))
    const made = { ...stored(object('corp', specs.X5C)), id: 'new-id' }
    expect(await store.change((await store.load()).revision, [provisionerChange(made)])).toBe(true)
    expect(byName.get('corp')).toMatchObject({
      spec: { authorityRef: { name: 'signet' }, type: 'X5C', x5c: specs.X5C.x5c },
    })
    expect(await kindsOf(store)).toContain('provisioner new-id')
    const { linked, ...rest } = made
    const changed: StoredProvisioner = { ...rest, linked: { ...linked, claims: { disableRenewal: true } } }
    expect(await store.change((await store.load()).revision, [provisionerChange(changed)])).toBe(true)
    expect(byName.get('corp')?.spec.claims).toEqual({ disableRenewal: true })
    const gone = { kind: 'provisioner', id: 'new-id', json: undefined } as const
    expect(await store.change((await store.load()).revision, [gone])).toBe(true)
    expect(byName.has('corp')).toBe(false)
  })

  it('makes, changes and removes one without a look between', async () => {
    const { store, byName } = aStore(object('ops', specs.JWK))
    const { revision } = await store.load()
    const made = { ...stored(object('corp', specs.X5C)), id: 'new-id' }
    const { linked, ...rest } = made
    const changed: StoredProvisioner = { ...rest, linked: { ...linked, claims: { disableRenewal: true } } }
    expect(await store.change(revision, [provisionerChange(made)])).toBe(true)
    expect(await store.change(revision + 1, [provisionerChange(changed)])).toBe(true)
    expect(byName.get('corp')?.spec.claims).toEqual({ disableRenewal: true })
    const gone = { kind: 'provisioner', id: 'new-id', json: undefined } as const
    expect(await store.change(revision + 2, [gone])).toBe(true)
    expect([...byName.keys()]).toEqual(['ops'])
    await expect(store.change(revision + 3, [gone])).rejects.toMatchObject({
      code: 'conflict',
      message: 'the API server did not take it: there is no such object any more',
    })
  })

  it('leaves alone what is kept elsewhere, also where it is to be removed', async () => {
    const { store, byName } = aStore(object('ops', specs.JWK, { managedFields: undefined }))
    const { revision } = await store.load()
    await expect(
      store.change(revision, [{ kind: 'provisioner', id: 'uid-ops', json: undefined }]),
    ).rejects.toMatchObject(refused('Provisioner ops is kept elsewhere (by somebody unknown): change it there'))
    expect(byName.has('ops')).toBe(true)
  })

  it('has of two that one certificate could have come by the older', async () => {
    const { store } = aStore(
      object('ops', specs.JWK),
      object('people', specs.OIDC),
      object('aaa', specs.OIDC, { creationTimestamp: '2030-01-01T00:00:00Z' }),
    )
    expect(await kindsOf(store)).toEqual(['provisioner uid-ops', 'provisioner uid-people', 'admin authority'])
  })

  it('has another id for a copy, and for another object of the name, so that neither inherits admins', async () => {
    const { store, byName } = aStore(object('ops', specs.JWK))
    const made = { ...stored(object('corp', specs.X5C)), id: 'new-id' }
    const jane = { id: 'jane', subject: 'jane', provisionerId: 'new-id', type: 'ADMIN', createdAt: noon }
    const change = { kind: 'admin', id: 'jane', json: JSON.stringify(jane) } as const
    expect(await store.change((await store.load()).revision, [provisionerChange(made), change])).toBe(true)
    const before = ['admin authority', 'admin jane', 'provisioner new-id', 'provisioner uid-ops']
    expect((await kindsOf(store)).toSorted()).toEqual(before)
    const corp = byName.get('corp')
    if (corp === undefined) throw new Error('no object was made')
    byName.set('copy', { ...corp, metadata: { ...corp.metadata, name: 'copy', uid: 'uid-of-copy' } })
    expect((await kindsOf(store)).toSorted()).toEqual([...before, 'provisioner uid-of-copy'].toSorted())
    byName.delete('corp')
    expect(await kindsOf(store)).not.toContain('admin jane')
    byName.set('corp', { ...corp, metadata: { ...corp.metadata, uid: 'another-uid' } })
    byName.delete('copy')
    expect((await kindsOf(store)).toSorted()).toEqual([
      'admin authority',
      'provisioner another-uid',
      'provisioner uid-ops',
    ])
  })

  it('has the rules about names that the Authority object has', async () => {
    const { store } = aStore(object('ops', specs.JWK))
    const { revision } = await store.load()
    rules = { x509: { allow: { dns: ['*.example.com'] } } }
    const { documents, revision: next } = await store.load()
    expect(next).toBe(revision + 1)
    expect(documents.at(-1)).toEqual({ kind: 'policy', id: 'authority', json: JSON.stringify(rules) })
  })

  it('keeps admins in the database, as long as there is their provisioner', async () => {
    const { store, byName } = aStore(object('ops', specs.JWK))
    const jane = { id: 'jane', subject: 'jane', provisionerId: 'uid-ops', type: 'ADMIN', createdAt: noon }
    const change = { kind: 'admin', id: 'jane', json: JSON.stringify(jane) } as const
    expect(await store.change((await store.load()).revision, [change])).toBe(true)
    expect(await kindsOf(store)).toEqual(['provisioner uid-ops', 'admin authority', 'admin jane'])
    byName.delete('ops')
    expect(await kindsOf(store)).toEqual([])
  })

  it('refuses to change what the Authority object says', async () => {
    const { store } = aStore(object('ops', specs.JWK))
    const { revision } = await store.load()
    await expect(store.change(revision, [{ kind: 'admin', id: 'authority', json: undefined }])).rejects.toMatchObject(
      refused('this admin is spec.admin of Authority signet: change it there'),
    )
    await expect(store.change(revision, [{ kind: 'policy', id: 'authority', json: '{}' }])).rejects.toMatchObject(
      refused('in a cluster rules about names are spec.policy of Authority signet: change them there'),
    )
  })

  it('passes on what the API server says, and what is missing where it forbids', async () => {
    const { store, objects } = aStore(object('ops', specs.JWK))
    const { revision } = await store.load()
    const made = provisionerChange({ ...stored(object('corp', specs.X5C)), id: 'new-id' })
    const missing =
      "this authority may not read and write Provisioner objects: add signet to the chart's adminAPI.authorities"
    const answers = (error: SignetError) => ({ ...objects, create: () => Promise.reject(error) })
    const failing = (error: SignetError) => {
      return createObjectStore({ ...facts, objects: answers(error), database: memoryAdminStore() })
    }
    const invalid = failing(new SignetError('malformed', 'spec.x5c.roots: Too long', { reason: 'Invalid' }))
    await invalid.load()
    await expect(invalid.change(1, [made])).rejects.toMatchObject(refused('spec.x5c.roots: Too long'))
    const forbidden = failing(new SignetError('forbidden', 'cannot create', { reason: 'Forbidden' }))
    await forbidden.load()
    await expect(forbidden.change(1, [made])).rejects.toMatchObject({
      code: 'unavailable',
      message: missing,
    })
    const blind = createObjectStore({
      ...facts,
      objects: { ...objects, list: () => Promise.reject(new SignetError('forbidden', 'User cannot list')) },
      database: memoryAdminStore(),
    })
    await expect(blind.load()).rejects.toMatchObject({ code: 'unavailable', reason: 'NotReady', message: missing })
    const same = provisionerChange({ ...stored(object('ops', specs.JWK)), id: 'other-id' })
    await expect(store.change(revision, [same])).rejects.toMatchObject({
      code: 'conflict',
      reason: 'Conflict',
      message: 'the API server did not take it: the object is there, or has changed',
    })
  })
})
