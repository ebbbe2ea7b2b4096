import { createHmac, createPublicKey, generateKeyPairSync, sign as signText } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import type { SignX509Request } from '../../../src/authority/grant.ts'
import { sha256Hex, toBase64 } from '../../../src/core/bytes.ts'
import { commonNameOf } from '../../../src/core/x509/name.ts'
import { noon, someProvisioners, type TestAuthority } from '../../builders/authority.ts'
import { aRoot, spkiOf } from '../../builders/ca-material.ts'
import { aCsr } from '../../builders/csr.ts'
import { provisionerOf } from '../../builders/provisioner-extension.ts'
import { aToken, forgersKey } from '../../builders/tokens.ts'
import {
  anAuthorityWithCorp,
  chainOf,
  claims,
  corp,
  credential,
  credentialKey,
  intermediate,
  request,
  root,
  seconds,
  token,
} from './x5c-harness.ts'

const hour = 3_600_000
let test: TestAuthority
beforeEach(() => {
  test = anAuthorityWithCorp()
})
const sign = (changes: Partial<SignX509Request> = {}) => test.authority.signX509(request(changes), { requestId: 'r-1' })

describe('sign by X5C token', () => {
  it('issues what the token says, and no longer than its signer lives', async () => {
    const { chain, record } = await sign({ csr: aCsr({ subject: { commonName: 'web.example.com' } }) })
    const [leaf] = chain
    expect(commonNameOf(leaf.subject)).toBe('web.example.com')
    expect(leaf.names).toEqual({ dns: ['web.example.com'], ips: ['10.0.0.1'], emails: [], uris: [] })
    expect([leaf.notBefore, leaf.notAfter]).toEqual([noon - 60_000, noon + 4 * hour])
    expect(provisionerOf(leaf.extensions)).toEqual({ type: 7, name: 'corp', credentialId: '', keyValuePairs: [] })
    expect(record).toMatchObject({
      provisioner: { id: 'x5c/corp', name: 'corp', type: 'X5C' },
      issuedTo: { kind: 'token', subject: 'web.example.com' },
      rule: 'provisioner',
    })
  })

  it('keeps the provisioner’s default where the signer lives longer', async () => {
    const x5c = chainOf(credential({ notAfter: noon + 100 * hour }), intermediate.certificate)
    const { chain } = await sign({ token: token({}, { x5c }) })
    expect(chain[0].notAfter).toBe(noon + 24 * hour)
  })

  it('takes the subject for the only name where the token lists none, and a chain without usages', async () => {
    const x5c = chainOf(credential({ extKeyUsage: [] }), intermediate.certificate, root.certificate)
    const { chain } = await sign({ token: token({ sans: undefined }, { x5c }) })
    expect(chain[0].names.dns).toEqual(['web.example.com'])
  })

  it.each([
    ['rsa', { modulusLength: 2048 }, 'RS256', 'sha256'],
    ['ed25519', {}, 'EdDSA', undefined],
  ] as const)('takes tokens by a key of type %s', async (type, options, alg, digest) => {
    const { privateKey } = generateKeyPairSync(type as 'rsa', options as { modulusLength: number })
    const x5c = chainOf(credential({ spki: spkiOf(privateKey) }), intermediate.certificate)
    const [head, body] = token({}, { alg, x5c }).split('.')
    const signature = signText(digest, Buffer.from(`${head}.${body}`), privateKey)
    await sign({ token: `${head}.${body}.${signature.toString('base64url')}` })
    expect(test.store.records).toHaveLength(1)
  })

  it('accepts the CSR that cnf names', async () => {
    const csr = aCsr({ sans: ['web.example.com'] })
    const thumbprint = Buffer.from(sha256Hex(csr.der), 'hex').toString('base64url')
    await sign({ csr, token: token({ cnf: { 'x5rt#S256': thumbprint } }) })
    expect(test.store.records).toHaveLength(1)
  })

  it('replay: a token is good once', async () => {
    const once = token({ jti: 'j-1' })
    await sign({ token: once })
    await expect(sign({ token: once })).rejects.toMatchObject({ code: 'unauthorized', reason: 'TokenReused' })
    expect(test.store.spent).toEqual(['x5c/corp j-1'])
  })
})

describe('sign by X5C token: refused tokens', () => {
  const other = aRoot(noon)
  const withSigner = (...changes: Parameters<typeof credential>) =>
    token({}, { x5c: chainOf(credential(...changes), intermediate.certificate) })
  /** The HMAC that a verifier would compute that takes the public key for a secret (RFC 8725 §2.1). */
  const hmacWithPublicKey = () => {
    const [head, body] = token({}, { alg: 'HS256' }).split('.')
    const secret = createPublicKey(credentialKey).export({ type: 'spki', format: 'pem' })
    return `${head}.${body}.${createHmac('sha256', secret).update(`${head}.${body}`).digest('base64url')}`
  }
  const damaged = 'the certificate chain (x5c) of the token is damaged'
  const rows: readonly (readonly [string, () => string, string, string])[] = [
    [
      'alg none',
      () => token({}, { alg: 'none' }),
      'TokenInvalid',
      'the token is not valid: algorithm (alg) is not one of the key',
    ],
    [
      'key confusion: HS256 with a public key',
      hmacWithPublicKey,
      'TokenInvalid',
      'the token is not valid: algorithm (alg) is not one of the key',
    ],
    [
      'another key than the certificate’s',
      () => aToken(claims(), forgersKey, { x5c: chainOf(credential(), intermediate.certificate) }),
      'TokenInvalid',
      'the token is not valid: signature verification failed',
    ],
    ['no chain', () => token({}, { x5c: [] }), 'TokenInvalid', 'the token has no certificate chain (x5c)'],
    [
      'an untrusted chain',
      () => token({}, { x5c: chainOf(credential({}, other), other.certificate) }),
      'CertificateUntrusted',
      'signature of the certificate is not its issuer’s',
    ],
    [
      'a chain without its intermediate',
      () => token({}, { x5c: chainOf(credential()) }),
      'CertificateUntrusted',
      'certificate is signed by an unknown authority',
    ],
    ['an expired chain', () => withSigner({ notAfter: noon - 1000 }), 'CertificateExpired', 'certificate has expired'],
    [
      'a chain that is not valid yet',
      () => withSigner({ notBefore: noon + 1000 }),
      'CertificateUntrusted',
      'certificate is not yet valid',
    ],
    [
      'a certificate for servers only',
      () => withSigner({ extKeyUsage: ['serverAuth'] }),
      'CertificateUntrusted',
      'certificate is not for clientAuth',
    ],
    [
      'a certificate that may not sign',
      () => withSigner({ keyUsage: ['keyAgreement'] }),
      'TokenInvalid',
      'the certificate of the token (x5c) is not for digital signatures',
    ],
    [
      'a certificate without key usage',
      () => withSigner({ keyUsage: [] }),
      'TokenInvalid',
      'the certificate of the token (x5c) is not for digital signatures',
    ],
    [
      'a certificate that is none',
      () => token({}, { x5c: [toBase64(Uint8Array.of(48, 0))] }),
      'TokenInvalid',
      `${damaged}: certificate: contents: missing`,
    ],
    ['another issuer', () => token({ iss: 'x' }), 'TokenInvalid', 'the issuer (iss) of the token is not "corp"'],
    [
      'an audience of another host',
      () => token({ aud: 'https://x/1.0/sign#x5c/corp' }),
      'WrongAudience',
      'provisioner not found or invalid audience (https://x/1.0/sign#x5c/corp)',
    ],
    [
      'an audience without the provisioner',
      () => token({ aud: 'https://ca.example.com/1.0/sign' }),
      'WrongAudience',
      'provisioner not found or invalid audience (https://ca.example.com/1.0/sign)',
    ],
    [
      'an audience for revoking',
      () => token({ aud: 'https://ca.example.com/revoke#x5c/corp' }),
      'WrongAudience',
      'the audience (aud) of the token is not for signing here',
    ],
    ['expired', () => token({ exp: seconds - 61 }), 'TokenExpired', 'the token is expired (exp)'],
    [
      'issued before the store',
      () => token({ iat: seconds - 3601 }),
      'TokenInvalid',
      'the token was issued (iat) before this authority was made',
    ],
    ['no subject', () => token({ sub: '' }), 'TokenInvalid', 'the token has no subject (sub)'],
  ]
  it.each(rows)('%s', async (_, make, reason, message) => {
    await expect(sign({ token: make() })).rejects.toMatchObject({ code: 'unauthorized', reason, message })
    expect(test.store.records).toEqual([])
    expect(test.store.spent).toEqual([])
    expect(test.events.refusals).toEqual([{ operation: 'sign', requestId: 'r-1', reason, message }])
  })
})

describe('sign by X5C token: refused requests', () => {
  const credentialText = 'the provisioning credential'
  const rows: readonly (readonly [string, () => Partial<SignX509Request>, string, string])[] = [
    [
      'a common name other than the subject',
      () => ({ csr: aCsr({ subject: { commonName: '10.0.0.1' } }) }),
      'NameNotAllowed',
      'certificate request does not contain the valid common name - got 10.0.0.1, want web.example.com',
    ],
    [
      'other DNS names',
      () => ({ csr: aCsr({ sans: ['a.b'] }) }),
      'NameNotAllowed',
      'certificate request does not contain the valid DNS names - got [a.b], want [web.example.com]',
    ],
    [
      'an end after the signer’s',
      () => ({ notAfter: { kind: 'in', in: 5 * hour } }),
      'DurationNotAllowed',
      `requested certificate notAfter (2026-01-01 17:00:00 +0000 UTC) is after the expiration of ${credentialText} (2026-01-01 16:00:00 +0000 UTC)`,
    ],
    [
      'a start before the signer’s',
      () => ({ notBefore: { kind: 'in', in: -5 * hour } }),
      'DurationNotAllowed',
      `requested certificate notBefore (2026-01-01 07:00:00 +0000 UTC) is before the active validity window of ${credentialText} (2026-01-01 08:00:00 +0000 UTC)`,
    ],
    [
      'cnf of another CSR',
      () => ({ token: token({ cnf: { 'x5rt#S256': 'abc' } }) }),
      'BadRequest',
      'certificate request fingerprint does not match "abc"',
    ],
  ]
  it.each(rows)('%s', async (_, make, reason, message) => {
    await expect(sign(make())).rejects.toMatchObject({ code: 'forbidden', reason, message })
    expect(test.store.spent).toEqual([])
  })
})

describe('X5C in ca.json', () => {
  it('is listed as step lists it, and found by its fragment', () => {
    const claimed = { maxTLSCertDuration: '8h', defaultTLSCertDuration: '2h', disableRenewal: true }
    const [provisioner] = someProvisioners({ ...corp, type: 'x5c', claims: claimed, options: {} })
    expect(JSON.stringify(provisioner?.json)).toBe(
      `{"type":"X5C","name":"corp","roots":"${corp.roots}","claims":{"maxTLSCertDuration":"8h0m0s","defaultTLSCertDuration":"2h0m0s","disableRenewal":true},"options":{}}`,
    )
    expect(provisioner).toMatchObject({ id: 'x5c/corp', tokenId: 'x5c/corp', typeNumber: 7, credentialId: '' })
  })

  it.each([
    [{}, 'provisioners[0].roots is missing'],
    [{ roots: '' }, 'provisioners[0].roots must not be empty'],
    [{ roots: '%' }, 'provisioners[0].roots must be the base64 of certificates in PEM'],
    [{ ROOTS: 'AAAA' }, 'provisioners[0].roots is not valid: PEM text holds no CERTIFICATE block'],
  ])('is refused with %j', (members, message) => {
    expect(() => someProvisioners({ type: 'X5C', name: 'corp', ...members })).toThrow(
      expect.objectContaining({ code: 'malformed', message }),
    )
  })
})
