import { expect, test } from 'vitest'
import {
  provisionerName,
  releasedVolumes,
  storageClassName,
  unboundClaims,
  volumeFor,
} from '../../cluster/harness/local-volumes.ts'
import type { Claim, Volume } from '../../cluster/harness/local-volumes.ts'

function claim(uid: string, spec: Partial<Claim['spec']> = {}): Claim {
  return {
    metadata: { name: `data-${uid}`, namespace: 'demo', uid },
    spec: { storageClassName, accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
  }
}

const inPhase = (volume: Volume, phase: string): Volume => ({ ...volume, status: { phase } })

test('makes a volume once, for claims of its own class only', () => {
  const made = claim('made')
  const deleted = { ...claim('deleted'), metadata: { ...claim('deleted').metadata, deletionTimestamp: 'now' } }
  const claims = [
    claim('new'),
    made,
    deleted,
    claim('bound', { volumeName: 'v' }),
    claim('other', { storageClassName: 'x' }),
  ]
  expect(unboundClaims(claims, [volumeFor(made, '/v')]).map((found) => found.metadata.uid)).toEqual(['new'])
})

test('a volume belongs to exactly one claim and has a folder of its own', () => {
  expect(volumeFor(claim('u1'), '/volumes').spec).toMatchObject({
    capacity: { storage: '1Gi' },
    local: { path: '/volumes/pvc-u1' },
    claimRef: { namespace: 'demo', name: 'data-u1', uid: 'u1' },
  })
})

test('removes only volumes of its own that were released', () => {
  const volume = volumeFor(claim('u1'), '/volumes')
  const kept = { ...volume, spec: { ...volume.spec, persistentVolumeReclaimPolicy: 'Retain' } }
  const foreign = { ...volume, metadata: { name: 'x', annotations: { 'pv.kubernetes.io/provisioned-by': 'other' } } }
  const all = [
    inPhase(volume, 'Released'),
    inPhase(volume, 'Bound'),
    inPhase(kept, 'Released'),
    inPhase(foreign, 'Released'),
  ]
  expect(releasedVolumes(all)).toEqual([inPhase(volume, 'Released')])
  expect(volume.metadata.annotations).toEqual({ 'pv.kubernetes.io/provisioned-by': provisionerName })
})
