import { describe, expect, it } from 'vitest'
import { readUnverified } from '../../../../src/core/tokens/unverified.ts'

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const token = (claims: unknown, header: unknown = { alg: 'ES256', kid: 'k' }) =>
  `${encode(header)}.${encode(claims)}.AA`

describe('unverified token', () => {
  it('reads what there is', () => {
    const claims = { iss: 'i', sub: 's', aud: 'a', jti: 'j', iat: 1, nbf: 2.5, exp: 3, sans: ['x'], user: { a: 1 } }
    const text = token(claims)
    expect(readUnverified(text)).toEqual({
      text,
      algorithm: 'ES256',
      keyId: 'k',
      certificates: [],
      renewing: [],
      claims: {
        issuer: 'i',
        subject: 's',
        audience: ['a'],
        id: 'j',
        issuedAt: 1,
        notBefore: 2.5,
        expiresAt: 3,
        names: ['x'],
        all: claims,
      },
    })
  })

  it('reads the certificates of the signer', () => {
    const { certificates } = readUnverified(token({}, { x5c: ['AAEC', 'Aw=='] }))
    expect(certificates).toEqual([Uint8Array.of(0, 1, 2), Uint8Array.of(3)])
  })

  it('reads as many audiences as anybody has', () => {
    const audiences = (count: number) => Array.from({ length: count }, (_, at) => `#${at}`)
    expect(readUnverified(token({ aud: audiences(64) })).claims.audience).toEqual(audiences(64))
    const message = 'the token has more than 64 audiences (aud)'
    const refusal = { code: 'unauthorized', reason: 'TokenInvalid', message }
    expect(() => readUnverified(token({ aud: audiences(65) }))).toThrow(expect.objectContaining(refusal))
  })

  it('reads what is not there', () => {
    expect(readUnverified(token({ aud: null }, {}))).toMatchObject({
      algorithm: '',
      keyId: '',
      claims: { issuer: '', subject: '', audience: [], id: '', names: [], issuedAt: undefined, expiresAt: undefined },
    })
  })

  it.each([
    ['', 'is not a JWT in compact form'],
    ['a.b', 'is not a JWT in compact form'],
    [`${token({})}.x`, 'is not a JWT in compact form'],
    [`${encode({})}.${encode({})}.`, 'is not a JWT in compact form'],
    [`${encode({})}=.${encode({})}.AA`, 'is not a JWT in compact form'],
    [`${encode([])}.${encode({})}.AA`, 'has a header that is not a JSON object'],
    [`${encode({})}.${encode('x')}.AA`, 'has a payload that is not a JSON object'],
    [
      `${encode({})}.${Buffer.from([0x7b, 0xff, 0x7d]).toString('base64url')}.AA`,
      'has a payload that is not a JSON object',
    ],
    [token({ iss: 1 }), 'has a iss that is not a text'],
    [token({}, { kid: {} }), 'has a kid that is not a text'],
    [token({ aud: [1] }), 'has a aud that is neither a text nor a list of texts'],
    [token({ sans: { a: 1 } }), 'has a sans that is neither a text nor a list of texts'],
    [token({ exp: '1' }), 'has a exp that is not a number'],
    [token({}, { x5c: 'AAAA' }), 'has a certificate chain (x5c) that is not a list of base64 texts'],
    [token({}, { x5c: ['AA'] }), 'has a certificate chain (x5c) that is not a list of base64 texts'],
    [token({}, { x5c: [''] }), 'has a certificate chain (x5c) that is not a list of base64 texts'],
    [token({}, { x5c: Array.from({ length: 9 }, () => 'AAAA') }), 'has more than 8 certificates (x5c)'],
    ['a'.repeat(65_537), 'is longer than 65536 characters'],
  ])('refuses case %#', (text, problem) => {
    expect(() => readUnverified(text)).toThrow(
      expect.objectContaining({ code: 'unauthorized', reason: 'TokenInvalid', message: `the token ${problem}` }),
    )
  })
})
