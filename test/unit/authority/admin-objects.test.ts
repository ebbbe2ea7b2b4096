import { describe, expect, it } from 'vitest'
import { idAnnotation, objectOfProvisioner, provisionerOfObject } from '../../../src/authority/admin/objects.ts'
import { createObjectStore, type ProvisionerObjects } from '../../../src/authority/admin/object-store.ts'
import type { LinkedProvisioner } from '../../../src/authority/admin/messages.ts'
import type { AdminStore } from '../../../src/authority/admin/store.ts'
import type { StoredProvisioner } from '../../../src/authority/admin/state.ts'
import { builtInClaims } from '../../../src/core/claims.ts'
import { SignetError } from '../../../src/core/errors.ts'
import type { Named, Provisioner, ProvisionerSpec } from '../../../src/core/resources/index.ts'
import { provisionerTypes } from '../../../src/core/resources/provisioners/blocks.ts'
import { withoutEmpty } from '../../../src/core/resources/provisioners/ca-json.ts'
import { loadTextTemplates } from '../../../src/core/templates/text-templates.ts'
import { noon } from '../../builders/authority.ts'
import { aRoot, pemOf } from '../../builders/ca-material.ts'
import { aProvisioner, created, provisionersOfAllTypes } from '../../builders/resources.ts'
import { memoryAdminStore } from '../../fakes/memory-admin-store.ts'

await loadTextTemplates()

const specs = provisionersOfAllTypes(pemOf(aRoot(noon)))
const owner = { authority: 'signet', manager: 'signet-authority' }

function object(name: string, spec: Partial<ProvisionerSpec>, metadata: object = {}): Named<Provisioner> {
  const { k8sSA: _, ...rest } = aProvisioner().spec
  return {
    ...aProvisioner(),
    metadata: { name, uid: `uid-${name}`, resourceVersion: '1', creationTimestamp: created, ...metadata },
    spec: { ...rest, ...spec },
  }
}

function stored(one: Named<Provisioner>): StoredProvisioner {
  const found = provisionerOfObject(one, builtInClaims)
  if (found === undefined) throw new Error('the object was not read')
  return found
}

/** As the API server notes it of what the admin API wrote. */
const ours = [{ manager: owner.manager, operation: 'Update' as const, fieldsV1: { 'f:spec': {} } }]

const refused = (message: string): object => ({ code: 'malformed', reason: 'BadRequest', message })

describe('a Provisioner object as the admin API has it', () => {
  it.each(provisionerTypes)('%s: becomes the same object again', (type) => {
    const one = object('it', specs[type])
    const provisioner = stored(one)
    expect(provisioner).toMatchObject({ id: 'uid-it', linked: { id: 'uid-it', name: 'it' } })
    const again = objectOfProvisioner(provisioner, undefined, owner)
    expect(again.metadata).toEqual({ name: 'it', annotations: { [idAnnotation]: 'uid-it' } })
    expect(withoutEmpty(again.spec)).toEqual(withoutEmpty(one.spec))
  })

  it('keeps the id that it was given, and its metadata through a change', () => {
    const metadata = { annotations: { [idAnnotation]: 'an-id' }, labels: { team: 'a' }, managedFields: ours }
    const one = object('it', specs.JWK, metadata)
    expect(stored(one).id).toBe('an-id')
    expect(objectOfProvisioner(stored(one), one, owner).metadata).toEqual(one.metadata)
  })

  it('says nothing of SSH, which step asks for unless told otherwise', () => {
    const { linked, ...rest } = stored(object('it', specs.JWK))
    const wish: LinkedProvisioner = { ...linked, claims: { ssh: { enabled: true }, x509: { enabled: true } } }
    expect(objectOfProvisioner({ ...rest, linked: wish }, undefined, owner).spec.claims).toBeUndefined()
  })

  it('is not read where it has a fault: its status says so', () => {
    expect(provisionerOfObject(object('it', { ...specs.X5C, x5c: { roots: 'none' } }), builtInClaims)).toBeUndefined()
  })
})

describe('a provisioner that cannot be an object', () => {
  const { linked, ...rest } = stored(object('it', specs.JWK))
  const attempt = (changes: Partial<StoredProvisioner['linked']>) => () =>
    objectOfProvisioner({ ...rest, linked: { ...linked, ...changes } }, undefined, owner)

  it('is refused for its name', () => {
    expect(attempt({ name: 'you@example.com' })).toThrow(
      expect.objectContaining(
        refused(
          'in a cluster the name of a provisioner is that of an object, lower-case letters, digits, "-" and ".": "you@example.com" is none',
        ),
      ),
    )
  })

  it('is refused for its type', () => {
    expect(attempt({ type: 'ACME', details: { ACME: {} } })).toThrow(
      expect.objectContaining(
        refused(
          'provisioners of type ACME are not kept in a cluster: of its objects there are JWK, K8sSA, OIDC, X5C, AWS, GCP, Azure',
        ),
      ),
    )
  })

  it('is refused for what objects have no field for', () => {
    const webhooks = [
      { name: 'people', url: 'https://hooks.example.com', kind: 'ENRICHING' as const, secret: 'c2VjcmV0' },
    ]
    expect(attempt({ webhooks })).toThrow(
      expect.objectContaining(refused('a Provisioner object of type JWK cannot have this: options.webhooks')),
    )
  })

  it('is refused for another name than its object has', () => {
    const old = object('it', specs.JWK, { managedFields: ours })
    expect(() => objectOfProvisioner({ ...rest, linked: { ...linked, name: 'other' } }, old, owner)).toThrow(
      expect.objectContaining(refused('in a cluster a provisioner keeps its name, which is that of its object')),
    )
  })

  it.each([
    [{ labels: { 'signet.dev/managed': 'gitops' } }, 'label signet.dev/managed=gitops'],
    [
      { managedFields: [{ manager: 'argocd-controller', operation: 'Apply', fieldsV1: { 'f:spec': {} } }] },
      'field manager "argocd-controller"',
    ],
    [{ managedFields: [{ manager: owner.manager, fieldsV1: { 'f:metadata': {} } }] }, 'by somebody unknown'],
  ])('is refused where somebody else keeps the object: %j', (metadata, keeper) => {
    const old = object('it', specs.JWK, metadata)
    expect(() => objectOfProvisioner(stored(old), old, owner)).toThrow(
      expect.objectContaining(refused(`Provisioner it is kept elsewhere (${keeper}): change it there`)),
    )
  })

  it('may be changed where somebody else wrote its status alone', () => {
    const managedFields = [
      { manager: 'signet-operator', operation: 'Apply' as const, subresource: 'status', fieldsV1: { 'f:status': {} } },
      { manager: 'signet-authority', operation: 'Update' as const, fieldsV1: { 'f:spec': {} } },
    ]
    const old = object('it', specs.JWK, { managedFields })
    expect(objectOfProvisioner(stored(old), old, owner).metadata.name).toBe('it')
  })
})

/** Objects in memory that go by resourceVersion, as the API server's. */
function memoryObjects(...first: Named<Provisioner>[]) {
  const byName = new Map(first.map((one) => [one.metadata.name, one]))
  const conflict = () => Promise.reject(new SignetError('conflict', 'the object is there, or has changed'))
  const objects: ProvisionerObjects = {
    ...owner,
    list: () => Promise.resolve([...byName.values()]),
    create(one) {
      const { name } = one.metadata
      if (byName.has(name)) return conflict()
      const made = { uid: `uid-${name}`, resourceVersion: '1', creationTimestamp: created, managedFields: ours }
      byName.set(name, { ...one, metadata: { ...one.metadata, ...made } })
      return Promise.resolve()
    },
    replace(one) {
      const { name, resourceVersion } = one.metadata
      if (byName.get(name)?.metadata.resourceVersion !== resourceVersion) return conflict()
      byName.set(name, { ...one, metadata: { ...one.metadata, resourceVersion: `${Number(resourceVersion) + 1}` } })
      return Promise.resolve()
    },
    remove: ({ metadata }) => Promise.resolve(void byName.delete(metadata.name)),
  }
  return { objects, byName }
}

describe('the store of the admin API in a cluster', () => {
  const superAdmin = { subject: 'step', provisioner: 'ops' }
  function aStore(...first: Named<Provisioner>[]): ReturnType<typeof memoryObjects> & { store: AdminStore } {
    const memory = memoryObjects(...first)
    const options = { database: memoryAdminStore(), superAdmin: () => superAdmin, claims: () => builtInClaims }
    return { ...memory, store: createObjectStore({ objects: memory.objects, ...options }) }
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
      metadata: { annotations: { [idAnnotation]: 'new-id' } },
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
    const answers = (error: SignetError) => ({ ...objects, create: () => Promise.reject(error) })
    const failing = (error: SignetError) => {
      const options = { database: memoryAdminStore(), superAdmin: () => undefined, claims: () => builtInClaims }
      return createObjectStore({ objects: answers(error), ...options })
    }
    const invalid = failing(new SignetError('malformed', 'spec.x5c.roots: Too long', { reason: 'Invalid' }))
    await invalid.load()
    await expect(invalid.change(1, [made])).rejects.toMatchObject(refused('spec.x5c.roots: Too long'))
    const forbidden = failing(new SignetError('forbidden', 'cannot create', { reason: 'Forbidden' }))
    await forbidden.load()
    await expect(forbidden.change(1, [made])).rejects.toMatchObject({
      code: 'unavailable',
      message: "this authority may not write Provisioner objects: add signet to the chart's adminAPI.authorities",
    })
    const same = provisionerChange({ ...stored(object('ops', specs.JWK)), id: 'other-id' })
    await expect(store.change(revision, [same])).rejects.toMatchObject({
      code: 'conflict',
      reason: 'Conflict',
      message: 'the API server did not take it: the object is there, or has changed',
    })
  })
})
