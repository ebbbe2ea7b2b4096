import { setTimeout as delay } from 'node:timers/promises'

/**
 * Asks until the answer is not undefined and returns it. Throws after `timeoutMs` milliseconds with `what` and, where
 * the last attempt threw, its message: a question that fails is asked again.
 */
export async function until<T>(
  what: string,
  timeoutMs: number,
  ask: () => Promise<T | undefined> | T | undefined,
  intervalMs = 200,
): Promise<T> {
  const end = performance.now() + timeoutMs
  let last = ''
  for (;;) {
    try {
      const answer = await ask()
      if (answer !== undefined) return answer
      last = ''
    } catch (error) {
      last = `: ${error instanceof Error ? error.message : String(error)}`
    }
    if (performance.now() >= end) throw new Error(`waited ${timeoutMs / 1000} s in vain for ${what}${last}`)
    await delay(intervalMs)
  }
}
