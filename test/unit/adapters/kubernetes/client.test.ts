import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createKubeApi, type KubeApi } from '../../../../src/adapters/kubernetes/client.ts'
import { createRequests, type RequestSample } from '../../../../src/adapters/kubernetes/requests.ts'
import { certificates } from '../../../../src/core/resources/index.ts'
import type { ResourceKind } from '../../../../src/core/resources/resource-kind.ts'
import { startFakeKubeApi, type FakeKubeApi } from '../../../fakes/kube-api.ts'

const secrets: ResourceKind = { apiVersion: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true }
const collection = '/api/v1/namespaces/a/secrets'
const key = { namespace: 'a', name: 'b' }

let fake: FakeKubeApi
let api: KubeApi
let samples: RequestSample[]

beforeEach(async () => {
  fake = await startFakeKubeApi()
  samples = []
  api = createKubeApi({ config: fake.config, fieldManager: 'tester', onRequest: (sample) => samples.push(sample) })
})

afterEach(async () => {
  api.close()
  await fake.close()
})

describe('connections', () => {
  it('uses one connection for calls that follow each other', async () => {
    for (let call = 0; call < 20; call += 1) await api.get(secrets, key)
    expect(fake.connections).toBe(1)
  })

  it('sends the credentials, the user agent and the accepted type', async () => {
    await api.get(secrets, key)
    expect(fake.requests[0]?.headers).toMatchObject({
      authorization: 'Bearer test',
      'user-agent': 'tester',
      accept: 'application/json',
    })
  })

  it('sends nothing any more once it is closed, and what was under way not again', async () => {
    await api.get(secrets, key)
    const closing = () => {
      api.close()
      return false
    }
    fake.failNext(closing, { status: 500 })
    await expect(api.get(secrets, key)).rejects.toMatchObject({ code: 'unavailable' })
    await expect(api.get(secrets, key)).rejects.toThrow('did not answer: the connections are closed')
    expect(fake.requests).toHaveLength(2)
  })

  it('says unavailable where nobody answers', async () => {
    const { host } = new URL(fake.config.server)
    await fake.close()
    await expect(api.get(secrets, key)).rejects.toMatchObject({
      code: 'unavailable',
      reason: 'Unreachable',
      message: `the Kubernetes API server at ${host} did not answer: connect ECONNREFUSED ${host}`,
    })
    expect(samples.map(({ status }) => status)).toEqual([0])
    fake = await startFakeKubeApi()
  })

  it('says unavailable where the credentials cannot be read', async () => {
    const credentials = () => Promise.reject(new Error('no such file'))
    const other = createKubeApi({ config: { ...fake.config, credentials }, fieldManager: 'tester' })
    await expect(other.get(secrets, key)).rejects.toMatchObject({
      code: 'unavailable',
      message: 'cannot read the credentials for the Kubernetes API server: no such file',
    })
  })
})

describe('watches', () => {
  it('are given up where nothing comes', async () => {
    const requests = createRequests({ config: fake.config, userAgent: 'tester' })
    const stream = await requests.stream(collection, { query: { watch: true, resourceVersion: '100' } }, 20)
    await expect(stream.toArray()).rejects.toThrow('no answer within 0.02 s')
  })

  it('fail where they break off in the middle', async () => {
    const events = api.watch(secrets, { resourceVersion: '100', namespace: 'a' })
    const first = events.next()
    await vi.waitFor(() => expect(fake.watches).toBe(1))
    fake.put(collection, { metadata: key })
    await expect(first).resolves.toMatchObject({ value: { type: 'ADDED', object: { kind: 'Secret' } } })
    const second = events.next()
    fake.dropWatches('reset')
    await expect(second).rejects.toMatchObject({ code: 'unavailable', message: 'the watch of secrets broke: aborted' })
  })
})

describe('errors', () => {
  it.each([
    [400, 'BadRequest', 'malformed'],
    [401, 'Unauthorized', 'unauthorized'],
    [403, 'Forbidden', 'forbidden'],
    [409, 'Conflict', 'conflict'],
    [410, 'Expired', 'conflict'],
    [422, 'Invalid', 'malformed'],
    [429, 'TooManyRequests', 'unavailable'],
    [500, 'InternalError', 'unavailable'],
    [503, 'ServiceUnavailable', 'unavailable'],
  ])('maps %i %s to %s', async (status, reason, code) => {
    fake.failNext(() => true, { status, reason })
    await expect(api.get(secrets, key)).rejects.toMatchObject({ code, reason, message: `fake ${reason}` })
  })

  it('tells when to come back', async () => {
    fake.failNext(() => true, { status: 503, reason: 'ServiceUnavailable', retryAfter: '7' })
    await expect(api.get(secrets, key)).rejects.toMatchObject({ code: 'unavailable', retryAfterSeconds: 7 })
  })

  it('waits on a 429 that says for how long, four times in all', async () => {
    const busy = { status: 429, reason: 'TooManyRequests', retryAfter: '0' }
    fake.put(collection, { metadata: key })
    fake.failNext(() => true, busy, busy, busy)
    await expect(api.get(secrets, key)).resolves.toMatchObject({ metadata: { name: 'b' } })
    fake.failNext(() => true, busy, busy, busy, busy)
    await expect(api.get(secrets, key)).rejects.toMatchObject({ code: 'unavailable', reason: 'TooManyRequests' })
    expect(samples.map(({ status }) => status)).toEqual([429, 429, 429, 200, 429, 429, 429, 429])
  })

  it('does not wait on a 429 for longer than five seconds', async () => {
    fake.failNext(() => true, { status: 429, reason: 'TooManyRequests', retryAfter: '6' })
    await expect(api.get(secrets, key)).rejects.toMatchObject({ retryAfterSeconds: 6 })
  })

  it('refuses a key that does not fit the kind before asking', async () => {
    await expect(api.get(secrets, { name: 'b' })).rejects.toMatchObject({
      code: 'malformed',
      message: 'a Secret needs a name and a namespace',
    })
    expect(fake.requests).toEqual([])
  })
})

describe('operations', () => {
  it('gives undefined for what is not there', async () => {
    await expect(api.get(secrets, key)).resolves.toBeUndefined()
  })

  it('applies under its field manager, and the status apart', async () => {
    const certificate = { metadata: { namespace: 'a', name: 'web' } } as never
    await api.apply(certificates, certificate)
    await api.apply(certificates, certificate, { subresource: 'status' })
    const path = '/apis/signet.dev/v1/namespaces/a/certificates/web'
    expect(fake.requests.map(({ method, path, query }) => [method, path, query.toString()])).toEqual([
      ['PATCH', path, 'fieldManager=tester&force=true'],
      ['PATCH', `${path}/status`, 'fieldManager=tester&force=true'],
    ])
    expect(fake.requests[0]?.headers['content-type']).toBe('application/apply-patch+yaml')
    expect(fake.requests[0]?.body).toEqual({
      apiVersion: 'signet.dev/v1',
      kind: 'Certificate',
      metadata: { namespace: 'a', name: 'web' },
    })
  })

  it('sends merge patches as such', async () => {
    fake.put(collection, { metadata: key })
    await api.mergePatch(secrets, key, { metadata: { labels: { a: null } } })
    expect(fake.requests[0]).toMatchObject({ method: 'PATCH', body: { metadata: { labels: { a: null } } } })
    expect(fake.requests[0]?.headers['content-type']).toBe('application/merge-patch+json')
  })

  it('refuses to replace what has changed', async () => {
    fake.put(collection, { metadata: key })
    const seen = await api.get(secrets, key)
    fake.put(collection, { metadata: key })
    await expect(api.replace(secrets, seen as never)).rejects.toMatchObject({ code: 'conflict', reason: 'Conflict' })
  })

  it('sends any other call as it is', async () => {
    fake.answerNext(() => true, { status: { token: 'jwt' } })
    const path = '/api/v1/namespaces/a/serviceaccounts/signet-operator/token'
    await expect(api.request('POST', path, { body: { spec: {} } })).resolves.toEqual({ status: { token: 'jwt' } })
    expect(fake.requests[0]).toMatchObject({ method: 'POST', path, body: { spec: {} } })
  })

  it('lists in pages and fills in what lists leave out', async () => {
    for (let index = 0; index < 1001; index += 1) {
      fake.put(collection, { metadata: { namespace: 'a', name: `s${index}`, managedFields: [{}] } })
    }
    const { items, resourceVersion } = await api.list(secrets)
    expect(items).toHaveLength(1001)
    expect(items[0]).toMatchObject({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's0' } })
    expect(items[0]?.metadata).not.toHaveProperty('managedFields')
    expect(resourceVersion).toBe('1101')
    expect(fake.requests.map(({ query }) => query.get('continue'))).toEqual([null, '500', '1000'])
  })

  it('starts over in one page where a list expires half-way', async () => {
    for (let index = 0; index < 501; index += 1)
      fake.put(collection, { metadata: { namespace: 'a', name: `s${index}` } })
    fake.failNext(({ query }) => query.has('continue'), { status: 410, reason: 'Expired' })
    await expect(api.list(secrets)).resolves.toMatchObject({ items: { length: 501 } })
    expect(fake.requests.map(({ query }) => query.get('limit'))).toEqual(['500', '500', null])
  })

  it('asks for metadata only where that is wanted', async () => {
    await api.list(secrets, { metadataOnly: true, namespace: 'a', labelSelector: 'x=y' })
    expect(fake.requests[0]).toMatchObject({ path: collection })
    expect(fake.requests[0]?.query.get('labelSelector')).toBe('x=y')
    expect(fake.requests[0]?.headers.accept).toBe('application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1')
  })
})
