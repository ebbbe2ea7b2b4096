import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createWorkQueue } from '../../../../src/adapters/kubernetes/work-queue.ts'
import { SignetError } from '../../../../src/core/errors.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Work that a test ends by hand. */
function manualWork() {
  const running = new Map<string, { finish(): void; fail(error: Error): void }>()
  const begun: string[] = []
  const work = (key: string) =>
    new Promise<void>((resolve, reject) => {
      begun.push(key)
      running.set(key, { finish: resolve, fail: reject })
    })
  const end = async (key: string, error?: Error) => {
    const handle = running.get(key)
    running.delete(key)
    if (error === undefined) handle?.finish()
    else handle?.fail(error)
    await vi.advanceTimersByTimeAsync(0)
  }
  return { work, begun, running, end }
}

describe('a work queue', () => {
  it('works on as many keys at once as it has workers, in order', async () => {
    const { work, begun, end } = manualWork()
    const queue = createWorkQueue({ workers: 2, work })
    for (const key of ['a', 'b', 'c', 'd']) queue.add(key)
    expect(begun).toEqual([])
    queue.start()
    expect(begun).toEqual(['a', 'b'])
    expect(queue.depth).toBe(2)
    await end('b')
    expect(begun).toEqual(['a', 'b', 'c'])
  })

  it('holds a waiting key once', () => {
    const { work, begun } = manualWork()
    const queue = createWorkQueue({ workers: 5, work })
    queue.add('a')
    queue.add('a')
    queue.start()
    expect(begun).toEqual(['a'])
  })

  it('takes a key up again that was added during its work, never by two workers at once', async () => {
    const { work, begun, end } = manualWork()
    const queue = createWorkQueue({ workers: 5, work })
    queue.start()
    queue.add('a')
    queue.add('a')
    queue.add('a')
    expect(begun).toEqual(['a'])
    await end('a')
    expect(begun).toEqual(['a', 'a'])
    await end('a')
    expect(begun).toEqual(['a', 'a'])
  })

  it('tries failed work again, twice as late each time up to the longest, and from the start after a success', async () => {
    const { work, begun, end } = manualWork()
    const delays: number[] = []
    const queue = createWorkQueue({
      workers: 1,
      work,
      backoff: { firstMs: 5, longestMs: 30 },
      hooks: { failed: (_key, _error, _attempt, delayMs) => delays.push(delayMs) },
    })
    queue.start()
    queue.add('a')
    for (const delay of [5, 10, 20, 30, 30]) {
      await end('a', new Error('no'))
      const before = begun.length
      await vi.advanceTimersByTimeAsync(delay - 1)
      expect(begun.length).toBe(before)
      await vi.advanceTimersByTimeAsync(1)
      expect(begun.length).toBe(before + 1)
    }
    await end('a')
    queue.add('a')
    await end('a', new Error('no'))
    expect(delays).toEqual([5, 10, 20, 30, 30, 5])
  })

  it('waits for as long as an error says', async () => {
    const { work, begun, end } = manualWork()
    const queue = createWorkQueue({ workers: 1, work })
    queue.start()
    queue.add('a')
    await end('a', new SignetError('unavailable', 'busy', { retryAfterSeconds: 7 }))
    await vi.advanceTimersByTimeAsync(6999)
    expect(begun).toEqual(['a'])
    await vi.advanceTimersByTimeAsync(1)
    expect(begun).toEqual(['a', 'a'])
  })

  it('of several waits for one key keeps the earliest', async () => {
    const { work, begun, end } = manualWork()
    const queue = createWorkQueue({ workers: 1, work })
    queue.start()
    queue.addAfter('a', 500)
    queue.addAfter('a', 100)
    queue.addAfter('a', 300)
    await vi.advanceTimersByTimeAsync(100)
    expect(begun).toEqual(['a'])
    await end('a')
    await vi.advanceTimersByTimeAsync(1000)
    expect(begun).toEqual(['a'])
  })

  it('forgets a wait when the key is added at once', async () => {
    const { work, begun, end } = manualWork()
    const queue = createWorkQueue({ workers: 1, work })
    queue.start()
    queue.addAfter('a', 100)
    queue.add('a')
    await end('a')
    await vi.advanceTimersByTimeAsync(1000)
    expect(begun).toEqual(['a'])
  })

  it('waits for months in steps that a timer can hold', async () => {
    const { work, begun } = manualWork()
    const queue = createWorkQueue({ workers: 1, work })
    queue.start()
    queue.addAfter('a', 90 * 24 * 3_600_000)
    await vi.advanceTimersByTimeAsync(1000)
    expect(begun).toEqual([])
    await vi.advanceTimersByTimeAsync(2 ** 31)
    expect(begun).toEqual(['a'])
  })

  it('when stopped finishes what is in hand and starts nothing', async () => {
    const { work, begun, end } = manualWork()
    const queue = createWorkQueue({ workers: 1, work })
    queue.start()
    queue.add('a')
    queue.add('b')
    queue.addAfter('c', 10)
    let stopped = false
    const stop = queue.stop().then(() => (stopped = true))
    await vi.advanceTimersByTimeAsync(1000)
    expect(stopped).toBe(false)
    await end('a')
    await stop
    expect(begun).toEqual(['a'])
  })

  it('tells its hooks how long keys waited and were worked on', async () => {
    const { work, end } = manualWork()
    const told: unknown[] = []
    const queue = createWorkQueue({
      workers: 1,
      work,
      hooks: {
        added: () => told.push('added'),
        started: (key, waited) => told.push(['started', key, waited]),
        finished: (key, worked) => told.push(['finished', key, worked]),
      },
    })
    queue.add('a')
    await vi.advanceTimersByTimeAsync(2000)
    queue.start()
    await vi.advanceTimersByTimeAsync(3000)
    await end('a')
    expect(told).toEqual(['added', ['started', 'a', 2], ['finished', 'a', 3]])
  })
})
