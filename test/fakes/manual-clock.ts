import type { Clock } from '../../src/core/clock.ts'

/** A clock that stands still until someone turns it. */
export type ManualClock = Clock & {
  /** Moves it forward (or, with a negative number, back) by milliseconds. */
  advance(milliseconds: number): void
}

export function manualClock(start: number): ManualClock {
  let time = start
  return {
    now: () => time,
    advance(milliseconds) {
      time += milliseconds
    },
  }
}
