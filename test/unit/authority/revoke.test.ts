import { describe, expect, it } from 'vitest'
import type { RevokeX509Request } from '../../../src/authority/revoke-x509.ts'
import { noon } from '../../builders/authority.ts'
import { anAuthorityWithOps, key, request, token } from './jwk-harness.ts'
import { aClusterAuthority, podToken } from './k8s-sa-harness.ts'
import * as x5c from './x5c-harness.ts'

const context = { requestId: 'r-3' }
const aud = 'https://ca.example.com/1.0/revoke'
const provisioner = { id: `ops:${key.kid}`, name: 'ops', type: 'JWK' }

/** A request that is right: a fresh token for this serial. */
const byToken = (serial: string, claims: object = {}): RevokeX509Request => ({
  serial,
  reasonCode: 1,
  reason: 'key lost',
  credential: { kind: 'token', token: token({ aud, sub: serial, ...claims }) },
})

const already = (serial: string) => ({
  code: 'malformed',
  reason: 'CertificateRevoked',
  message: `certificate with serial number '${serial}' is already revoked`,
})

async function aRevocable() {
  const test = anAuthorityWithOps()
  const { chain } = await test.authority.signX509(request(), context)
  const [leaf] = chain
  const byHolder: RevokeX509Request = {
    serial: leaf.serial,
    reasonCode: 0,
    reason: '',
    credential: { kind: 'certificate', presented: [leaf.der] },
  }
  return { ...test, leaf, byHolder }
}

describe('revoke by a token', () => {
  it('keeps why, when and by whom, and tells', async () => {
    const { authority, store, events, leaf } = await aRevocable()
    const revocation = {
      serial: leaf.serial,
      reasonCode: 1,
      reason: 'key lost',
      revokedAt: noon,
      by: { kind: 'token', provisioner },
      expiresAt: leaf.notAfter,
    }
    expect(await authority.revokeX509(byToken(leaf.serial), context)).toEqual(revocation)
    expect((await store.find(leaf.serial))?.revocation).toEqual(revocation)
    expect(events.revocations).toEqual([{ revocation, context }])
  })

  it('needs no record of the certificate', async () => {
    const { authority, store } = anAuthorityWithOps()
    const revocation = await authority.revokeX509(byToken('77'), context)
    expect(revocation).not.toHaveProperty('expiresAt')
    expect(await store.findRevocation('77')).toEqual(revocation)
  })

  it('is done once, and then says so whatever the token', async () => {
    const { authority, leaf } = await aRevocable()
    const first = byToken(leaf.serial)
    await authority.revokeX509(first, context)
    await expect(authority.revokeX509(byToken(leaf.serial), context)).rejects.toMatchObject(already(leaf.serial))
    await expect(authority.revokeX509(first, context)).rejects.toMatchObject({ reason: 'TokenReused' })
  })

  it('spends the token, and only by revoking', async () => {
    const { authority } = anAuthorityWithOps()
    const right = byToken('5', { jti: 'once' })
    await expect(authority.revokeX509({ ...right, serial: '6' }, context)).rejects.toMatchObject({
      code: 'forbidden',
      message: 'request serial number "6" and token subject "5" do not match',
    })
    await authority.revokeX509(right, context)
    await expect(authority.revokeX509(byToken('6', { jti: 'once' }), context)).rejects.toMatchObject({
      code: 'unauthorized',
      reason: 'TokenReused',
    })
  })

  it.each([
    [{ aud: 'https://ca.example.com/1.0/sign' }, 'WrongAudience'],
    [{ aud: 'https://other.example.com/1.0/revoke' }, 'WrongAudience'],
    [{ iss: 'other' }, 'WrongAudience'],
    [{ exp: noon / 1000 - 61 }, 'TokenExpired'],
    [{ iat: noon / 1000 - 7200 }, 'TokenInvalid'],
    [{ sub: '' }, 'TokenInvalid'],
  ])('refuses one with %j', async (changes, reason) => {
    const { authority, store, events } = anAuthorityWithOps()
    await expect(authority.revokeX509(byToken('5', changes), context)).rejects.toMatchObject({
      code: 'unauthorized',
      reason,
    })
    expect(await store.findRevocation('5')).toBeUndefined()
    expect(events.refusals).toMatchObject([{ operation: 'revoke', reason, requestId: 'r-3' }])
  })

  it('refuses a token for revoking where a certificate is asked for', async () => {
    const { authority } = anAuthorityWithOps()
    await expect(authority.signX509(request({ token: token({ aud }) }), context)).rejects.toMatchObject({
      reason: 'WrongAudience',
    })
  })
})

describe('revoke by a token that a certificate vouches for', () => {
  const aud = 'https://ca.example.com/1.0/revoke#x5c/corp'
  const revoke = (claims: object) => {
    const credential = { kind: 'token', token: x5c.token({ aud, sub: '5', ...claims }) } as const
    return x5c
      .anAuthorityWithCorp()
      .authority.revokeX509({ serial: '5', reasonCode: 0, reason: '', credential }, context)
  }

  it('is as good as another, with the audience of its provisioner', async () => {
    const provisioner = { id: 'x5c/corp', name: 'corp', type: 'X5C' }
    expect(await revoke({})).toMatchObject({ serial: '5', by: { kind: 'token', provisioner } })
    const forSigning = { aud: 'https://ca.example.com/1.0/sign#x5c/corp' }
    await expect(revoke(forSigning)).rejects.toMatchObject({
      code: 'unauthorized',
      reason: 'WrongAudience',
      message: 'the audience (aud) of the token is not for revoking here',
    })
    await expect(revoke({ sub: '6' })).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('is refused where the provisioner cannot', async () => {
    const test = aClusterAuthority()
    const credential = { kind: 'token', token: podToken } as const
    await expect(
      test.authority.revokeX509({ serial: '5', reasonCode: 0, reason: '', credential }, context),
    ).rejects.toMatchObject({
      code: 'unauthorized',
      message: 'provisioner "kubernetes" of type K8sSA does not revoke by token',
    })
  })
})

describe('revoke by the certificate itself', () => {
  it('keeps that it was its holder, once', async () => {
    const { authority, leaf, byHolder } = await aRevocable()
    const revocation = await authority.revokeX509(byHolder, context)
    expect(revocation).toMatchObject({ by: { kind: 'certificate' }, expiresAt: leaf.notAfter })
    await expect(authority.revokeX509(byHolder, context)).rejects.toMatchObject(already(leaf.serial))
  })

  it('is for no other certificate', async () => {
    const { authority, leaf, byHolder } = await aRevocable()
    await expect(authority.revokeX509({ ...byHolder, serial: '5' }, context)).rejects.toMatchObject({
      code: 'forbidden',
      message: `request serial number "5" and certificate serial number "${leaf.serial}" do not match`,
    })
  })

  it('needs one that counts', async () => {
    const { authority, clock, byHolder } = await aRevocable()
    clock.advance(25 * 3_600_000)
    await expect(authority.revokeX509(byHolder, context)).rejects.toMatchObject({
      code: 'unauthorized',
      reason: 'CertificateExpired',
    })
  })

  it('is open to pods', async () => {
    const test = aClusterAuthority()
    const { chain } = await test.sign()
    const [leaf] = chain
    const credential = { kind: 'certificate', presented: [leaf.der] } as const
    const body = { serial: leaf.serial, reasonCode: 0, reason: '', credential }
    expect(await test.authority.revokeX509(body, context)).toMatchObject({ by: { kind: 'certificate' } })
  })
})

describe('a revoked certificate', () => {
  it('counts no more and is not renewed', async () => {
    const { authority, leaf } = await aRevocable()
    await authority.renewX509([leaf.der], context)
    await authority.revokeX509(byToken(leaf.serial), context)
    const refusal = { code: 'unauthorized', reason: 'CertificateRevoked', message: 'certificate has been revoked' }
    await expect(authority.checkClientCertificate([leaf.der])).rejects.toMatchObject(refusal)
    await expect(authority.renewX509([leaf.der], context)).rejects.toMatchObject(refusal)
  })
})
