import { SignetError } from '../../core/errors.ts'
import { fractionOf } from '../../core/fraction.ts'
import { keptFor, readKeySet, type KeySet, type TokenKey } from '../../core/tokens/key-set.ts'
import type { FetchedJson } from '../ports.ts'
import type { AuthorizeWorld } from './provisioner.ts'

/**
 * Nobody is asked more often than this, in milliseconds: not for keys that expire at once, not for a key id that nobody
 * knows, and not while there is no answer. So tokens of strangers cost an identity provider six requests a minute.
 */
const spacingMs = 10_000

type World = Pick<AuthorizeWorld, 'fetchJson' | 'now'>

/** Where keys are, and what is told on the way there. */
export type KeyLocation<Facts> = { readonly facts: Facts; readonly keysUrl: string }

/** Keys that someone else publishes, fetched when the first token comes and kept for as long as their publisher says. */
export type RemoteKeys<Facts> = {
  /**
   * The keys of this id, none if there are none, and the facts. Asks again for an unknown id and when the time is over;
   * where that fails, what is there goes on. `unavailable` (`ProviderUnavailable`) while nothing is there.
   */
  find(keyId: string, world: World): Promise<{ readonly facts: Facts; readonly keys: readonly TokenKey[] }>
}

type Held<Facts> = { readonly facts: Facts; readonly set: KeySet; readonly until: number }

/** `owner` names the provisioner in messages; `locate` finds out where the keys are, each time anew. */
export function createRemoteKeys<Facts>(
  owner: string,
  locate: (fetchJson: AuthorizeWorld['fetchJson']) => Promise<KeyLocation<Facts>>,
): RemoteKeys<Facts> {
  let held: Held<Facts> | undefined
  let failure: SignetError | undefined
  let loading: Promise<void> | undefined
  let lastLoad = -Infinity

  async function load({ fetchJson, now }: World): Promise<void> {
    lastLoad = now
    try {
      const { facts, keysUrl } = await locate(fetchJson)
      const { value, cacheControl } = await fetchJson(keysUrl)
      const kept = keptFor(cacheControl, fractionOf(`${owner} ${now}`))
      held = { facts, set: readDocument(keysUrl, value, readKeySet), until: now + kept }
    } catch (error) {
      failure = describeFailure(owner, error)
    } finally {
      loading = undefined
    }
  }

  return {
    async find(keyId, world) {
      const { now } = world
      const wanting = held === undefined || held.until <= now || !held.set.has(keyId)
      // A clock that was set back is no reason to wait.
      const soon = now >= lastLoad && now - lastLoad < spacingMs
      if (wanting && (loading !== undefined || !soon)) await (loading ??= load(world))
      const { facts, set } = held ?? raise(failure)
      return { facts, keys: set.get(keyId) ?? [] }
    },
  }
}

/** What `read` makes of a document; a fault in it says where it came from. */
export function readDocument<T>(url: string, value: FetchedJson['value'], read: (value: unknown) => T): T {
  try {
    return read(value)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new SignetError('unavailable', `cannot use ${url}: ${why}`, { cause: error })
  }
}

function describeFailure(owner: string, error: unknown): SignetError {
  const why = error instanceof SignetError ? error.message : 'it failed'
  return new SignetError('unavailable', `the keys for provisioner "${owner}" cannot be had: ${why}`, {
    reason: 'ProviderUnavailable',
    retryAfterSeconds: spacingMs / 1000,
    cause: error,
  })
}

function raise(error: SignetError | undefined): never {
  throw error ?? new SignetError('internal', 'keys were neither fetched nor refused')
}
