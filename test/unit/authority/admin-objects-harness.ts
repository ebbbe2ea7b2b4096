import { provisionerOfObject } from '../../../src/authority/admin/objects.ts'
import type { StoredProvisioner } from '../../../src/authority/admin/state.ts'
import { builtInClaims } from '../../../src/core/claims.ts'
import type { Named, Provisioner, ProvisionerSpec } from '../../../src/core/resources/index.ts'
import { noon } from '../../builders/authority.ts'
import { aRoot, pemOf } from '../../builders/ca-material.ts'
import { aProvisioner, created, provisionersOfAllTypes } from '../../builders/resources.ts'
import { objectOwner } from '../../fakes/memory-provisioner-objects.ts'

export const specs = provisionersOfAllTypes(pemOf(aRoot(noon)))
export const owner = { ...objectOwner, claims: builtInClaims }

export function object(name: string, spec: Partial<ProvisionerSpec>, metadata: object = {}): Named<Provisioner> {
  const { k8sSA: _, ...rest } = aProvisioner().spec
  return {
    ...aProvisioner(),
    metadata: { name, uid: `uid-${name}`, resourceVersion: '1', creationTimestamp: created, ...metadata },
    spec: { ...rest, ...spec },
  }
}

export function stored(one: Named<Provisioner>): StoredProvisioner {
  const found = provisionerOfObject(one, one.metadata.uid ?? '', builtInClaims)
  if (found === undefined) throw new Error('the object was not read')
  return found
}

export const refused = (message: string): object => ({ code: 'malformed', reason: 'BadRequest', message })
