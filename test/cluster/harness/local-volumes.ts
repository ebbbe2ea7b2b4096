import { join } from 'node:path'
import { nodeName } from './settings.ts'

/** Name of the StorageClass and of its provisioner. */
export const storageClassName = 'standard'
export const provisionerName = 'signet.dev/local-volumes'

export type Claim = {
  metadata: { name: string; namespace: string; uid: string; deletionTimestamp?: string }
  spec: {
    storageClassName?: string
    volumeName?: string
    accessModes: string[]
    resources: { requests: { storage: string } }
  }
}

export type Volume = {
  apiVersion: 'v1'
  kind: 'PersistentVolume'
  metadata: { name: string; annotations?: Record<string, string> }
  spec: {
    capacity: { storage: string }
    accessModes: string[]
    persistentVolumeReclaimPolicy: string
    storageClassName: string
    local: { path: string }
    claimRef: { apiVersion: 'v1'; kind: 'PersistentVolumeClaim'; name: string; namespace: string; uid: string }
    nodeAffinity: unknown
  }
  status?: { phase?: string }
}

const volumeName = (claim: Claim): string => `pvc-${claim.metadata.uid}`

/** Claims of our class that still wait for a volume. */
export function unboundClaims(claims: readonly Claim[], volumes: readonly Volume[]): Claim[] {
  const made = new Set(volumes.map((volume) => volume.metadata.name))
  return claims.filter(
    (claim) =>
      claim.spec.storageClassName === storageClassName &&
      claim.spec.volumeName === undefined &&
      claim.metadata.deletionTimestamp === undefined &&
      !made.has(volumeName(claim)),
  )
}

/** Volumes of ours whose claim is gone. */
export function releasedVolumes(volumes: readonly Volume[]): Volume[] {
  return volumes.filter(
    (volume) =>
      volume.metadata.annotations?.['pv.kubernetes.io/provisioned-by'] === provisionerName &&
      volume.spec.persistentVolumeReclaimPolicy === 'Delete' &&
      volume.status?.phase === 'Released',
  )
}

/** The volume for one claim: a folder of its own below `directory`, on the cluster's only node. */
export function volumeFor(claim: Claim, directory: string): Volume {
  const name = volumeName(claim)
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    // Without this annotation the controller-manager tries to delete the volume itself, and marks it as failed.
    metadata: { name, annotations: { 'pv.kubernetes.io/provisioned-by': provisionerName } },
    spec: {
      capacity: { storage: claim.spec.resources.requests.storage },
      accessModes: claim.spec.accessModes,
      persistentVolumeReclaimPolicy: 'Delete',
      storageClassName,
      local: { path: join(directory, name) },
      claimRef: {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        name: claim.metadata.name,
        namespace: claim.metadata.namespace,
        uid: claim.metadata.uid,
      },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [nodeName] }] },
          ],
        },
      },
    },
  }
}

/** The default StorageClass. */
export const storageClass = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: storageClassName, annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
  provisioner: provisionerName,
  reclaimPolicy: 'Delete',
  volumeBindingMode: 'Immediate',
}
