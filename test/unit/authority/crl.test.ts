import { describe, expect, it } from 'vitest'
import type { CrlSettings } from '../../../src/authority/publish-crl.ts'
import { createAuthority } from '../../../src/authority/authority.ts'
import { encodePem } from '../../../src/core/pem.ts'
import type { StoredCrl } from '../../../src/authority/ports.ts'
import { aConfig, anAuthority, noon, someProvisioners, type TestAuthority } from '../../builders/authority.ts'
import { openssl, withFiles } from '../core/x509/openssl.ts'
import { SignetError } from '../../../src/core/errors.ts'
import { ops, token } from './jwk-harness.ts'
import { countingRandom } from '../../fakes/counting-random.ts'

const context = { requestId: 'r-3' }
const hour = 3_600_000
const settings: CrlSettings = { generateOnRevoke: true, cacheDuration: 24 * hour, renewPeriod: hour, idpURL: '' }
const configWith = (crl: CrlSettings | undefined) => aConfig({ crl, provisioners: someProvisioners(ops) })

const revocation = (serial: string, reasonCode = 0) => ({
  serial,
  reasonCode,
  reason: '',
  credential: {
    kind: 'token' as const,
    token: token({ aud: 'https://ca.example.com/1.0/revoke', sub: serial }),
  },
})

async function listOf({ authority }: Pick<TestAuthority, 'authority'>): Promise<StoredCrl> {
  const crl = await authority.currentCrl()
  if (crl === undefined) throw new Error('there is no list')
  return crl
}

/** What openssl reads in a list, its signature verified by the issuer. */
function read(der: Uint8Array): string {
  const issuer = encodePem('CERTIFICATE', configWith(undefined).issuer.chain[0].der)
  const input = encodePem('X509 CRL', der)
  return withFiles({ issuer }, (pathOf) => {
    openssl(['crl', '-noout', '-CAfile', pathOf('issuer')], input)
    return openssl(['crl', '-noout', '-text', '-nameopt', 'RFC2253'], input)
  })
}

describe('revocation list', () => {
  it('is off by default', async () => {
    const { authority, store } = anAuthority()
    await authority.publishCrl()
    expect(await store.findCrl()).toBeUndefined()
    expect(await authority.currentCrl()).toBeUndefined()
  })

  it('says who, when, where and its number, which begins with 0', async () => {
    const test = anAuthority(configWith(settings))
    const { der, number, nextUpdate } = await listOf(test)
    expect([number, nextUpdate]).toEqual([0, noon + 24 * hour])
    const text = read(der)
    expect(text).toContain('Version 2 (0x1)')
    expect(text).toContain('Issuer: CN=Test Intermediate CA,O=Test')
    expect(text).toContain('Last Update: Jan  1 12:00:00 2026 GMT')
    expect(text).toContain('Next Update: Jan  2 12:00:00 2026 GMT')
    expect(text).toContain('X509v3 Issuing Distribution Point: critical')
    expect(text).toContain('URI:https://ca.example.com/1.0/crl')
    expect(text).toContain('No Revoked Certificates')
  })

  it('has a revocation at once, with its reason where the RFC has it', async () => {
    const test = anAuthority(configWith({ ...settings, idpURL: 'http://crl.test/ca.crl' }))
    await listOf(test)
    for (const reason of [0, 1, 7, 8, 10])
      await test.authority.revokeX509(revocation(String(100 + reason), reason), context)
    const { der, number } = await listOf(test)
    expect(number).toBe(5)
    const text = read(der)
    expect(text).toContain('URI:http://crl.test/ca.crl')
    expect(text.match(/Serial Number: .*/g)).toEqual(
      ['64', '65', '6B', '6C', '6E'].map((hex) => `Serial Number: ${hex}`),
    )
    expect(text.match(/(?<=Reason Code: \n *)\S.*/g)).toEqual(['Key Compromise', 'AA Compromise'])
    expect(text.match(/Revocation Date: .*/g)?.[0]).toBe('Revocation Date: Jan  1 12:00:00 2026 GMT')
  })

  it('waits for the next one unless it is made on each revocation', async () => {
    const test = anAuthority(configWith({ ...settings, generateOnRevoke: false }))
    await listOf(test)
    await test.authority.revokeX509(revocation('5'), context)
    expect((await listOf(test)).number).toBe(0)
    await test.authority.publishCrl()
    expect(read((await listOf(test)).der)).toContain('Serial Number: 05')
  })

  it('has what was revoked when it could not be made, once somebody asks again', async () => {
    const test = anAuthority(configWith(settings))
    await listOf(test)
    const storeCrl = test.store.storeCrl.bind(test.store)
    test.store.storeCrl = () => Promise.reject(new SignetError('unavailable', 'the disk is full'))
    await expect(test.authority.revokeX509(revocation('5'), context)).rejects.toThrow('the disk is full')
    test.store.storeCrl = storeCrl
    await expect(test.authority.revokeX509(revocation('5'), context)).rejects.toThrow('is already revoked')
    expect(read((await listOf(test)).der)).toContain('Serial Number: 05')
  })

  it('is made once for many who revoke together, and has them all', async () => {
    const test = anAuthority(configWith(settings))
    await listOf(test)
    await Promise.all(
      Array.from({ length: 50 }, (_, index) => test.authority.revokeX509(revocation(String(index + 1)), context)),
    )
    const { der, number } = await listOf(test)
    expect(number).toBeLessThan(10)
    expect(read(der).match(/Serial Number/g)).toHaveLength(50)
    expect(await test.store.findCrl()).toMatchObject({ number })
  })

  it('goes on counting where another authority on the same store stopped', async () => {
    const test = anAuthority(configWith(settings))
    await test.authority.publishCrl()
    const again = createAuthority(
      { ...test, fetcher: test.web, random: countingRandom('again'), kubernetes: undefined, policy: undefined },
      configWith(settings),
    )
    const lists = await Promise.all([test, { authority: again }].map(({ authority }) => authority.publishCrl()))
    expect(lists).toHaveLength(2)
    expect((await test.store.findCrl())?.number).toBe(2)
  })

  it('forgets a certificate an hour after its end', async () => {
    const test = anAuthority(configWith(settings))
    const by = { kind: 'certificate' } as const
    const ended = { serial: '7', reasonCode: 0, reason: '', revokedAt: noon, by, expiresAt: noon + hour }
    await test.store.revoke(ended, undefined, noon)
    test.clock.advance(2 * hour)
    await test.authority.publishCrl()
    expect(read((await listOf(test)).der)).toContain('Serial Number: 07')
    test.clock.advance(1000)
    await test.authority.publishCrl()
    expect(read((await listOf(test)).der)).toContain('No Revoked Certificates')
  })
})
