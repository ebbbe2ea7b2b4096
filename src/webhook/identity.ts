import type { Wish } from './annotations.ts'
import { SignetError } from '../core/errors.ts'
import { containersOf, type Pod } from './pod.ts'

/** The user of the injected containers and the permission bits of the files that they write. */
export type Identity = {
  readonly uid: number
  /** undefined: that of the pod or the image. */
  readonly gid?: number
  readonly mode: number
}

/** Where no user is known that can be shared: an id that no other container is likely to have. */
const nobody = 65_532

/**
 * User and mode by the kubelet's rule for token files (`pkg/volume/util/fs_user.go`, `projected.go`). To run as the app's
 * own user matters beyond our files: a container with another user would turn the pod's other token files from 0600 to
 * 0644. `owner` and `mode` are autocert's annotations.
 */
export function identityOf(pod: Pod, wish: Pick<Wish, 'owner' | 'mode'>): Identity {
  const shared = sharedUser(pod)
  const uid = wish.owner?.uid ?? shared ?? nobody
  if (uid === 0 && shared !== 0 && pod.spec.securityContext?.runAsNonRoot === true) {
    throw new SignetError(
      'malformed',
      'annotation autocert.step.sm/owner asks for user 0, but the pod has runAsNonRoot: true',
    )
  }
  const mode = wish.mode ?? defaultMode(pod, uid === shared)
  return { uid, mode, ...(wish.owner && { gid: wish.owner.gid }) }
}

function defaultMode(pod: Pod, isSharedUser: boolean): number {
  if (pod.spec.securityContext?.fsGroup !== undefined) return 0o640
  return isSharedUser ? 0o600 : 0o644
}

/** The one user that every container of the pod declares; undefined if one declares none or another. */
function sharedUser(pod: Pod): number | undefined {
  const users = new Set(
    containersOf(pod).map((container) => container.securityContext?.runAsUser ?? pod.spec.securityContext?.runAsUser),
  )
  const [user] = users
  return users.size === 1 ? user : undefined
}
