import { describe, expect, it, vi } from 'vitest'
import { createReadiness } from '../../../src/app/authority-process/readiness.ts'
import { SignetError } from '../../../src/core/errors.ts'

function world() {
  const state = { now: 0, missing: undefined as string | undefined }
  const store = { check: vi.fn<() => Promise<void>>(() => Promise.resolve()) }
  const probeIssuer = vi.fn<() => void>()
  const ready = createReadiness({ store, probeIssuer, missing: () => state.missing, ticks: () => state.now })
  return { state, store, probeIssuer, ready }
}

describe('readiness of the authority', () => {
  it('tries store and key, and relies on it for ten seconds', async () => {
    const { state, store, probeIssuer, ready } = world()
    expect(await ready()).toEqual({ ready: true })
    state.now = 9999
    expect(await ready()).toEqual({ ready: true })
    expect(store.check).toHaveBeenCalledTimes(1)
    state.now = 10_000
    expect(await ready()).toEqual({ ready: true })
    expect(store.check).toHaveBeenCalledTimes(2)
    expect(probeIssuer).toHaveBeenCalledTimes(2)
  })

  it('says why the store cannot be written to, and tries again at once', async () => {
    const { store, ready } = world()
    store.check.mockRejectedValueOnce(new SignetError('unavailable', 'the database cannot be used: disk I/O error'))
    expect(await ready()).toEqual({ ready: false, reason: 'the database cannot be used: disk I/O error' })
    expect(await ready()).toEqual({ ready: true })
  })

  it('waits for the store no longer than the kubelet waits for the answer', async () => {
    vi.useFakeTimers()
    try {
      const { store, ready } = world()
      store.check.mockReturnValueOnce(new Promise(() => undefined))
      const answer = ready()
      await vi.advanceTimersByTimeAsync(1500)
      expect(await answer).toEqual({ ready: false, reason: 'the store does not answer within 1.5 s' })
    } finally {
      vi.useRealTimers()
    }
  })

  it('says that the key does not work', async () => {
    const { probeIssuer, ready } = world()
    probeIssuer.mockImplementationOnce(() => {
      throw new SignetError('internal', 'the signature of the issuing key cannot be verified')
    })
    expect(await ready()).toEqual({ ready: false, reason: 'the signature of the issuing key cannot be verified' })
  })

  it('asks neither while something else is missing', async () => {
    const { state, store, ready } = world()
    state.missing = 'policies and namespaces are not known yet'
    expect(await ready()).toEqual({ ready: false, reason: 'policies and namespaces are not known yet' })
    expect(store.check).not.toHaveBeenCalled()
  })
})
