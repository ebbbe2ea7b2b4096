import type { Kubectl } from '../harness/kubectl.ts'
import type { AuthorityAccess } from '../support/authority.ts'

/** What one round of a fault works with: a namespace of its own that opted in. */
export type World = {
  readonly kubectl: Kubectl
  readonly authority: AuthorityAccess
  readonly namespace: string
  /** For the app containers of pods. */
  readonly image: string
  /** What must be undone or ended after the round, however it ends. */
  readonly cleanup: AsyncDisposableStack
}

/** Work that a fault is to hit. */
export type Load = {
  /** Gives the work out; resolves at once where it goes on by itself. */
  start(): Promise<void>
  /** How much of it is done. */
  done(): Promise<number>
  /** The fault strikes when this much is done. */
  readonly enough: number
  readonly all: number
  /** Resolves when all of it came out well; fails where that takes longer. */
  settled(withinMs: number): Promise<void>
}

/** Two loads as one. */
export function together(one: Load, other: Load): Load {
  return {
    start: async () => void (await Promise.all([one.start(), other.start()])),
    done: async () => (await one.done()) + (await other.done()),
    enough: one.enough + other.enough,
    all: one.all + other.all,
    settled: async (withinMs) => void (await Promise.all([one.settled(withinMs), other.settled(withinMs)])),
  }
}

/** Applies objects as a user does whose kubectl is refused or cut off: again. */
export function applyUntilAccepted({ kubectl, namespace }: World, objects: readonly object[]): Promise<true> {
  const applied = kubectl.eventually(namespace, 'the objects to be accepted', 60_000, async (): Promise<true> => {
    await kubectl.apply(objects)
    return true
  })
  applied.catch(() => undefined)
  return applied
}
