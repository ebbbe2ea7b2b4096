import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createKubeApi, type KubeApi } from '../../../../src/adapters/kubernetes/client.ts'
import { watchSecretText } from '../../../../src/adapters/kubernetes/config-secret.ts'
import { startFakeKubeApi, type FakeKubeApi } from '../../../fakes/kube-api.ts'
import { recordedLog } from '../../../fakes/recorded-log.ts'

const collection = '/api/v1/namespaces/signet-system/secrets'

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

const put = (name: string, text: string, more: object = {}) =>
  fake.put(collection, {
    metadata: { namespace: 'signet-system', name, ...more },
    data: { 'ca.json': Buffer.from(text).toString('base64') },
  })

it('gives the text of one key of one Secret, and each change of it once', async () => {
  put('other-config', 'no')
  put('signet-config', 'first')
  const texts: string[] = []
  const watcher = watchSecretText({
    api,
    log: recordedLog(),
    namespace: 'signet-system',
    name: 'signet-config',
    key: 'ca.json',
    onText: (text) => texts.push(text),
  })
  await vi.waitFor(() => expect(texts).toEqual(['first']))
  await vi.waitFor(() => expect(fake.watches).toBe(1))
  put('signet-config', 'first', { labels: { a: 'b' } })
  put('other-config', 'no again')
  fake.remove(collection, 'signet-config')
  put('signet-config', 'second')
  await vi.waitFor(() => expect(texts).toEqual(['first', 'second']))
  const asked = fake.requests.map(({ path, query }) => `${path}?${query.get('fieldSelector')}`)
  expect(new Set(asked)).toEqual(new Set([`${collection}?metadata.name=signet-config`]))
  watcher.stop()
})
