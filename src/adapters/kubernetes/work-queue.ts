import { isSignetError } from '../../core/errors.ts'
import { delayAfter, type Backoff } from '../../core/backoff.ts'

/** What a queue tells about itself, for metrics and the log. Times in seconds. */
export type WorkQueueHooks = {
  /** A key is waiting that was not before. */
  added?(): void
  /** Work on a key begins; it waited for `waited`. */
  started?(key: string, waited: number): void
  finished?(key: string, worked: number): void
  /** Work failed for the `attempt`th time in a row and will be tried again after `delayMs`. */
  failed?(key: string, error: unknown, attempt: number, delayMs: number): void
}

export type WorkQueueOptions = {
  /** How many keys are worked on at once. */
  readonly workers: number
  /** Works on one key. A failure is tried again: later each time, or when the error says (`retryAfterSeconds`). */
  readonly work: (key: string) => Promise<void>
  /** Pause after a failure, doubled with each in a row. Default: 5 ms to 60 s. */
  readonly backoff?: Backoff
  readonly hooks?: WorkQueueHooks
}

/** Keys waiting to be worked on: no key twice, no key by two workers at once. */
export type WorkQueue = {
  /** A key that is being worked on is taken up again afterwards. */
  add(key: string): void
  /** Adds the key after this many milliseconds; of several waits for one key the earliest holds. */
  addAfter(key: string, delayMs: number): void
  /** Keys that could be worked on now. */
  readonly depth: number
  /** Lets the workers begin; until then keys only gather. */
  start(): void
  /** Takes nothing up any more; resolves when the work in hand is done. */
  stop(): Promise<void>
}

const defaultBackoff: Backoff = { firstMs: 5, longestMs: 60_000 }
/** A timer cannot wait longer (24.8 days); an early wake-up finds nothing to do and waits again. */
const longestTimerMs = 2 ** 31 - 1

export function createWorkQueue({ workers, work, backoff = defaultBackoff, hooks = {} }: WorkQueueOptions): WorkQueue {
  /** Since when each key waits (performance.now), in order of arrival. */
  const waiting = new Map<string, number>()
  const active = new Set<string>()
  /** Keys that were added while they were worked on. */
  const again = new Set<string>()
  const failures = new Map<string, number>()
  const delayed = new Map<string, { readonly at: number; readonly timer: NodeJS.Timeout }>()
  let running = false
  let idle: (() => void) | undefined

  const add = (key: string): void => {
    clearDelay(key)
    if (active.has(key)) {
      again.add(key)
    } else if (!waiting.has(key)) {
      waiting.set(key, performance.now())
      hooks.added?.()
      pump()
    }
  }

  const addAfter = (key: string, delayMs: number): void => {
    const at = performance.now() + delayMs
    const earlier = delayed.get(key)
    if (earlier !== undefined && earlier.at <= at) return
    clearDelay(key)
    const timer = setTimeout(() => add(key), Math.min(Math.max(delayMs, 0), longestTimerMs)).unref()
    delayed.set(key, { at, timer })
  }

  const clearDelay = (key: string): void => {
    clearTimeout(delayed.get(key)?.timer)
    delayed.delete(key)
  }

  const pump = (): void => {
    for (const [key, since] of waiting) {
      if (!running || active.size >= workers) return
      waiting.delete(key)
      active.add(key)
      void runOne(key, (performance.now() - since) / 1000)
    }
  }

  const runOne = async (key: string, waited: number): Promise<void> => {
    const started = performance.now()
    hooks.started?.(key, waited)
    try {
      await work(key)
      failures.delete(key)
    } catch (error) {
      retry(key, error)
    }
    hooks.finished?.(key, (performance.now() - started) / 1000)
    active.delete(key)
    if (again.delete(key)) add(key)
    pump()
    if (active.size === 0) idle?.()
  }

  const retry = (key: string, error: unknown): void => {
    const attempt = (failures.get(key) ?? 0) + 1
    failures.set(key, attempt)
    const asked = isSignetError(error) ? (error.retryAfterSeconds ?? 0) * 1000 : 0
    const delayMs = Math.max(asked, delayAfter(backoff, attempt))
    hooks.failed?.(key, error, attempt, delayMs)
    addAfter(key, delayMs)
  }

  return {
    add,
    addAfter,
    get depth() {
      return waiting.size
    },
    start: () => {
      running = true
      pump()
    },
    stop: async () => {
      running = false
      for (const key of delayed.keys()) clearDelay(key)
      if (active.size > 0) await new Promise<void>((resolve) => (idle = resolve))
    },
  }
}
