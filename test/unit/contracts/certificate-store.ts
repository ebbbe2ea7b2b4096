import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CertificateStore, CredentialUse, IssuanceRecord, Revocation } from '../../../src/authority/ports.ts'
import { aRoot, spkiOf } from '../../builders/ca-material.ts'

const noon = Date.UTC(2026, 0, 1, 12)

const { key, certificate: root } = aRoot(noon)
/** The store looks at nothing of it but its signature: a root is signed by its own key. */
const issuer = spkiOf(key)

const issued = (serial: string): IssuanceRecord => ({
  serial,
  provisioner: { id: 'ops:kid', name: 'ops', type: 'JWK' },
  issuedTo: { kind: 'pod', namespace: 'shop', name: 'web-0', uid: 'u-1', serviceAccount: 'web' },
  rule: 'default',
  publicKeySha256: 'ab'.repeat(32),
  requestedAt: noon,
  certificate: root.der,
  notBefore: noon - 60_000,
  notAfter: noon + 86_400_000,
})

const once = (id: string, expiresAt = noon + 300_000): CredentialUse => ({ kind: 'once', id, expiresAt })

const limited = (id: string, subject = 'pod u-1'): CredentialUse => ({
  kind: 'limited',
  id,
  subject,
  limit: 2,
  windowSeconds: 60,
  expiresAt: noon + 600_000,
})

const revocation = (serial: string, expiresAt?: number): Revocation => ({
  serial,
  reasonCode: 4,
  reason: 'replaced',
  revokedAt: noon + 1000,
  by: { kind: 'token', provisioner: { id: 'ops:kid', name: 'ops', type: 'JWK' } },
  ...(expiresAt !== undefined && { expiresAt }),
})

/** What `authority/ports.ts` promises of a CertificateStore, as tests. `open` gives an empty store that was made at noon. */
export function testCertificateStore(name: string, open: () => Promise<CertificateStore>): void {
  describe(`certificate store: ${name}`, () => {
    let store: CertificateStore
    beforeEach(async () => {
      store = await open()
    })
    afterEach(() => store.close())

    const record = (serial: string, use?: CredentialUse, now = noon) => store.record(issued(serial), issuer, use, now)

    it('finds the whole record of what was recorded, and nothing else', async () => {
      expect(await store.find('1')).toBeUndefined()
      expect(await store.record({ ...issued('1'), renews: '7' }, issuer, undefined, noon)).toBe('recorded')
      expect(await store.find('1')).toEqual({ ...issued('1'), renews: '7' })
      expect(await store.find('2')).toBeUndefined()
    })

    it('leaves `renews` out where there is none', async () => {
      await record('1')
      expect(await store.find('1')).not.toHaveProperty('renews')
    })

    it('takes a serial once and does not spend the credential of the second', async () => {
      await record('1')
      expect(await store.record({ ...issued('1'), rule: 'another' }, issuer, once('a'), noon)).toBe('serial-taken')
      expect(await store.find('1')).toEqual(issued('1'))
      expect(await record('2', once('a'))).toBe('recorded')
    })

    it('spends a credential once and records nothing for the second use', async () => {
      expect(await record('1', once('a'))).toBe('recorded')
      expect(await record('2', once('a'), noon + 1)).toBe('credential-used')
      expect(await store.find('2')).toBeUndefined()
    })

    it('lets exactly one of many concurrent users of a credential through', async () => {
      const outcomes = await Promise.all(Array.from({ length: 50 }, (_, index) => record(String(index), once('a'))))
      expect(outcomes.filter((outcome) => outcome === 'recorded')).toHaveLength(1)
      expect(outcomes.filter((outcome) => outcome === 'credential-used')).toHaveLength(49)
    })

    it('keeps a credential spent until it has expired', async () => {
      await record('1', once('a'))
      await record('2', once('b'), noon + 299_999)
      expect(await record('3', once('a'), noon + 299_999)).toBe('credential-used')
    })

    it('keeps a credential without an end', async () => {
      await record('1', once('a', Infinity))
      expect(await record('2', once('a', Infinity), noon + 1e12)).toBe('credential-used')
    })

    it('takes a credential whose end is no whole millisecond', async () => {
      expect(await record('1', once('a', noon + 0.25))).toBe('recorded')
      expect(await record('2', once('a', noon + 0.25))).toBe('credential-used')
    })

    it('limits uses per subject and window, whatever the token', async () => {
      expect(await record('1', limited('t1'))).toBe('recorded')
      expect(await record('2', limited('t2'), noon + 1)).toBe('recorded')
      expect(await record('3', limited('t3'), noon + 2)).toBe('too-many-uses')
      expect(await store.find('3')).toBeUndefined()
      expect(await record('4', limited('t1', 'pod u-2'), noon + 2)).toBe('recorded')
      expect(await record('5', limited('t1'), noon + 60_000)).toBe('recorded')
    })

    it('spends a token with a limited use, both or neither', async () => {
      const withToken = (id: string, subject?: string): CredentialUse =>
        ({ ...limited('t', subject), token: { id, expiresAt: noon + 1000 } }) as CredentialUse
      expect(await record('1', withToken('a'))).toBe('recorded')
      expect(await record('2', withToken('a'))).toBe('credential-used')
      expect(await record('2', once('a'))).toBe('credential-used')
      // What was refused counts for nothing: this is the second use of the pod.
      expect(await record('3', withToken('b'))).toBe('recorded')
      expect(await record('4', withToken('c'))).toBe('too-many-uses')
      expect(await record('4', withToken('c', 'pod u-2'))).toBe('recorded')
    })

    it('spends a credential by itself, once, for whatever it is used', async () => {
      expect(await store.spend(once('a'), noon)).toBe('spent')
      expect(await store.spend(once('a'), noon + 1)).toBe('credential-used')
      expect(await record('1', once('a'))).toBe('credential-used')
      await record('2', once('b'))
      expect(await store.spend(once('b'), noon)).toBe('credential-used')
      const outcomes = await Promise.all(['t1', 't2', 't3'].map((id) => store.spend(limited(id), noon)))
      expect(outcomes).toEqual(['spent', 'spent', 'too-many-uses'])
    })

    it('records nothing that the named key did not sign, and spends nothing for it', async () => {
      const damaged = root.der.with(root.der.length - 1, 0xff ^ (root.der.at(-1) ?? 0))
      const attempt = (certificate: Uint8Array, spki = issuer) =>
        store.record({ ...issued('1'), certificate }, spki, once('a'), noon)
      const refusal = { code: 'internal', message: 'certificate 1 is not signed by its issuer' }
      await expect(attempt(damaged)).rejects.toMatchObject(refusal)
      await expect(attempt(root.der, spkiOf(aRoot(noon).key))).rejects.toMatchObject(refusal)
      await expect(attempt(Uint8Array.of(0x30, 0, 255))).rejects.toMatchObject({ code: 'malformed' })
      expect(await store.find('1')).toBeUndefined()
      expect(await record('1', once('a'))).toBe('recorded')
    })

    it('records no renewal of what was revoked meanwhile', async () => {
      await store.revoke(revocation('1'), undefined, noon)
      const renewal = (renews: string) => store.record({ ...issued('2'), renews }, issuer, once('a'), noon)
      expect(await renewal('1')).toBe('renews-revoked')
      expect(await renewal('3')).toBe('recorded')
    })

    it('finds a certificate with its revocation, and a revocation without a certificate', async () => {
      await record('1')
      expect(await store.revoke(revocation('1', noon + 5000), once('a'), noon)).toBe('revoked')
      expect(await store.find('1')).toEqual({ ...issued('1'), revocation: revocation('1', noon + 5000) })
      expect(await store.findRevocation('1')).toEqual(revocation('1', noon + 5000))
      const byHolder: Revocation = { ...revocation('2'), by: { kind: 'certificate' } }
      expect(await store.revoke(byHolder, undefined, noon)).toBe('revoked')
      expect(await store.find('2')).toBeUndefined()
      expect(await store.findRevocation('2')).toEqual(byHolder)
      expect(await store.findRevocation('3')).toBeUndefined()
    })

    it('revokes once, and spends the credential of who comes too late', async () => {
      expect(await store.revoke(revocation('1'), once('a'), noon)).toBe('revoked')
      expect(await store.revoke({ ...revocation('1'), reason: 'again' }, once('b'), noon)).toBe('already-revoked')
      expect(await store.findRevocation('1')).toEqual(revocation('1'))
      expect(await store.revoke(revocation('2'), once('a'), noon)).toBe('credential-used')
      expect(await store.findRevocation('2')).toBeUndefined()
      expect(await store.revoke(revocation('2'), once('b'), noon)).toBe('credential-used')
      expect(await store.revoke(revocation('2'), once('c'), noon)).toBe('revoked')
    })

    it('lets exactly one of many who revoke a serial through', async () => {
      const outcomes = await Promise.all(
        Array.from({ length: 50 }, (_, index) => store.revoke(revocation('1'), once(String(index)), noon)),
      )
      expect(outcomes.filter((outcome) => outcome === 'revoked')).toHaveLength(1)
      expect(outcomes.filter((outcome) => outcome === 'already-revoked')).toHaveLength(49)
    })

    it('lists revocations of what has not ended, in the order in which they were made', async () => {
      for (const [serial, end] of [
        ['3', noon + 1],
        ['1', undefined],
        ['2', noon],
        ['4', noon - 1],
      ] as const) {
        await store.revoke(revocation(serial, end), undefined, noon)
      }
      expect((await store.revocationsAlive(noon)).map(({ serial }) => serial)).toEqual(['3', '1', '2'])
      expect(await store.revocationsAlive(noon + 2)).toEqual([revocation('1')])
    })

    it('keeps the list with the greatest number', async () => {
      expect(await store.findCrl()).toBeUndefined()
      const list = (number: number) => ({ number, nextUpdate: noon, der: Uint8Array.of(number) })
      expect(await store.storeCrl(list(0))).toBe(true)
      expect(await store.storeCrl(list(2))).toBe(true)
      expect(await store.storeCrl(list(2))).toBe(false)
      expect(await store.storeCrl(list(1))).toBe(false)
      expect(await store.findCrl()).toEqual(list(2))
    })

    it('knows when it was made and can be written to', async () => {
      expect(await store.createdAt()).toBe(noon)
      await expect(store.check()).resolves.toBeUndefined()
    })

    it('answers what was asked before it was closed, and nothing after', async () => {
      const before = record('1')
      const closing = store.close()
      await expect(store.find('1')).rejects.toMatchObject({ code: 'unavailable', message: 'the database is closed' })
      await closing
      expect(await before).toBe('recorded')
      await expect(store.check()).rejects.toMatchObject({ code: 'unavailable', message: 'the database is closed' })
    })
  })
}
