import { describe, expect, it } from 'vitest'
import { checkClientCertificate } from '../../../src/authority/client-certificate.ts'
import { createSnapshot } from '../../../src/authority/config.ts'
import { aCa, aConfig, anAuthority, noon, someProvisioners } from '../../builders/authority.ts'
import { anAuthorityWithOps, ops, request } from './jwk-harness.ts'
import { aCertificate, aClusterAuthority } from './k8s-sa-harness.ts'

const context = { requestId: 'r-1' }
const day = 24 * 3_600_000

describe('client certificate', () => {
  it('counts with the leaf alone, from its first to its last second', async () => {
    const { authority, clock } = anAuthorityWithOps()
    const { chain, record } = await authority.signX509(request(), context)
    const found = await authority.checkClientCertificate([chain[0].der])
    expect(found.record).toEqual(record)
    expect(found.certificate.serial).toBe(chain[0].serial)
    clock.advance(day + 999)
    await authority.checkClientCertificate([chain[0].der, chain[1]?.der ?? new Uint8Array()])
    clock.advance(1)
    await expect(authority.checkClientCertificate([chain[0].der])).rejects.toMatchObject({
      code: 'unauthorized',
      reason: 'CertificateExpired',
      message: 'certificate has expired',
    })
    clock.advance(-day - 62_000)
    await expect(authority.checkClientCertificate([chain[0].der])).rejects.toMatchObject({
      message: 'certificate is not yet valid',
    })
  })

  it('does not count once its root is no longer active', async () => {
    const { authority, store } = anAuthorityWithOps()
    const { chain } = await authority.signX509(request(), context)
    const elsewhere = createSnapshot(aConfig({ ca: aCa('Test') }))
    await expect(
      checkClientCertificate([chain[0].der, chain[1]?.der ?? new Uint8Array()], elsewhere, store, noon),
    ).rejects.toMatchObject({
      code: 'unauthorized',
      message: 'certificate is signed by an unknown authority',
    })
  })

  it('does not count without clientAuth', async () => {
    const test = aClusterAuthority()
    test.cluster.certificates.set('shop/web', aCertificate({ usages: ['digital signature', 'server auth'] }))
    const { chain } = await test.signCertificate()
    await expect(test.authority.checkClientCertificate([chain[0].der])).rejects.toMatchObject({
      code: 'unauthorized',
      message: 'certificate is not for clientAuth',
    })
  })

  it('does not count without its record, or with that of another', async () => {
    const ca = aCa()
    const config = aConfig({ ca, provisioners: someProvisioners(ops) })
    const [one, other] = [anAuthority(config), anAuthority(config)]
    const { chain } = await one.authority.signX509(request(), context)
    // Both draw the same serial numbers, so the second has a record of that serial, of another certificate.
    const missing = {
      code: 'unauthorized',
      reason: 'RecordMissing',
      message: `certificate ${chain[0].serial} has no record here`,
    }
    await expect(other.authority.checkClientCertificate([chain[0].der])).rejects.toMatchObject(missing)
    await other.authority.issueServerCertificate()
    await expect(other.authority.checkClientCertificate([chain[0].der])).rejects.toMatchObject(missing)
  })

  it('has its record looked up before any signature is verified', async () => {
    const [ours, theirs] = [
      anAuthorityWithOps(),
      anAuthority(aConfig({ ca: aCa(), provisioners: someProvisioners(ops) })),
    ]
    const { chain } = await theirs.authority.signX509(request(), context)
    await expect(ours.authority.checkClientCertificate([chain[0].der])).rejects.toMatchObject({
      code: 'unauthorized',
      reason: 'RecordMissing',
    })
  })

  it('must be a certificate', async () => {
    const { authority } = anAuthorityWithOps()
    await expect(authority.checkClientCertificate([Uint8Array.of(1)])).rejects.toMatchObject({ code: 'malformed' })
  })
})
