import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createKubeApi, type KubeApi } from '../../../../src/adapters/kubernetes/client.ts'
import { startInformer, type Informer, type InformerOptions } from '../../../../src/adapters/kubernetes/informer.ts'
import type { KubernetesObject } from '../../../../src/core/resources/metadata.ts'
import type { ResourceKind } from '../../../../src/core/resources/resource-kind.ts'
import { startFakeKubeApi, type FakeKubeApi } from '../../../fakes/kube-api.ts'
import { recordedLog } from '../../../fakes/recorded-log.ts'

const things: ResourceKind = { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true }
const collection = '/api/v1/namespaces/a/configmaps'
const thing = (name: string, more: object = {}) => ({ metadata: { namespace: 'a', name, ...more } })

let fake: FakeKubeApi
let api: KubeApi
let log: ReturnType<typeof recordedLog>
const informers: Informer<KubernetesObject>[] = []

beforeEach(async () => {
  fake = await startFakeKubeApi()
  api = createKubeApi({ config: fake.config, fieldManager: 'tester' })
  log = recordedLog()
})

afterEach(async () => {
  for (const informer of informers.splice(0)) informer.stop()
  api.close()
  await fake.close()
})

async function start(options: Partial<InformerOptions<KubernetesObject>> = {}): Promise<Informer<KubernetesObject>> {
  const backoff = { firstMs: 1, longestMs: 5 }
  const informer = startInformer({ api, kind: things, log, backoff, ...options })
  informers.push(informer)
  await informer.whenSynced()
  await vi.waitFor(() => expect(fake.watches).toBeGreaterThan(0))
  return informer
}

const names = (informer: Informer<KubernetesObject>) => informer.list().map(({ metadata }) => metadata.name)
const lists = () => fake.requests.filter(({ query }) => query.get('watch') === null).length

describe('an informer', () => {
  it('knows what is there once it is synced, and follows changes', async () => {
    fake.put(collection, thing('one'))
    const informer = await start()
    expect(informer.synced).toBe(true)
    expect(informer.get({ namespace: 'a', name: 'one' })).toMatchObject({ kind: 'ConfigMap', apiVersion: 'v1' })
    fake.put(collection, thing('two'))
    fake.remove(collection, 'one')
    await vi.waitFor(() => expect(names(informer)).toEqual(['two']))
  })

  it('tells handlers what is there already, then each change with what was before', async () => {
    fake.put(collection, thing('one'))
    const informer = await start()
    const told: (string | undefined)[][] = []
    informer.onChange(({ current, previous }) =>
      told.push([previous?.metadata.resourceVersion, current?.metadata.resourceVersion]),
    )
    fake.put(collection, thing('one'))
    fake.remove(collection, 'one')
    await vi.waitFor(() =>
      expect(told).toEqual([
        [undefined, '101'],
        ['101', '102'],
        ['102', undefined],
      ]),
    )
  })

  it('goes on where a connection was reset, without listing again', async () => {
    const informer = await start()
    fake.dropWatches('reset')
    fake.put(collection, thing('meanwhile'))
    await vi.waitFor(() => expect(names(informer)).toEqual(['meanwhile']))
    expect(lists()).toBe(1)
    expect(log.lines).toMatchObject([{ level: 'warn', message: 'watching failed, trying again' }])
  })

  it('goes on where the server ended the watch, from the last bookmark', async () => {
    const informer = await start()
    fake.compact()
    fake.bookmark()
    fake.put(collection, thing('one'))
    await vi.waitFor(() => expect(names(informer)).toEqual(['one']))
    fake.dropWatches('end')
    fake.put(collection, thing('two'))
    await vi.waitFor(() => expect(names(informer)).toEqual(['one', 'two']))
    expect(lists()).toBe(1)
    expect(log.lines).toEqual([])
  })

  it.each([
    ['an event', () => fake.expireWatches()],
    ['an answer', () => fake.dropWatches('end')],
  ])('lists again after a 410 as %s, and notices what is gone', async (_, interrupt) => {
    fake.put(collection, thing('one'))
    const informer = await start()
    const deleted: unknown[] = []
    informer.onChange(({ current, previous }) => current ?? deleted.push(previous?.metadata.name))
    interrupt()
    fake.remove(collection, 'one')
    fake.put(collection, thing('two'))
    fake.compact()
    await vi.waitFor(() => expect(names(informer)).toEqual(['two']))
    expect(deleted).toEqual(['one'])
    expect(lists()).toBe(2)
  })

  it('lists again where it cannot resume three times', async () => {
    const informer = await start()
    const broken = { status: 500 }
    fake.failNext(({ query }) => query.has('watch'), broken, broken, broken)
    fake.dropWatches('end')
    await vi.waitFor(() => expect(lists()).toBe(2))
    fake.put(collection, thing('one'))
    await vi.waitFor(() => expect(names(informer)).toEqual(['one']))
  })

  it('never gives up', async () => {
    fake.put(collection, thing('one'))
    fake.failNext(() => true, ...[500, 401, 403, 404, 503, 500, 500].map((status) => ({ status })))
    const informer = await start()
    expect(names(informer)).toEqual(['one'])
    expect(log.lines).toHaveLength(7)
  })

  it('tells everything again at each relist', async () => {
    fake.put(collection, thing('one'))
    const informer = await start({ relistMs: 10 })
    let told = 0
    informer.onChange(() => (told += 1))
    await vi.waitFor(() => expect(told).toBeGreaterThan(2))
    expect(log.lines).toEqual([])
  })

  it('finds objects by index, also after they moved', async () => {
    const owner = ({ metadata }: KubernetesObject) =>
      metadata?.labels?.owner === undefined ? [] : [metadata.labels.owner]
    fake.put(collection, thing('one', { labels: { owner: 'x' } }))
    const informer = await start({ indexes: { owner } })
    const owned = (value: string) => informer.byIndex('owner', value).map(({ metadata }) => metadata.name)
    expect(owned('x')).toEqual(['one'])
    fake.put(collection, thing('one', { labels: { owner: 'y' } }))
    await vi.waitFor(() => expect(owned('y')).toEqual(['one']))
    expect(owned('x')).toEqual([])
    fake.remove(collection, 'one')
    await vi.waitFor(() => expect(owned('y')).toEqual([]))
  })

  it('watches the named namespaces only, and is synced when all are', async () => {
    fake.put('/api/v1/namespaces/b/configmaps', { metadata: { namespace: 'b', name: 'two' } })
    fake.put('/api/v1/namespaces/c/configmaps', { metadata: { namespace: 'c', name: 'three' } })
    fake.put(collection, thing('one'))
    const informer = await start({ namespaces: ['a', 'b'] })
    expect(names(informer).toSorted()).toEqual(['one', 'two'])
  })

  it('reads metadata only where that is asked for', async () => {
    await start({ metadataOnly: true })
    expect(fake.requests.map(({ headers }) => headers.accept)).toEqual([
      'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
      'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
    ])
  })

  it('survives a handler that throws', async () => {
    const informer = await start()
    informer.onChange(() => {
      throw new Error('oops')
    })
    fake.put(collection, thing('one'))
    await vi.waitFor(() => expect(names(informer)).toEqual(['one']))
    expect(log.lines).toMatchObject([{ level: 'error', message: 'a handler of changes failed' }])
  })

  it('ends when it is stopped', async () => {
    const informer = await start()
    informer.stop()
    await vi.waitFor(() => expect(fake.watches).toBe(0))
    expect(log.lines).toEqual([])
  })
})
