import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bootstrap } from '../../../src/workload/bootstrap.ts'
import { renew } from '../../../src/workload/renew.ts'
import { createFakeAuthority, type FakeAuthority } from '../../fakes/certificate-authority.ts'
import { aFailure, aWorkload, certificateIn, wakeIn } from '../../builders/workload.ts'

const start = 1_800_000_000_000
const hour = 3_600_000
let directory: string
let authority: FakeAuthority
let workload: ReturnType<typeof aWorkload>

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'signet-renew-'))
  authority = createFakeAuthority(start)
  workload = aWorkload(authority, directory)
  await bootstrap({ ...workload, wait: () => Promise.resolve() })
  authority.calls.length = 0
  workload.log.lines.length = 0
})

afterEach(() => rmSync(directory, { recursive: true }))

const read = (name: string) => readFileSync(join(directory, name), 'utf8')
const messages = () => workload.log.lines.map(({ message }) => message)

describe('renew', () => {
  it('looks for roots and goes back to sleep where nothing is due', async () => {
    const before = read('..data/site.crt')
    authority.now += hour
    expect(await renew(workload)).toBe(true)
    expect(authority.calls).toEqual(['roots'])
    expect(read('..data/site.crt')).toBe(before)
    expect(wakeIn(directory)).toBe(start + 2 * hour)
    expect(messages()).toEqual([])
  })

  it('renews with the same key once 2/3 of the life are over', async () => {
    const [key, { serial }] = [read('site.key'), certificateIn(directory)]
    authority.now += 16 * hour
    expect(await renew(workload)).toBe(true)
    expect(authority.calls).toEqual(['roots', 'renew'])
    expect(certificateIn(directory).serial).not.toBe(serial)
    expect(read('site.key')).toBe(key)
    expect(read('bundle.pem')).toBe(read('site.key') + read('site.crt'))
    expect(workload.log.lines).toEqual([
      {
        level: 'info',
        message: 'certificate renewed',
        fields: {
          serial: certificateIn(directory).serial,
          names: ['web.shop.svc', 'spiffe://cluster.local/ns/shop/sa/web'],
          notAfter: '2027-01-17T00:01:00Z',
          requestId: 'request-2',
        },
      },
    ])
  })

  it('plans from issuance again and again', async () => {
    authority.lifetime = 180_000
    rmSync(join(directory, '..data', 'site.crt'))
    await renew(workload)
    for (let round = 0; round < 5; round += 1) {
      authority.now = wakeIn(directory)
      const { serial, notAfter } = certificateIn(directory)
      expect(authority.now).toBeLessThan(notAfter - 50_000)
      await renew(workload)
      expect(certificateIn(directory).serial).not.toBe(serial)
    }
    expect(authority.calls.filter((call) => call === 'renew')).toHaveLength(5)
  })

  it.each(['unauthorized', 'refused', 'forbidden', 'malformed'] as const)(
    'starts over with the token where renewal is answered with %s',
    async (code) => {
      const key = read('site.key')
      authority.failures.push({ call: 'renew', error: aFailure(code) })
      authority.now += 16 * hour
      expect(await renew(workload)).toBe(true)
      expect(authority.calls).toEqual(['roots', 'renew', 'roots', 'sign'])
      expect(read('site.key')).not.toBe(key)
      expect(messages()).toEqual(['renewal refused', 'certificate issued anew'])
      expect(workload.log.lines[0]?.fields).toMatchObject({ requestId: 'failed-1' })
      expect(workload.log.lines[1]?.fields).toMatchObject({ why: 'the renewal was refused' })
    },
  )

  it('starts over after expiry', async () => {
    authority.now += 25 * hour
    expect(await renew(workload)).toBe(true)
    expect(authority.calls).toEqual(['roots', 'roots', 'sign'])
    expect(workload.log.lines[0]?.fields).toMatchObject({ why: 'the certificate has expired' })
  })

  it('tries again soon while the authority cannot be reached, and sooner the less time is left', async () => {
    const before = certificateIn(directory).serial
    authority.failures.push({ call: 'roots', error: aFailure('unavailable', 'cannot reach the authority') })
    authority.now += 16 * hour
    expect(await renew(workload)).toBe(false)
    expect(certificateIn(directory).serial).toBe(before)
    expect(wakeIn(directory) - authority.now).toBeLessThanOrEqual(38_500)
    expect(workload.log.lines).toMatchObject([{ level: 'error', message: 'certificate not renewed' }])
    authority.now = start + 24 * hour - 20_000
    authority.failures.push({ call: 'renew', error: aFailure('unavailable', 'cannot reach the authority') })
    expect(await renew(workload)).toBe(false)
    expect(wakeIn(directory) - authority.now).toBeLessThanOrEqual(2500)
    expect(authority.calls).toEqual(['roots', 'roots', 'renew'])
    expect(await renew(workload)).toBe(true)
  })

  it('does not storm an authority that is down when the certificate has expired', async () => {
    authority.now += 25 * hour
    const waits: number[] = []
    for (let count = 0; count < 7; count += 1) {
      authority.failures.push({ call: 'roots', error: aFailure('unavailable', 'cannot reach the authority') })
      await renew(workload)
      waits.push(Math.floor((wakeIn(directory) - authority.now) / 1000))
    }
    expect(waits.map((wait, index) => wait >= Math.min(2 ** index, 30))).toEqual(Array.from({ length: 7 }, () => true))
    expect(await renew(workload)).toBe(true)
    authority.now += 25 * hour
    authority.failures.push({ call: 'roots', error: aFailure('unavailable', 'cannot reach the authority') })
    await renew(workload)
    expect(wakeIn(directory) - authority.now).toBeLessThanOrEqual(2500)
  })

  it('waits half a minute after a refusal', async () => {
    authority.now += 25 * hour
    authority.failures.push({ call: 'sign', error: aFailure('forbidden', 'the authority answered 403: no') })
    await renew(workload)
    expect(wakeIn(directory) - authority.now).toBeGreaterThanOrEqual(30_000)
  })

  it('takes new roots in without a new certificate while its chain is still trusted', async () => {
    const before = certificateIn(directory).serial
    const old = authority.roots()
    authority.rotate({ keep: true })
    workload = aWorkload(authority, directory)
    // The authority still shows a chain that the roots known here verify: it signs with the old one for a while.
    const both = authority.roots()
    const deps = { ...workload, connect: () => authority.connect(both) }
    expect(await renew(deps)).toBe(true)
    expect(read('root.crt')).toBe(both)
    expect(read('root.crt')).toContain(old)
    expect(certificateIn(directory).serial).toBe(before)
    expect(messages()).toEqual(['roots changed'])
  })

  it('gets a new key and certificate at once where its chain is not trusted any more', async () => {
    const key = read('site.key')
    authority.rotate({ keep: true })
    const both = authority.roots()
    await renew({ ...workload, connect: () => authority.connect(both) })
    authority.failures.length = 0
    const onlyNew = createFakeAuthority(authority.now)
    authority = onlyNew
    const distrusting = aWorkload(onlyNew, directory)
    expect(await renew({ ...distrusting, connect: () => onlyNew.connect(onlyNew.roots()) })).toBe(true)
    expect(read('site.key')).not.toBe(key)
    expect(read('root.crt')).toBe(onlyNew.roots())
    expect(distrusting.log.lines[0]?.fields).toMatchObject({
      why: 'the certificate is not trusted any more: certificate is signed by an unknown authority',
    })
  })

  it('starts from the first trust where the files are gone', async () => {
    rmSync(join(directory, '..data'))
    expect(await renew(workload)).toBe(true)
    expect(workload.log.lines[0]?.fields).toMatchObject({ why: 'there are no files, or they are damaged' })
    expect(certificateIn(directory).names.dns).toEqual(['web.shop.svc'])
  })

  it('plans by the certificate where the note of its issuance is damaged', async () => {
    writeFileSync(join(directory, '..data', '.issuance.json'), 'x')
    authority.now += 15 * hour
    await renew(workload)
    expect(authority.calls).toEqual(['roots'])
  })

  it('does not hide a fault of its own', async () => {
    const fault = new TypeError('a fault')
    const broken = {
      ...workload,
      connect: () => ({ ...authority.connect(authority.roots()), roots: () => Promise.reject(fault) }),
    }
    await expect(renew(broken)).rejects.toBe(fault)
  })
})
