import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createKubeApi, type KubeApi } from '../../../../src/adapters/kubernetes/client.ts'
import { leases, runLeaderElection } from '../../../../src/adapters/kubernetes/leader-election.ts'
import { startFakeKubeApi, type FakeKubeApi } from '../../../fakes/kube-api.ts'
import { manualClock } from '../../../fakes/manual-clock.ts'
import { recordedLog } from '../../../fakes/recorded-log.ts'

const lease = { namespace: 'signet-system', name: 'signet-operator' }
const collection = '/apis/coordination.k8s.io/v1/namespaces/signet-system/leases'
const timing = { leaseMs: 1000, renewDeadlineMs: 300, retryMs: 20 }
const now = Date.UTC(2026, 10, 22, 12)

let fake: FakeKubeApi
let api: KubeApi

beforeEach(async () => {
  fake = await startFakeKubeApi()
  api = createKubeApi({ config: fake.config, fieldManager: 'tester' })
})

afterEach(async () => {
  api.close()
  await fake.close()
})

function candidate(identity: string) {
  const stopper = new AbortController()
  const elected = vi.fn<() => void>()
  const log = recordedLog()
  const options = { api, lease, identity, clock: manualClock(now), log, timing, onElected: elected }
  const ended = runLeaderElection(options, stopper.signal)
  // Looked at by the tests that expect it; the others end by stopping.
  ended.catch(() => undefined)
  return { elected, ended, log, stop: () => stopper.abort() }
}

const specNow = async () => (await api.get(leases, lease))?.spec

describe('leader election', () => {
  it('takes a lease that nobody made', async () => {
    const one = candidate('one')
    await vi.waitFor(() => expect(one.elected).toHaveBeenCalledOnce())
    expect(await specNow()).toEqual({
      holderIdentity: 'one',
      leaseDurationSeconds: 1,
      acquireTime: '2026-11-22T12:00:00.000000Z',
      renewTime: '2026-11-22T12:00:00.000000Z',
      leaseTransitions: 0,
    })
    one.stop()
    await one.ended
  })

  it('takes a lease that the chart made without a spec, and keeps its metadata', async () => {
    fake.put(collection, { metadata: { ...lease, labels: { a: 'b' } } })
    const one = candidate('one')
    await vi.waitFor(() => expect(one.elected).toHaveBeenCalledOnce())
    expect((await api.get(leases, lease))?.metadata).toMatchObject({ labels: { a: 'b' } })
    one.stop()
    await one.ended
  })

  it('elects one of two, and the other as soon as the first stops', async () => {
    const one = candidate('one')
    await vi.waitFor(() => expect(one.elected).toHaveBeenCalledOnce())
    const two = candidate('two')
    await vi.waitFor(() => expect(fake.requests.filter(({ method }) => method === 'PUT').length).toBeGreaterThan(5))
    expect(two.elected).not.toHaveBeenCalled()
    one.stop()
    await one.ended
    expect(await specNow()).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1 })
    const released = performance.now()
    await vi.waitFor(() => expect(two.elected).toHaveBeenCalledOnce())
    expect(performance.now() - released).toBeLessThan(timing.leaseMs)
    expect(await specNow()).toMatchObject({ holderIdentity: 'two', leaseTransitions: 1 })
    two.stop()
    await two.ended
  })

  it('waits for a full lease, by its own clock, before it takes one from a holder that is silent', async () => {
    fake.put(collection, {
      metadata: lease,
      // The holder's clock is an hour behind: that must not count.
      spec: {
        holderIdentity: 'dead',
        leaseDurationSeconds: 1,
        renewTime: '2026-11-22T11:00:00.000000Z',
        leaseTransitions: 4,
      },
    })
    const begun = performance.now()
    const one = candidate('one')
    await vi.waitFor(() => expect(one.elected).toHaveBeenCalledOnce(), { timeout: 5000 })
    expect(performance.now() - begun).toBeGreaterThanOrEqual(1000)
    expect(await specNow()).toMatchObject({ holderIdentity: 'one', leaseTransitions: 5 })
    one.stop()
    await one.ended
  })

  it('takes its own lease back at once after a restart', async () => {
    fake.put(collection, {
      metadata: lease,
      spec: { holderIdentity: 'one', leaseDurationSeconds: 60, leaseTransitions: 2 },
    })
    const one = candidate('one')
    await vi.waitFor(() => expect(one.elected).toHaveBeenCalledOnce())
    expect(await specNow()).toMatchObject({ leaseTransitions: 2 })
    one.stop()
    await one.ended
  })

  it('ends when another has the lease', async () => {
    const one = candidate('one')
    await vi.waitFor(() => expect(one.elected).toHaveBeenCalledOnce())
    fake.put(collection, { metadata: lease, spec: { holderIdentity: 'two', leaseDurationSeconds: 60 } })
    await expect(one.ended).rejects.toMatchObject({
      code: 'unavailable',
      reason: 'LeaseLost',
      message: 'the lease signet-operator is lost',
    })
  })

  it('ends when it could not renew in time, also where the API server does not answer', async () => {
    const one = candidate('one')
    await vi.waitFor(() => expect(one.elected).toHaveBeenCalledOnce())
    fake.failNext(() => true, ...Array.from({ length: 1000 }, () => ({ status: 503 })))
    await expect(one.ended).rejects.toMatchObject({ reason: 'LeaseLost' })
    expect(one.log.lines.at(-1)).toMatchObject({ message: 'asking for the lease failed, trying again' })
  })

  it('outlives failures that pass before the deadline', async () => {
    const one = candidate('one')
    await vi.waitFor(() => expect(one.elected).toHaveBeenCalledOnce())
    fake.failNext(() => true, { status: 503 }, { status: 409, reason: 'Conflict' }, { status: 500 })
    const before = fake.requests.length
    await vi.waitFor(() => expect(fake.requests.length).toBeGreaterThan(before + 10))
    one.stop()
    await one.ended
    expect(one.log.lines.filter(({ level }) => level === 'warn')).toHaveLength(2)
  })
})
