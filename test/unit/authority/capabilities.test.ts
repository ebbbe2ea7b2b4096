import { describe, expect, it } from 'vitest'
import { someProvisioners } from '../../builders/authority.ts'
import { ops } from './jwk-harness.ts'
import { kubernetes } from './k8s-sa-harness.ts'
import { people } from './oidc-harness.ts'
import { corp } from './x5c-harness.ts'

/**
 * The X.509 columns of step's table of capabilities: sign, renew, revoke by token. `ours` is what differs here, and why.
 * Renewal asks the provisioner for nothing but its claims, so whoever signs renews.
 */
const rows: readonly (readonly [object, readonly [boolean, boolean], (readonly [boolean, boolean])?])[] = [
  [ops, [true, true]],
  [people, [true, true]],
  [corp, [true, true]],
  // step asks for a serial number as `sub`, which tokens of service accounts never have.
  [kubernetes, [true, true], [true, false]],
  // Configuration only.
  [{ type: 'ACME', name: 'acme' }, [true, false], [false, false]],
  [{ type: 'SSHPOP', name: 'sshpop' }, [false, false]],
  [{ type: 'AWS', name: 'aws' }, [true, false]],
  [{ type: 'GCP', name: 'gcp' }, [true, false]],
  [{ type: 'Azure', name: 'azure', tenantID: 't' }, [true, false]],
]

describe('capabilities of provisioners', () => {
  it.each(rows.map(([json, step, ours = step]) => [json, ours] as const))('%j', (json, ours) => {
    const [provisioner] = someProvisioners(json)
    if (provisioner === undefined) throw new Error('none')
    expect([provisioner.unserved === undefined, 'authorizeX509Revoke' in provisioner]).toEqual(ours)
  })
})
