import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { keepCrl } from '../../../src/app/authority-process/crl.ts'
import { aConfig, noon } from '../../builders/authority.ts'
import { recordedLog } from '../../fakes/recorded-log.ts'

const minute = 60_000
const settings = { generateOnRevoke: false, cacheDuration: 60 * minute, renewPeriod: 10 * minute, idpURL: '' }

beforeEach(() => void vi.useFakeTimers({ now: noon }))
afterEach(() => void vi.useRealTimers())

/** Counts the lists that are made; `fail` makes the next ones fail. */
function aKeeper(crl: typeof settings | undefined) {
  const log = recordedLog()
  const state = { made: 0, failing: false }
  const publishCrl = (): Promise<void> => {
    if (state.failing) return Promise.reject(new Error('disk full'))
    state.made += 1
    return Promise.resolve()
  }
  const authority = { publishCrl, config: () => aConfig({ crl }) }
  const keeper = keepCrl({ authority, clock: { now: () => Date.now() }, log })
  return { state, stop: () => keeper.stop(), lines: log.lines }
}

describe('revocation lists', () => {
  it('are made whenever the period of the last is over, until the end', async () => {
    const { state, stop } = aKeeper(settings)
    await vi.advanceTimersByTimeAsync(10 * minute - 1)
    expect(state.made).toBe(0)
    await vi.advanceTimersByTimeAsync(1)
    expect(state.made).toBe(1)
    await vi.advanceTimersByTimeAsync(20 * minute)
    expect(state.made).toBe(3)
    stop()
    await vi.advanceTimersByTimeAsync(60 * minute)
    expect(state.made).toBe(3)
  })

  it('are tried again within a minute, and the failure is told', async () => {
    const { state, stop, lines } = aKeeper(settings)
    state.failing = true
    await vi.advanceTimersByTimeAsync(10 * minute)
    state.failing = false
    await vi.advanceTimersByTimeAsync(minute)
    expect(state.made).toBe(1)
    expect(lines).toMatchObject([{ level: 'error', message: 'cannot make a revocation list' }])
    stop()
  })

  it('come before the last one ends, however short their time is', async () => {
    const { state, stop } = aKeeper({ ...settings, cacheDuration: 1.5 * minute, renewPeriod: 1.5 * minute })
    await vi.advanceTimersByTimeAsync(1.5 * minute)
    expect(state.made).toBe(1)
    await vi.advanceTimersByTimeAsync(1.5 * minute)
    expect(state.made).toBe(2)
    stop()
  })

  it('are none where they are off', async () => {
    const { state, stop } = aKeeper(undefined)
    await vi.advanceTimersByTimeAsync(600 * minute)
    expect(state.made).toBe(0)
    stop()
  })
})
