import type { KubernetesObject, Named, ObjectKey } from '../core/resources/index.ts'
import { keyText } from '../core/resources/object-key.ts'
import type { Informer } from './ports.ts'

/** A cache that never answers with less than what this process wrote. */
export type OwnWrites<T extends KubernetesObject> = {
  get(key: ObjectKey): Named<T> | undefined
  /** Remembers what the API server answered to a write until the watch has come that far. */
  wrote(object: Named<T>): void
}

/**
 * A watch runs behind by milliseconds: whoever writes status and looks again at once would decide on the one before, and
 * write it back. An object that the watch does not know is gone, whatever was written to it.
 */
export function rememberOwnWrites<T extends KubernetesObject>(informer: Pick<Informer<T>, 'get'>): OwnWrites<T> {
  const written = new Map<string, Named<T>>()
  return {
    get(key) {
      const seen = informer.get(key)
      const own = written.get(keyText(key))
      if (own === undefined) return seen
      if (
        seen !== undefined &&
        seen.metadata.uid === own.metadata.uid &&
        isOlder(seen.metadata.resourceVersion, own.metadata.resourceVersion)
      )
        return own
      written.delete(keyText(key))
      return seen
    },
    wrote: (object) => void written.set(keyText(object.metadata), object),
  }
}

/** resourceVersions of one kind are numbers that grow (KEP-5504; true of every API server on etcd before it too). */
export function isOlder(left: string | undefined, right: string | undefined): boolean {
  return versionOf(left) < versionOf(right)
}

function versionOf(resourceVersion = ''): bigint {
  return /^[0-9]+$/.test(resourceVersion) ? BigInt(resourceVersion) : 0n
}
