import { setTimeout as sleep } from 'node:timers/promises'

/** Between half of the delay and all of it, so that many processes do not come back together. */
export function jittered(delayMs: number): number {
  return delayMs * (0.5 + Math.random() / 2)
}

/** Resolves after the delay, or at once when the signal is given. */
export async function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  await sleep(delayMs, undefined, { signal }).catch(() => undefined)
}
