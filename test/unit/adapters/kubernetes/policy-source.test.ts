import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createKubeApi, type KubeApi } from '../../../../src/adapters/kubernetes/client.ts'
import { watchPolicies, type WatchedPolicySource } from '../../../../src/adapters/kubernetes/policy-source.ts'
import { webhookRule } from '../../../../src/core/policy/webhook-rule.ts'
import { startFakeKubeApi, type FakeKubeApi } from '../../../fakes/kube-api.ts'
import { recordedLog } from '../../../fakes/recorded-log.ts'

const policies = '/apis/signet.dev/v1/certificatepolicies'
const policy = (name: string, more: object = {}) => ({
  metadata: { name },
  spec: { mode: 'Enforce', serviceAccounts: [], ...more },
})

let fake: FakeKubeApi
let api: KubeApi
let source: WatchedPolicySource

beforeEach(async () => {
  fake = await startFakeKubeApi()
  api = createKubeApi({ config: fake.config, fieldManager: 'tester' })
  fake.put('/api/v1/namespaces', { metadata: { name: 'shop', labels: { team: 'web' } } })
  fake.put('/api/v1/namespaces', { metadata: { name: 'bare' } })
  fake.put(policies, policy('b'))
  fake.put(policies, policy('a'))
  source = watchPolicies(api, recordedLog())
})

afterEach(async () => {
  source.stop()
  api.close()
  await fake.close()
})

const ids = () => source.policies().map(({ id }) => id)

it('is ready once policies and namespaces have been listed', async () => {
  expect(source.ready()).toBe(false)
  await vi.waitFor(() => expect(source.ready()).toBe(true))
})

it('gives the rules that are always there, before all others', async () => {
  const other = watchPolicies(api, recordedLog(), [webhookRule('signet-system')])
  await vi.waitFor(() => expect(other.ready()).toBe(true))
  expect(other.policies().map(({ id }) => id)).toEqual(['webhook', 'CertificatePolicy/a', 'CertificatePolicy/b'])
  other.stop()
})

it('gives the rules in the order of their names, and new ones as they come', async () => {
  await vi.waitFor(() => expect(ids()).toEqual(['CertificatePolicy/a', 'CertificatePolicy/b']))
  await vi.waitFor(() => expect(fake.watches).toBe(2))
  fake.remove(policies, 'b')
  fake.put(policies, policy('c', { mode: 'Audit' }))
  await vi.waitFor(() => expect(ids()).toEqual(['CertificatePolicy/a', 'CertificatePolicy/c']))
  expect(source.policies().at(-1)).toMatchObject({ mode: 'Audit' })
})

it('gives the labels of namespaces: none of one without, undefined for one that is not there', async () => {
  await vi.waitFor(() => expect(source.ready()).toBe(true))
  expect(source.namespaceLabels('shop')).toEqual({ team: 'web' })
  expect(source.namespaceLabels('bare')).toEqual({})
  expect(source.namespaceLabels('other')).toBeUndefined()
})

it('decides nothing while one policy cannot be read, because that one could deny', async () => {
  await vi.waitFor(() => expect(source.ready()).toBe(true))
  await vi.waitFor(() => expect(fake.watches).toBe(2))
  fake.put(policies, { metadata: { name: 'broken' }, spec: {} })
  fake.put(policies, policy('z', { allow: {} }))
  await vi.waitFor(() => expect(() => source.policies()).toThrow(/^CertificatePolicy \w+ cannot be read$/))
})
