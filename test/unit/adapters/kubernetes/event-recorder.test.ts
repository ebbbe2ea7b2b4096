import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createKubeApi, type KubeApi } from '../../../../src/adapters/kubernetes/client.ts'
import {
  createEventRecorder,
  type EventRecorder,
  type RecordedEvent,
} from '../../../../src/adapters/kubernetes/event-recorder.ts'
import { startFakeKubeApi, type FakeKubeApi } from '../../../fakes/kube-api.ts'
import { manualClock, type ManualClock } from '../../../fakes/manual-clock.ts'
import { recordedLog } from '../../../fakes/recorded-log.ts'

const collection = '/apis/events.k8s.io/v1/namespaces/shop/events'
const event: RecordedEvent = {
  regarding: { apiVersion: 'v1', kind: 'Pod', metadata: { namespace: 'shop', name: 'web', uid: 'u1' } },
  type: 'Warning',
  reason: 'NameNotAllowed',
  action: 'Issue',
  note: 'DNS name "a.b" is not allowed',
}

let fake: FakeKubeApi
let api: KubeApi
let clock: ManualClock
let log: ReturnType<typeof recordedLog>
let recorder: EventRecorder

beforeEach(async () => {
  fake = await startFakeKubeApi()
  api = createKubeApi({ config: fake.config, fieldManager: 'tester' })
  clock = manualClock(Date.UTC(2026, 10, 22, 12))
  log = recordedLog()
  recorder = createEventRecorder({ api, controller: 'signet.dev/authority', instance: 'signet-0', clock, log })
})

afterEach(async () => {
  api.close()
  await fake.close()
})

const stored = () => [...fake.objects.values()]

describe('the event recorder', () => {
  it('writes an Event beside the object that it is about', async () => {
    recorder.record(event)
    await recorder.flush()
    expect(fake.requests[0]).toMatchObject({ method: 'POST', path: collection })
    expect(fake.requests[0]?.body).toEqual({
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { namespace: 'shop', name: expect.stringMatching(/^web\.[0-9a-f]{16}$/) as string },
      eventTime: '2026-11-22T12:00:00.000000Z',
      reportingController: 'signet.dev/authority',
      reportingInstance: 'signet-0',
      type: 'Warning',
      reason: 'NameNotAllowed',
      action: 'Issue',
      note: 'DNS name "a.b" is not allowed',
      regarding: { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'web', uid: 'u1' },
    })
  })

  it('counts equal Events in one, and writes once for many that come together', async () => {
    recorder.record(event)
    await recorder.flush()
    clock.advance(1000)
    for (let count = 0; count < 9; count += 1) recorder.record(event)
    await recorder.flush()
    expect(stored()).toMatchObject([{ series: { count: 10, lastObservedTime: '2026-11-22T12:00:01.000000Z' } }])
    expect(fake.requests.length).toBeLessThanOrEqual(3)
  })

  it('writes another Event for another object, reason or note', async () => {
    const { metadata } = event.regarding
    recorder.record(event)
    recorder.record({ ...event, note: 'DNS name "c.d" is not allowed' })
    recorder.record({ ...event, reason: 'TokenExpired' })
    recorder.record({ ...event, regarding: { ...event.regarding, metadata: { ...metadata, uid: 'u2' } } })
    await recorder.flush()
    expect(stored()).toHaveLength(4)
  })

  it('starts over after six silent minutes', async () => {
    recorder.record(event)
    await recorder.flush()
    clock.advance(6 * 60_000)
    recorder.record(event)
    await recorder.flush()
    expect(stored()).toHaveLength(2)
  })

  it('writes an Event again with its count where someone deleted it', async () => {
    recorder.record(event)
    await recorder.flush()
    fake.remove(collection, stored()[0]?.metadata.name ?? '')
    recorder.record(event)
    await recorder.flush()
    expect(stored()).toMatchObject([{ series: { count: 2 } }])
  })

  it('writes about objects outside namespaces in default', async () => {
    recorder.record({
      ...event,
      regarding: { apiVersion: 'signet.dev/v1', kind: 'Authority', metadata: { name: 'signet' } },
    })
    await recorder.flush()
    expect(fake.requests[0]?.path).toBe('/apis/events.k8s.io/v1/namespaces/default/events')
  })

  it('cuts what the API server would refuse', async () => {
    recorder.record({ ...event, note: 'x'.repeat(2000) })
    await recorder.flush()
    expect(stored()).toMatchObject([{ note: 'x'.repeat(1024) }])
  })

  it('never fails: what could not be written is logged, and counted with the next', async () => {
    fake.failNext(() => true, { status: 403, reason: 'Forbidden' })
    recorder.record(event)
    await recorder.flush()
    expect(log.lines).toMatchObject([{ level: 'warn', message: 'an Event could not be written' }])
    recorder.record(event)
    await recorder.flush()
    expect(stored()).toMatchObject([{ series: { count: 2 } }])
  })

  it('drops new Events in a storm, and says so once', async () => {
    for (let index = 0; index < 600; index += 1) recorder.record({ ...event, note: `note ${index}` })
    await recorder.flush()
    expect(stored().length).toBeLessThanOrEqual(501)
    expect(log.lines.map(({ message }) => message)).toEqual(['too many Events are waiting, dropping new ones'])
  })
})
