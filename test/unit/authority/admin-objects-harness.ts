import { provisionerOfObject } from '../../../src/authority/admin/objects.ts'
import type { StoredProvisioner } from '../../../src/authority/admin/state.ts'
import { builtInClaims } from '../../../src/core/claims.ts'
import type { Named, Provisioner, ProvisionerSpec } from '../../../src/core/resources/index.ts'
import { noon } from '../../builders/authority.ts'
import { aRoot, pemOf } from '../../builders/ca-material.ts'
import { aProvisioner, created, provisionersOfAllTypes } from '../../builders/resources.ts'

export const specs = provisionersOfAllTypes(pemOf(aRoot(noon)))
export const owner = { authority: 'signet', manager: 'signet-authority', claims: builtInClaims }

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

/** As the API server notes it of what the admin API wrote. */
export const ours = [{ manager: owner.manager, operation: 'Update' as const, fieldsV1: { 'f:spec': {} } }]

export const refused = (message: string): object => ({ code: 'malformed', reason: 'BadRequest', message })
