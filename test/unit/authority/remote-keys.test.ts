import { beforeEach, describe, expect, it } from 'vitest'
import { createRemoteKeys, type RemoteKeys } from '../../../src/authority/provisioners/remote-keys.ts'
import { aProvisionerKey } from '../../builders/tokens.ts'
import { fakeWeb, type FakeWeb } from '../../fakes/fake-web.ts'

const url = 'https://id.example.com/keys'
const [one, two] = [aProvisionerKey('one').jwk, aProvisionerKey('two').jwk]
let web: FakeWeb
let keys: RemoteKeys<{ n: number }>
let located: number
let now: number

beforeEach(() => {
  web = fakeWeb()
  web.documents.set(url, { keys: [one] })
  located = 0
  now = 1_000_000
  keys = createRemoteKeys('people', () => Promise.resolve({ facts: { n: ++located }, keysUrl: url }))
})
const find = async (id = 'one') =>
  (await keys.find(id, { now, fetchJson: (address) => web.fetchJson(address, []) })).keys.length
const unreachable = {
  code: 'unavailable',
  reason: 'ProviderUnavailable',
  retryAfterSeconds: 10,
  message: `the keys for provisioner "people" cannot be had: cannot fetch ${url}: connection refused`,
}

describe('keys of others', () => {
  it('are asked for by the first token, once for all that come meanwhile', async () => {
    expect(web.asked).toEqual([])
    expect(await Promise.all([find(), find(), find('two')])).toEqual([1, 1, 0])
    expect(await find()).toBe(1)
    expect(web.asked).toEqual([url])
  })

  it('are asked for again for an unknown id, at most every ten seconds', async () => {
    await find()
    web.documents.set(url, { keys: [one, two] })
    now += 9_999
    expect([await find('two'), web.asked.length]).toEqual([0, 1])
    now += 1
    expect([await find('two'), web.asked.length]).toEqual([1, 2])
    expect([await find('three'), web.asked.length]).toEqual([0, 2])
  })

  it.each([
    ['max-age=600', 400_000, 600_000],
    ['public, max-age=86400', 23 * 3_600_000, 24 * 3_600_000],
    ['', 11 * 3_600_000, 12 * 3_600_000],
    ['no-store', 11 * 3_600_000, 12 * 3_600_000],
  ])('are kept as %j says', async (cacheControl, atLeast, atMost) => {
    web.cacheControl = cacheControl
    await find()
    now += atLeast - 1
    expect([await find(), web.asked.length]).toEqual([1, 1])
    now += atMost - atLeast + 1
    expect([await find(), web.asked.length]).toEqual([1, 2])
  })

  it('that expire at once are kept for ten seconds', async () => {
    web.cacheControl = 'max-age=0'
    await find()
    now += 9_999
    await find()
    expect(web.asked).toHaveLength(1)
    now += 1
    await find()
    expect(web.asked).toHaveLength(2)
  })

  it('go on while their publisher is down', async () => {
    await find()
    web.documents.clear()
    now += 13 * 3_600_000
    expect([await find(), web.asked.length]).toEqual([1, 2])
    expect([await find(), web.asked.length]).toEqual([1, 2])
  })

  it('that were never had are asked for every ten seconds', async () => {
    web.documents.clear()
    await expect(find()).rejects.toMatchObject(unreachable)
    now += 9_999
    await expect(find()).rejects.toMatchObject(unreachable)
    expect(web.asked).toHaveLength(1)
    web.documents.set(url, { keys: [one] })
    now += 1
    expect(await find()).toBe(1)
  })

  it('are not waited for where the clock was set back', async () => {
    await find()
    web.documents.set(url, { keys: [two] })
    now -= 1
    expect(await find('two')).toBe(1)
  })

  it.each([[[]], [{}], [{ keys: {} }], ['x']])('that are none: %j', async (document) => {
    web.documents.set(url, document)
    await expect(find()).rejects.toMatchObject({
      reason: 'ProviderUnavailable',
      message: `the keys for provisioner "people" cannot be had: cannot use ${url}: it is not a set of keys (JWKS)`,
    })
  })
})
