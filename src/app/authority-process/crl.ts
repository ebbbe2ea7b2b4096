import type { Authority } from '../../authority/authority.ts'
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'

/** How often the clock is looked at, at most: short, so that a suspended machine or a clock that was set is noticed. */
const lookMs = 60_000

export type CrlDependencies = {
  readonly authority: Pick<Authority, 'publishCrl' | 'config'>
  readonly clock: Clock
  readonly log: Log
}

/** Makes a new revocation list whenever the period of the last is over; a failure is tried again within a minute. */
export function keepCrl({ authority, clock, log }: CrlDependencies): { stop(): void } {
  let madeAt = clock.now()
  let timer: NodeJS.Timeout | undefined
  const period = (): number => authority.config().crl?.renewPeriod ?? Infinity
  const look = async (): Promise<void> => {
    if (clock.now() >= madeAt + period()) {
      try {
        await authority.publishCrl()
        madeAt = clock.now()
      } catch (error) {
        log.error({ err: error }, 'cannot make a revocation list')
      }
    }
    if (timer !== undefined) wait()
  }
  const wait = (): void => {
    const left = madeAt + period() - clock.now()
    // None is left where the last attempt failed.
    timer = setTimeout(() => void look(), left > 0 ? Math.min(left, lookMs) : lookMs)
  }
  wait()
  return {
    stop() {
      clearTimeout(timer)
      timer = undefined
    },
  }
}
