import { generateKeyPairSync } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import type { SignX509Request } from '../../../src/authority/grant.ts'
import { sha256Hex } from '../../../src/core/bytes.ts'
import { aCa, aConfig, anAuthority, noon, someProvisioners, type TestAuthority } from '../../builders/authority.ts'
import { aCsr } from '../../builders/csr.ts'
import { anAuthorityWithOps, ops, request, token } from './jwk-harness.ts'

let test: TestAuthority
beforeEach(() => {
  test = anAuthorityWithOps()
})
const sign = (changes: Partial<SignX509Request> = {}) => test.authority.signX509(request(changes), { requestId: 'r-1' })

describe('sign by JWK token: refused requests', () => {
  const text = 'certificate request does not contain the valid'
  const rows: readonly (readonly [string, () => Partial<SignX509Request>, string, string])[] = [
    [
      'DNS names',
      () => ({ csr: aCsr({ sans: ['a.b', 'c.d'] }) }),
      'NameNotAllowed',
      `${text} DNS names - got [a.b c.d], want [web.example.com]`,
    ],
    [
      'IP addresses',
      () => ({ csr: aCsr({ sans: ['10.0.0.2'] }) }),
      'NameNotAllowed',
      `${text} IP addresses - got [10.0.0.2], want [10.0.0.1]`,
    ],
    [
      'e-mail addresses',
      () => ({ csr: aCsr({ sans: ['a@b.c'] }) }),
      'NameNotAllowed',
      `${text} email addresses - got [a@b.c], want []`,
    ],
    [
      'URIs',
      () => ({ csr: aCsr({ sans: ['spiffe://a/b'] }) }),
      'NameNotAllowed',
      `${text} URIs - got [spiffe://a/b], want []`,
    ],
    [
      'common name',
      () => ({ csr: aCsr({ subject: { commonName: 'x' } }) }),
      'NameNotAllowed',
      `${text} common name - got x, want [web.example.com web.example.com 10.0.0.1]`,
    ],
    [
      'cnf',
      () => ({ token: token({ cnf: { 'x5rt#S256': 'abc' } }) }),
      'BadRequest',
      'certificate request fingerprint does not match "abc"',
    ],
    [
      'too long',
      () => ({ notAfter: { kind: 'in', in: 90_000_000 } }),
      'DurationNotAllowed',
      'requested duration of 25h1m0s is more than the authorized maximum certificate duration of 24h1m0s',
    ],
    [
      'too short',
      () => ({ notAfter: { kind: 'in', in: 60_000 } }),
      'DurationNotAllowed',
      'requested duration of 2m0s is less than the authorized minimum certificate duration of 5m0s',
    ],
  ]
  it.each(rows)('%s', async (_, make, reason, message) => {
    await expect(sign(make())).rejects.toMatchObject({ code: 'forbidden', reason, message })
    expect(test.store.records).toEqual([])
  })

  it('accepts the CSR that cnf names', async () => {
    const csr = aCsr({ sans: ['web.example.com'] })
    const thumbprint = Buffer.from(sha256Hex(csr.der), 'hex').toString('base64url')
    await sign({ csr, token: token({ cnf: { 'x5rt#S256': thumbprint } }) })
    expect(test.store.records).toHaveLength(1)
  })

  const spkiOf = (kind: 'rsa' | 'ec', options: object) => {
    const pair = generateKeyPairSync(kind as 'ec', options as { namedCurve: string })
    return new Uint8Array(pair.publicKey.export({ type: 'spki', format: 'der' }))
  }
  const evenModulus = () => {
    const spki = spkiOf('rsa', { modulusLength: 2048 })
    // The modulus ends before the exponent 65537, whose encoding takes five octets.
    const last = spki.length - 6
    spki[last] = (spki[last] ?? 0) & 0xfe
    return spki
  }
  const keys: readonly (readonly [string, () => Uint8Array, string])[] = [
    [
      'RSA with 1024 bits',
      () => spkiOf('rsa', { modulusLength: 1024 }),
      'certificate request RSA key must be at least 2048 bits (256 bytes)',
    ],
    ['RSA with an even modulus', evenModulus, 'RSA modulus must be odd'],
    [
      'EC on P-224',
      () => spkiOf('ec', { namedCurve: 'P-224' }),
      'elliptic curve 1.3.132.0.33 is not supported: use P-256, P-384 or P-521',
    ],
  ]
  it.each(keys)('a key that is %s', async (_, make, message) => {
    await expect(sign({ csr: { ...aCsr(), spki: make() } })).rejects.toMatchObject({
      code: 'malformed',
      reason: 'KeyNotAllowed',
      message,
    })
    expect(test.store.spent).toEqual([])
  })

  it('a CSR with a broken signature', async () => {
    const csr = { ...aCsr(), signature: Uint8Array.of(1, 2, 3) }
    await expect(sign({ csr })).rejects.toMatchObject({ code: 'malformed', message: 'invalid csr' })
    expect(test.events.refusals[0]?.reason).toBe('BadRequest')
  })

  it('names that no certificate can carry', async () => {
    await expect(sign({ token: token({ sans: ['a b'] }) })).rejects.toMatchObject({
      code: 'malformed',
      message: '"a b" is not a DNS name',
    })
  })

  it('a request after the intermediate has ended', async () => {
    const ca = aCa('Ended', noon - 3_600_000)
    test = anAuthority(aConfig({ ca, provisioners: someProvisioners(ops) }))
    await expect(sign()).rejects.toMatchObject({
      code: 'unavailable',
      reason: 'NotReady',
      message: 'the intermediate certificate ends on 2026-01-01 11:00:00 +0000 UTC, before the certificate would begin',
    })
  })
})
