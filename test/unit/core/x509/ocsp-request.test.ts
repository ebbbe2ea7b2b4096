import { describe, expect, it } from 'vitest'
import { parseOcspRequest } from '../../../../src/core/x509/ocsp-request.ts'
import { anOcspRequest } from '../../../builders/ocsp-request.ts'
import { aRoot } from '../../../builders/ca-material.ts'

const { certificate: issuer } = aRoot(Date.UTC(2026, 0, 1))

describe('OCSP request', () => {
  it('is read with its nonce', () => {
    const nonce = new Uint8Array(32).fill(7)
    const { certificates, nonce: read } = parseOcspRequest(anOcspRequest({ issuer, serials: ['5', '6'], nonce }))
    expect(certificates.map(({ serial, hash }) => `${serial} ${hash}`)).toEqual(['5 sha1', '6 sha1'])
    expect(read).toEqual(Uint8Array.of(0x04, 32, ...nonce))
  })

  it.each([1, 128])('takes a nonce of %i octets', (length) => {
    const request = anOcspRequest({ issuer, serials: ['5'], nonce: new Uint8Array(length) })
    expect(parseOcspRequest(request).nonce).toBeDefined()
  })

  it.each([0, 129])('refuses a nonce of %i octets (RFC 9654)', (length) => {
    const request = anOcspRequest({ issuer, serials: ['5'], nonce: new Uint8Array(length) })
    expect(() => parseOcspRequest(request)).toThrow('OCSP request: nonce: must have 1 to 128 octets')
  })

  it('asks about 1 to 16 certificates', () => {
    const about = (count: number) =>
      anOcspRequest({ issuer, serials: Array.from({ length: count }, (_, index) => String(index)) })
    expect(parseOcspRequest(about(16)).certificates).toHaveLength(16)
    expect(() => parseOcspRequest(about(17))).toThrow('OCSP request: certificates: more than 16')
    expect(() => parseOcspRequest(about(0))).toThrow('OCSP request: certificates: empty')
  })

  it('has an end', () => {
    const request = anOcspRequest({ issuer, serials: ['5'] })
    expect(() => parseOcspRequest(new Uint8Array(20_000))).toThrow('more than 16384 octets')
    expect(() => parseOcspRequest(Uint8Array.of(...request, 0))).toThrow('unexpected data at the end')
    expect(() => parseOcspRequest(request.subarray(0, -1))).toThrow('truncated')
  })

  it('asks about a serial number that could be one', () => {
    const huge = anOcspRequest({ issuer, serials: [(1n << 168n).toString()] })
    expect(() => parseOcspRequest(huge)).toThrow('serial number: must be an integer of at most 21 octets')
  })
})
