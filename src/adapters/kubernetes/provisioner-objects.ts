import type { ProvisionerObjects } from '../../authority/admin/object-store.ts'
import { provisioners, type Provisioner } from '../../core/resources/index.ts'
import type { KubeApi } from './client.ts'
import { objectPath } from './paths.ts'

/** A field that objects do not have is refused, not left out. */
const strict = { fieldValidation: 'Strict' } as const

/** The Provisioner objects of one Authority. Calls fail as those of `KubeApi`: `conflict` where one of the name exists or was changed. */
export function createProvisionerObjects(api: KubeApi, manager: string, authority: string): ProvisionerObjects {
  return {
    manager,
    authority,
    async list() {
      const { items } = await api.list<Provisioner>(provisioners, { managedFields: true })
      return items.filter(({ spec }) => spec.authorityRef.name === authority)
    },
    create: (object) => api.create(provisioners, object, strict),
    replace: (object) => api.replace(provisioners, object, strict),
    async remove({ metadata }) {
      const { uid, resourceVersion } = metadata
      const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid, resourceVersion } }
      await api.request('DELETE', objectPath(provisioners, metadata), { body })
    },
  }
}
