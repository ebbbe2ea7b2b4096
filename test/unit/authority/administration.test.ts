import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createAdministration } from '../../../src/authority/admin/administration.ts'
import { createObjectStore } from '../../../src/authority/admin/object-store.ts'
import { addProvisioner, provisionerNamed, updateProvisioner } from '../../../src/authority/admin/provisioners.ts'
import { emptyState } from '../../../src/authority/admin/state.ts'
import { builtInClaims } from '../../../src/core/claims.ts'
import { aConfig, anAuthority, noon, someProvisioners } from '../../builders/authority.ts'
import { aRoot, pemOf } from '../../builders/ca-material.ts'
import { aCsr } from '../../builders/csr.ts'
import { countingRandom } from '../../fakes/counting-random.ts'
import { memoryAdminStore } from '../../fakes/memory-admin-store.ts'
import { memoryProvisionerObjects } from '../../fakes/memory-provisioner-objects.ts'
import { anAdminToken } from '../../harness/admin-client.ts'
import { ops, request } from './jwk-harness.ts'

const path = '/admin/provisioners'

/** The admin API of a cluster at noon, where the clock stands still, and who has a certificate but is no admin. */
async function inCluster() {
  const { objects, byName } = memoryProvisionerObjects()
  const looks = { begun: 0, allowed: Promise.resolve() }
  const counted = {
    ...objects,
    async list() {
      looks.begun += 1
      await looks.allowed
      return objects.list()
    },
  }
  const facts = { superAdmin: () => undefined, claims: () => builtInClaims, policy: () => undefined }
  const administration = createObjectStore({ ...facts, objects: counted, database: memoryAdminStore() })
  const { authority, store, events, clock } = anAuthority(aConfig({ provisioners: someProvisioners(ops) }))
  const api = createAdministration(
    {
      administration,
      store,
      authority,
      events,
      clock,
      random: countingRandom(),
      serially: (work) => work(),
      prepare: () => () => undefined,
      settled: () => Promise.resolve(),
    },
    { revision: 0, state: emptyState },
  )
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const csr = aCsr({ subject: { commonName: 'web.example.com' }, privateKey })
  const { chain } = await authority.signX509(request({ csr }), { requestId: 'r-1' })
  const seconds = noon / 1000
  const times = { iat: seconds, nbf: seconds, exp: seconds + 300 }
  return {
    api,
    byName,
    looks,
    /** A request; comes to an end when it is known that nobody here is an admin. */
    ask: async () => {
      const identity = { chain: chain.map(({ der }) => der), privateKey }
      const token = anAdminToken(identity, path, { aud: `https://ca.example.com${path}`, ...times })
      await expect(api.authorize(token, { requestId: 'r-2', method: 'GET', path })).rejects.toMatchObject({
        code: 'unauthorized',
        reason: 'NotAdmin',
      })
    },
    add: () => api.change(({ state, birth, config }) => addProvisioner(state, corp, birth, config)),
    forbidRenewal: () =>
      api.change(({ state, config }) => {
        const old = provisionerNamed(state, 'corp')
        return updateProvisioner(state, old, { ...old.linked, claims: { disableRenewal: true } }, config)
      }),
  }
}

const roots = Buffer.from(pemOf(aRoot(noon))).toString('base64')
const corp = { type: 'X5C' as const, name: 'corp', details: { X5C: { roots: [roots] } } }

describe('the admin API of a cluster', () => {
  it('looks once a second at what others did, and after each change of its own', async () => {
    const { api, looks, ask, add, byName } = await inCluster()
    await ask()
    await ask()
    expect(looks.begun).toBe(1)
    const { provisioner } = await add()
    expect(byName.get('corp')?.spec.type).toBe('X5C')
    await ask()
    await ask()
    expect(looks.begun).toBe(2)
    expect(provisionerNamed(api.state(), 'corp').id).toBe(provisioner.id)
  })

  it('knows what somebody else made of an object by the next request after it was refused for that', async () => {
    const { byName, ask, add, forbidRenewal } = await inCluster()
    await ask()
    await add()
    await ask()
    const mine = byName.get('corp')
    if (mine === undefined) throw new Error('there is no object')
    byName.set('corp', { ...mine, metadata: { ...mine.metadata, resourceVersion: '7' } })
    await expect(forbidRenewal()).rejects.toMatchObject({
      code: 'conflict',
      message: 'the API server did not take it: the object is there, or has changed',
    })
    await ask()
    await forbidRenewal()
    expect(byName.get('corp')?.spec.claims).toEqual({ disableRenewal: true })
  })

  it('lets requests wait that come while it looks what there is', async () => {
    const { looks, ask } = await inCluster()
    let allow = (): void => undefined
    looks.allowed = new Promise((resolve) => void (allow = resolve))
    const answered: string[] = []
    const requests = ['first', 'second'].map((name) => ask().then(() => answered.push(name)))
    while (looks.begun === 0) await new Promise(setImmediate)
    await new Promise(setImmediate)
    expect([looks.begun, answered]).toEqual([1, []])
    allow()
    await Promise.all(requests)
    expect([looks.begun, answered.toSorted()]).toEqual([1, ['first', 'second']])
  })
})
