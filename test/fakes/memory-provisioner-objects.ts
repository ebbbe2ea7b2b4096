import type { ProvisionerObjects } from '../../src/authority/admin/object-store.ts'
import { SignetError } from '../../src/core/errors.ts'
import type { Named, Provisioner } from '../../src/core/resources/index.ts'
import { created } from '../builders/resources.ts'

/** Whose objects these are. */
export const objectOwner = { authority: 'signet', manager: 'signet-authority' }

/** As the API server notes it of what the admin API wrote. */
export const writtenByOwner = [
  { manager: objectOwner.manager, operation: 'Update' as const, fieldsV1: { 'f:spec': {} } },
]

export type MemoryObjects = {
  readonly objects: ProvisionerObjects
  readonly byName: Map<string, Named<Provisioner>>
}

/** Provisioner objects in memory that go by resourceVersion, as the API server's. */
export function memoryProvisionerObjects(...first: Named<Provisioner>[]): MemoryObjects {
  const byName = new Map(first.map((one) => [one.metadata.name, one]))
  const conflict = () => Promise.reject(new SignetError('conflict', 'the object is there, or has changed'))
  const keep = (one: Named<Provisioner>): Promise<Named<Provisioner>> => {
    byName.set(one.metadata.name, one)
    return Promise.resolve(one)
  }
  const objects: ProvisionerObjects = {
    ...objectOwner,
    list: () => Promise.resolve([...byName.values()]),
    create(one) {
      const { name } = one.metadata
      if (byName.has(name)) return conflict()
      const made = { uid: `uid-${name}`, resourceVersion: '1', creationTimestamp: created }
      return keep({ ...one, metadata: { ...one.metadata, ...made, managedFields: writtenByOwner } })
    },
    replace(one) {
      const { name, resourceVersion } = one.metadata
      if (byName.get(name)?.metadata.resourceVersion !== resourceVersion) return conflict()
      return keep({ ...one, metadata: { ...one.metadata, resourceVersion: `${Number(resourceVersion) + 1}` } })
    },
    remove({ metadata: { name, resourceVersion } }) {
      if (byName.get(name)?.metadata.resourceVersion !== resourceVersion) return conflict()
      return Promise.resolve(byName.delete(name))
    },
  }
  return { objects, byName }
}
