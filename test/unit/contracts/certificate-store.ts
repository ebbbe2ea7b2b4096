import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CertificateStore, CredentialUse, IssuanceIntent, Revocation } from '../../../src/authority/ports.ts'
import { aRoot, spkiOf } from '../../builders/ca-material.ts'

const noon = Date.UTC(2026, 0, 1, 12)

const intent = (serial: string): IssuanceIntent => ({
  serial,
  provisioner: { id: 'ops:kid', name: 'ops', type: 'JWK' },
  issuedTo: { kind: 'pod', namespace: 'shop', name: 'web-0', uid: 'u-1', serviceAccount: 'web' },
  rule: 'default',
  publicKeySha256: 'ab'.repeat(32),
  requestedAt: noon,
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

const { key, certificate: root } = aRoot(noon)
const validity = { notBefore: noon - 60_000, notAfter: noon + 86_400_000 }
/** The store looks at nothing of it but its signature: a root is signed by its own key. */
const record = { certificate: root.der, ...validity }
const completed = { ...record, issuerSpki: spkiOf(key) }

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

    it('finds nothing before an intent is complete, then the whole record', async () => {
      expect(await store.begin({ ...intent('1'), renews: '7' }, undefined, noon)).toBe('begun')
      expect(await store.find('1')).toBeUndefined()
      await store.complete('1', completed)
      expect(await store.find('1')).toEqual({ ...intent('1'), renews: '7', ...record })
      expect(await store.find('2')).toBeUndefined()
    })

    it('leaves `renews` out where there is none', async () => {
      await store.begin(intent('1'), undefined, noon)
      await store.complete('1', completed)
      expect(await store.find('1')).not.toHaveProperty('renews')
    })

    it('takes a serial once and does not spend the credential of the second', async () => {
      await store.begin(intent('1'), undefined, noon)
      expect(await store.begin(intent('1'), once('a'), noon)).toBe('serial-taken')
      expect(await store.begin(intent('2'), once('a'), noon)).toBe('begun')
    })

    it('spends a credential once and records no intent for the second use', async () => {
      expect(await store.begin(intent('1'), once('a'), noon)).toBe('begun')
      expect(await store.begin(intent('2'), once('a'), noon + 1)).toBe('credential-used')
      await expect(store.complete('2', completed)).rejects.toMatchObject({ code: 'conflict' })
    })

    it('lets exactly one of many concurrent users of a credential through', async () => {
      const outcomes = await Promise.all(
        Array.from({ length: 50 }, (_, index) => store.begin(intent(String(index)), once('a'), noon)),
      )
      expect(outcomes.filter((outcome) => outcome === 'begun')).toHaveLength(1)
      expect(outcomes.filter((outcome) => outcome === 'credential-used')).toHaveLength(49)
    })

    it('keeps a credential spent until it has expired', async () => {
      await store.begin(intent('1'), once('a'), noon)
      await store.begin(intent('2'), once('b'), noon + 299_999)
      expect(await store.begin(intent('3'), once('a'), noon + 299_999)).toBe('credential-used')
    })

    it('keeps a credential without an end', async () => {
      await store.begin(intent('1'), once('a', Infinity), noon)
      expect(await store.begin(intent('2'), once('a', Infinity), noon + 1e12)).toBe('credential-used')
    })

    it('takes a credential whose end is no whole millisecond', async () => {
      expect(await store.begin(intent('1'), once('a', noon + 0.25), noon)).toBe('begun')
      expect(await store.begin(intent('2'), once('a', noon + 0.25), noon)).toBe('credential-used')
    })

    it('limits uses per subject and window, whatever the token', async () => {
      expect(await store.begin(intent('1'), limited('t1'), noon)).toBe('begun')
      expect(await store.begin(intent('2'), limited('t2'), noon + 1)).toBe('begun')
      expect(await store.begin(intent('3'), limited('t3'), noon + 2)).toBe('too-many-uses')
      expect(await store.begin(intent('4'), limited('t1', 'pod u-2'), noon + 2)).toBe('begun')
      expect(await store.begin(intent('5'), limited('t1'), noon + 60_000)).toBe('begun')
    })

    it('spends a credential by itself, once, for whatever it is used', async () => {
      expect(await store.spend(once('a'), noon)).toBe('spent')
      expect(await store.spend(once('a'), noon + 1)).toBe('credential-used')
      expect(await store.begin(intent('1'), once('a'), noon)).toBe('credential-used')
      await store.begin(intent('2'), once('b'), noon)
      expect(await store.spend(once('b'), noon)).toBe('credential-used')
      const outcomes = await Promise.all(['t1', 't2', 't3'].map((id) => store.spend(limited(id), noon)))
      expect(outcomes).toEqual(['spent', 'spent', 'too-many-uses'])
    })

    it('refuses to complete what was not begun or is complete', async () => {
      const message = (serial: string) => `serial ${serial} has no open intent in the store`
      await expect(store.complete('1', completed)).rejects.toMatchObject({ code: 'conflict', message: message('1') })
      await store.begin(intent('2'), undefined, noon)
      await store.complete('2', completed)
      await expect(store.complete('2', completed)).rejects.toMatchObject({ code: 'conflict', message: message('2') })
      expect(await store.find('2')).toMatchObject(record)
    })

    it('records nothing that the named key did not sign', async () => {
      await store.begin(intent('1'), undefined, noon)
      const damaged = { ...completed, certificate: root.der.with(root.der.length - 1, 0xff ^ (root.der.at(-1) ?? 0)) }
      const another = { ...completed, issuerSpki: spkiOf(aRoot(noon).key) }
      const noCertificate = { ...completed, certificate: Uint8Array.of(0x30, 0, 255) }
      const refusal = { code: 'internal', message: 'certificate 1 is not signed by its issuer' }
      await expect(store.complete('1', damaged)).rejects.toMatchObject(refusal)
      await expect(store.complete('1', another)).rejects.toMatchObject(refusal)
      await expect(store.complete('1', noCertificate)).rejects.toMatchObject({ code: 'malformed' })
      expect(await store.find('1')).toBeUndefined()
      await store.complete('1', completed)
      expect(await store.find('1')).toMatchObject(record)
    })

    it('begins no renewal of what was revoked meanwhile', async () => {
      await store.revoke(revocation('1'), undefined, noon)
      expect(await store.begin({ ...intent('2'), renews: '1' }, once('a'), noon)).toBe('renews-revoked')
      expect(await store.begin({ ...intent('2'), renews: '3' }, once('a'), noon)).toBe('begun')
    })

    it('finds a certificate with its revocation, and a revocation without a certificate', async () => {
      await store.begin(intent('1'), undefined, noon)
      await store.complete('1', completed)
      expect(await store.revoke(revocation('1', noon + 5000), once('a'), noon)).toBe('revoked')
      expect(await store.find('1')).toEqual({ ...intent('1'), ...record, revocation: revocation('1', noon + 5000) })
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
      const before = store.begin(intent('1'), undefined, noon)
      const closing = store.close()
      await expect(store.find('1')).rejects.toMatchObject({ code: 'unavailable', message: 'the database is closed' })
      await closing
      expect(await before).toBe('begun')
      await expect(store.check()).rejects.toMatchObject({ code: 'unavailable', message: 'the database is closed' })
    })
  })
}
