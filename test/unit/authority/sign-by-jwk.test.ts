import { generateKeyPairSync } from 'node:crypto'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { SignX509Request } from '../../../src/authority/grant.ts'
import { sha256Hex } from '../../../src/core/bytes.ts'
import { commonNameOf } from '../../../src/core/x509/name.ts'
import { verifyChain } from '../../../src/core/x509/verify.ts'
import { aCa, aConfig, anAuthority, noon, someProvisioners, type TestAuthority } from '../../builders/authority.ts'
import { aCsr } from '../../builders/csr.ts'
import { provisionerOf } from '../../builders/provisioner-extension.ts'
import { aToken, forgersKey } from '../../builders/tokens.ts'
import { anAuthorityWithOps, claims, key, ops, request, seconds, token } from './jwk-harness.ts'

let test: TestAuthority
beforeEach(() => {
  test = anAuthorityWithOps()
})
const sign = (changes: Partial<SignX509Request> = {}) => test.authority.signX509(request(changes), { requestId: 'r-1' })

describe('sign by JWK token', () => {
  it('issues what the token says, in step’s default shape', async () => {
    const { chain, record } = await sign({ csr: aCsr({ subject: { commonName: 'web.example.com' } }) })
    const [leaf, intermediate, ...more] = chain
    expect(more).toEqual([])
    expect(intermediate?.serial).toBe('2')
    expect(commonNameOf(leaf.subject)).toBe('web.example.com')
    expect(leaf.names).toEqual({ dns: ['web.example.com'], ips: ['10.0.0.1'], emails: [], uris: [] })
    expect(leaf.keyUsage).toEqual(['digitalSignature'])
    expect(leaf.extKeyUsage).toEqual(['serverAuth', 'clientAuth'])
    expect(leaf.isCA).toBe(false)
    expect([leaf.notBefore, leaf.notAfter]).toEqual([noon - 60_000, noon + 86_400_000])
    expect(provisionerOf(leaf.extensions)).toEqual({ type: 1, name: 'ops', credentialId: 'kid-1', keyValuePairs: [] })
    verifyChain(leaf, chain, test.authority.config().roots, { at: noon, usage: 'serverAuth' })
    expect(record).toMatchObject({
      serial: leaf.serial,
      provisioner: { id: 'ops:kid-1', name: 'ops', type: 'JWK' },
      issuedTo: { kind: 'token', subject: 'web.example.com' },
      rule: 'provisioner',
      publicKeySha256: sha256Hex(leaf.spki),
      requestedAt: noon,
      notAfter: noon + 86_400_000,
    })
    expect(await test.store.find(leaf.serial)).toEqual(record)
    expect(test.events.issuedRecords).toEqual([{ record, context: { operation: 'sign', requestId: 'r-1' } }])
  })

  it('adds keyEncipherment for RSA keys', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const { chain } = await sign({ csr: aCsr({ privateKey }) })
    expect(chain[0].keyUsage).toEqual(['digitalSignature', 'keyEncipherment'])
  })

  it('takes the subject for the only name where the token lists none', async () => {
    const { chain } = await sign({ token: token({ sans: undefined, sub: 'spiffe://example.com/a' }) })
    expect(chain[0].names).toEqual({ dns: [], ips: [], emails: [], uris: ['spiffe://example.com/a'] })
  })

  it('leaves the provisioner extension out where the claims say so', async () => {
    test = anAuthority(
      aConfig({ provisioners: someProvisioners({ ...ops, claims: { disableSmallstepExtensions: true } }) }),
    )
    const { chain } = await sign()
    expect(provisionerOf(chain[0].extensions)).toBeUndefined()
  })

  it('takes a port in the audience and the legacy audience', async () => {
    await sign({ token: token({ aud: 'https://ca.example.com:8443/sign' }) })
    await sign({ token: token({ aud: ['x', 'step-certificate-authority'] }) })
    expect(test.store.records).toHaveLength(2)
  })

  it('ends with its intermediate where that ends earlier, also when more was asked for', async () => {
    const ca = aCa('Short', noon + 3_600_000)
    test = anAuthority(aConfig({ ca, provisioners: someProvisioners(ops) }))
    const byDefault = await sign()
    const asked = await sign({ notAfter: { kind: 'in', in: 7_200_000 } })
    expect([byDefault, asked].map(({ chain }) => chain[0].notAfter)).toEqual([noon + 3_600_000, noon + 3_600_000])
  })

  it('honours notBefore and notAfter without backdate', async () => {
    const { chain } = await sign({ notBefore: { kind: 'in', in: 60_000 }, notAfter: { kind: 'in', in: 600_000 } })
    expect([chain[0].notBefore, chain[0].notAfter]).toEqual([noon + 60_000, noon + 660_000])
  })
})

describe('sign by JWK token: refused tokens', () => {
  const rows: readonly (readonly [string, () => string, string, string])[] = [
    ['no JWT', () => 'abc', 'TokenInvalid', 'the token is not a JWT in compact form'],
    [
      'another key',
      () => aToken(claims(), forgersKey, { kid: key.kid }),
      'TokenInvalid',
      'the token is not valid: signature verification failed',
    ],
    [
      'another algorithm',
      () => token({}, { alg: 'HS256' }),
      'TokenInvalid',
      'the token is not valid: algorithm (alg) is not one of the key',
    ],
    [
      'no signature',
      () => token({}, { alg: 'none' }),
      'TokenInvalid',
      'the token is not valid: algorithm (alg) is not one of the key',
    ],
    [
      'critical header parameters',
      () => token({}, { crit: ['exp'] }),
      'TokenInvalid',
      'the token has critical header parameters (crit), none of which is supported',
    ],
    [
      'another kid',
      () => token({}, { kid: 'x' }),
      'WrongAudience',
      'provisioner not found or invalid audience (https://ca.example.com/1.0/sign)',
    ],
    [
      'another issuer',
      () => token({ iss: 'x' }),
      'WrongAudience',
      'provisioner not found or invalid audience (https://ca.example.com/1.0/sign)',
    ],
    [
      'another host',
      () => token({ aud: 'https://x/sign' }),
      'WrongAudience',
      'provisioner not found or invalid audience (https://x/sign)',
    ],
    ['no audience', () => token({ aud: undefined }), 'WrongAudience', 'provisioner not found or invalid audience ()'],
    [
      'an audience for revoking',
      () => token({ aud: 'https://ca.example.com/revoke' }),
      'WrongAudience',
      'the audience (aud) of the token is not for signing here',
    ],
    ['expired', () => token({ exp: seconds - 61 }), 'TokenExpired', 'the token is expired (exp)'],
    ['not yet valid', () => token({ nbf: seconds + 61 }), 'TokenInvalid', 'the token is not valid yet (nbf)'],
    [
      'issued in the future',
      () => token({ iat: seconds + 61 }),
      'TokenInvalid',
      'the token was issued in the future (iat)',
    ],
    [
      'issued before the store',
      () => token({ iat: seconds - 3601 }),
      'TokenInvalid',
      'the token was issued (iat) before this authority was made',
    ],
    ['no subject', () => token({ sub: '' }), 'TokenInvalid', 'the token has no subject (sub)'],
    [
      'cnf that is no object',
      () => token({ cnf: 'x' }),
      'TokenInvalid',
      'the confirmation (cnf) of the token is not an object with a text',
    ],
  ]
  it.each(rows)('%s', async (_, make, reason, message) => {
    await expect(sign({ token: make() })).rejects.toMatchObject({ code: 'unauthorized', reason, message })
    expect(test.store.records).toEqual([])
    expect(test.store.spent).toEqual([])
    expect(test.events.refusals).toEqual([{ operation: 'sign', requestId: 'r-1', reason, message }])
  })

  it('within the minute of tolerance counts', async () => {
    await sign({ token: token({ exp: seconds - 60, nbf: seconds + 60, iat: seconds + 60 }) })
    await sign({ token: token({ iat: seconds - 3600 }) })
    expect(test.store.records).toHaveLength(2)
  })

  it('a used one without a jti under another signature by the same key', async () => {
    const claimsOnce = { jti: undefined }
    const [first, second] = [token(claimsOnce), token(claimsOnce)]
    expect(first).not.toBe(second)
    await sign({ token: first })
    await expect(sign({ token: second })).rejects.toMatchObject({ code: 'unauthorized', reason: 'TokenReused' })
  })

  it('a used one, by its jti or, without one, by its hash', async () => {
    for (const jti of ['j-1', undefined]) {
      const once = token({ jti })
      await sign({ token: once })
      await expect(sign({ token: once })).rejects.toMatchObject({
        code: 'unauthorized',
        reason: 'TokenReused',
        message: 'the token was used already',
      })
    }
    expect(test.store.spent).toEqual(['ops:kid-1 j-1', expect.stringMatching(/^ops:kid-1 [0-9a-f]{64}$/)])
  })

  it('a used one for an hour longer than it is accepted', async () => {
    const record = vi.spyOn(test.store, 'record')
    await sign({ token: token({ jti: 'j-1' }) })
    const acceptedUntil = noon + 300_000 + 60_000
    const use = { kind: 'once', id: 'ops:kid-1 j-1', expiresAt: acceptedUntil + 3_600_000 }
    expect(record.mock.calls.map(([, , spent]) => spent)).toEqual([use])
  })

  it('is not spent by a request that is refused', async () => {
    const once = token()
    await expect(sign({ token: once, csr: aCsr({ sans: ['a.b'] }) })).rejects.toMatchObject({ code: 'forbidden' })
    await sign({ token: once })
  })

  it('for a delegate, which it has none of', async () => {
    const certificate = { namespace: 'shop', name: 'web', uid: 'u' }
    await expect(sign({ certificate })).rejects.toMatchObject({
      code: 'unauthorized',
      reason: 'NotDelegate',
      message: 'provisioner "ops" has no delegates',
    })
  })
})
