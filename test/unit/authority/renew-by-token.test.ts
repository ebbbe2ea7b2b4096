import { generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import type { IssuedX509 } from '../../../src/authority/issue-x509.ts'
import { toBase64 } from '../../../src/core/bytes.ts'
import { aConfig, anAuthority, noon, someProvisioners, type TestAuthority } from '../../builders/authority.ts'
import { sharedKey } from '../../builders/csr.ts'
import { aToken } from '../../builders/tokens.ts'
import { ops, request, token as signToken } from './jwk-harness.ts'

const context = { requestId: 'r-9' }
const seconds = noon / 1000
const hour = 3_600_000

let test: TestAuthority
let issued: IssuedX509
beforeEach(async () => {
  const claims = { allowRenewalAfterExpiry: true }
  test = anAuthority(aConfig({ provisioners: someProvisioners({ ...ops, claims }) }))
  issued = await test.authority.signX509(request({ notAfter: { kind: 'in', in: hour } }), context)
})

type Changes = { readonly claims?: object; readonly header?: object; readonly key?: KeyObject }

/** As `step ca renew --mtls=false` makes it. */
function renewToken({ claims = {}, header = {}, key = sharedKey }: Changes = {}): { readonly token: string } {
  const usual = {
    iss: 'step-ca-client/1.0',
    sub: 'web.example.com',
    aud: 'https://ca.example.com/renew',
    iat: seconds,
    nbf: seconds,
    exp: seconds + 300,
  }
  const x5cInsecure = issued.chain.slice(0, 2).map(({ der }) => toBase64(der))
  return { token: aToken({ ...usual, ...claims }, key, { x5cInsecure, ...header }) }
}

describe('renew by token', () => {
  it.each([
    ['as step makes it', {}],
    ['with a port and /1.0', { claims: { aud: 'https://ca.example.com:9000/1.0/renew' } }],
    ['of an older step, which names the provisioner', { claims: { iss: 'ops' } }],
    ['within the tolerance of clocks', { claims: { iat: seconds + 59, nbf: seconds + 60, exp: seconds - 60 } }],
    ['with an id', { claims: { jti: randomUUID() } }],
  ])('%s', async (_, changes) => {
    const renewed = await test.authority.renewX509(renewToken(changes), context)
    expect(renewed.record).toMatchObject({ renews: issued.chain[0].serial, issuedTo: issued.record.issuedTo })
  })

  it('needs only the leaf', async () => {
    const header = { x5cInsecure: [toBase64(issued.chain[0].der)] }
    await expect(test.authority.renewX509(renewToken({ header }), context)).resolves.toBeDefined()
  })

  it('spends the token', async () => {
    const credential = renewToken()
    await test.authority.renewX509(credential, context)
    await expect(test.authority.renewX509(credential, context)).rejects.toMatchObject({
      code: 'unauthorized',
      reason: 'TokenReused',
    })
  })

  it('works after expiry where the claim allows it', async () => {
    test.clock.advance(2 * hour)
    const times = { iat: seconds + 7200, nbf: seconds + 7200, exp: seconds + 7500 }
    await expect(test.authority.renewX509(renewToken({ claims: times }), context)).resolves.toBeDefined()
  })

  const text = 'error validating renew token'
  it.each([
    ['another subject', { sub: 'other' }, 'TokenInvalid', `${text}: invalid subject claim (sub)`],
    ['an end in the past', { exp: seconds - 61 }, 'TokenExpired', `${text}: token is expired (exp)`],
    ['a beginning in the future', { nbf: seconds + 61 }, 'TokenInvalid', `${text}: token not valid yet (nbf)`],
    ['an issue in the future', { iat: seconds + 61 }, 'TokenInvalid', `${text}: token issued in the future (iat)`],
    [
      'the audience of /sign',
      { aud: 'https://ca.example.com/sign' },
      'WrongAudience',
      `${text}: invalid audience claim (aud)`,
    ],
    ['another host', { aud: 'https://evil.test/renew' }, 'WrongAudience', `${text}: invalid audience claim (aud)`],
    ['another issuer', { iss: 'someone' }, 'TokenInvalid', `${text}: invalid issuer claim (iss)`],
  ])('tells who has the key of %s, in step’s words', async (_, claims, reason, message) => {
    await expect(test.authority.renewX509(renewToken({ claims }), context)).rejects.toMatchObject({
      code: 'refused',
      reason,
      message,
    })
    expect(test.store.records).toHaveLength(1)
  })

  const otherKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  it.each([
    [
      'signed by another key',
      () => renewToken({ key: otherKey }),
      /^the token is not valid: signature verification failed$/,
    ],
    [
      'signed by nobody',
      () => renewToken({ header: { alg: 'none' } }),
      /^the token is not valid: algorithm \(alg\) is not one of the key$/,
    ],
    [
      'without a chain',
      () => renewToken({ header: { x5cInsecure: undefined } }),
      /^the renew token has no certificate chain \(x5cInsecure\)$/,
    ],
    [
      'with its chain as x5c',
      () => renewToken({ header: { x5cInsecure: undefined, x5c: [toBase64(issued.chain[0].der)] } }),
      /^the renew token has no certificate chain \(x5cInsecure\)$/,
    ],
    [
      'with a certificate that has no record',
      () => renewToken({ header: { x5cInsecure: [toBase64(issued.chain[1]?.der ?? issued.chain[0].der)] } }),
      /^certificate \d+ has no record here$/,
    ],
    [
      'that is for signing',
      () => ({ token: signToken() }),
      /^the renew token has no certificate chain \(x5cInsecure\)$/,
    ],
    ['that is none', () => ({ token: 'hello' }), /^the token is not a JWT in compact form$/],
  ])('masks what is in doubt about the key: a token %s', async (_, make, message) => {
    await expect(test.authority.renewX509(make(), context)).rejects.toMatchObject({
      code: 'unauthorized',
      message: expect.stringMatching(message),
    })
  })

  it('is refused for a certificate that was revoked', async () => {
    const { serial, der } = issued.chain[0]
    await test.authority.revokeX509(
      { serial, reasonCode: 0, reason: '', credential: { kind: 'certificate', presented: [der] } },
      context,
    )
    await expect(test.authority.renewX509(renewToken(), context)).rejects.toMatchObject({
      code: 'unauthorized',
      reason: 'CertificateRevoked',
    })
  })
})
