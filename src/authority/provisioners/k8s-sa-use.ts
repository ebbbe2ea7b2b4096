import { sha256Hex, utf8Bytes } from '../../core/bytes.ts'
import type { CredentialUse } from '../ports.ts'
import type { K8sSASettings } from './k8s-sa-settings.ts'

const usesWindowSeconds = 60
/** Longer than a projected token lives unless someone asks for more; only the count of uses needs the record. */
const usesKeptMs = 3_600_000

/** One more use by the holder of this uid, a pod or what stands for it, with the credential of this id, at `now` (milliseconds). */
export function podUse(
  { usesPerPodPerMinute }: Pick<K8sSASettings, 'usesPerPodPerMinute'>,
  uid: string,
  id: string,
  now: number,
): CredentialUse {
  return {
    kind: 'limited',
    id,
    subject: `pod ${uid}`,
    limit: usesPerPodPerMinute,
    windowSeconds: usesWindowSeconds,
    expiresAt: now + usesKeptMs,
  }
}

/** What a use is kept under where the token brings no id of its own. */
export const hashOfToken = (text: string): string => sha256Hex(utf8Bytes(text))
