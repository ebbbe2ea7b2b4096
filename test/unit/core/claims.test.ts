import { describe, expect, it } from 'vitest'
import {
  builtInClaims,
  decideValidity,
  formatClaimSettings,
  readClaimSettings,
  resolveClaims,
  type ValidityLimits,
  type ValidityWish,
} from '../../../src/core/claims.ts'
import { readJson } from '../../../src/core/json-reader.ts'

const minute = 60_000
const hour = 60 * minute
const noon = Date.UTC(2026, 0, 1, 12)
const read = (json: unknown) => readJson(json, 'claims', readClaimSettings)

describe('claims', () => {
  it('reads step’s members in any case and writes them in step’s form and order', () => {
    const settings = read({
      disableRenewal: true,
      DEFAULTTLSCERTDURATION: '90m',
      minTLSCertDuration: '5m',
      enableSSHCA: true,
      maxHostSSHCertDuration: '720h',
      unknown: 1,
    })
    expect(JSON.stringify(formatClaimSettings(settings))).toBe(
      '{"minTLSCertDuration":"5m0s","defaultTLSCertDuration":"1h30m0s","maxHostSSHCertDuration":"720h0m0s","enableSSHCA":true,"disableRenewal":true}',
    )
  })

  it('tells every fault with its path', () => {
    expect(() => read({ minTLSCertDuration: 5, maxTLSCertDuration: 'x', disableRenewal: 'no' })).toThrow(
      'claims.minTLSCertDuration must be a text; claims.maxTLSCertDuration is not valid: "x" is not a duration: write it as 24h or 1h30m; claims.disableRenewal must be true or false',
    )
  })

  it('leaves durations of SSH certificates unchecked, as step-ca does', () => {
    const settings = read({ minUserSSHCertDuration: '-1h', maxHostSSHCertDuration: '0' })
    expect(formatClaimSettings(settings)).toEqual({
      minUserSSHCertDuration: '-1h0m0s',
      maxHostSSHCertDuration: '0s',
    })
  })

  it('inherits what is not set', () => {
    expect(resolveClaims(builtInClaims, {})).toEqual(builtInClaims)
    expect(resolveClaims(builtInClaims, { maxTLSCertDuration: 48 * hour, disableRenewal: true })).toEqual({
      ...builtInClaims,
      maximum: 48 * hour,
      disableRenewal: true,
    })
  })

  it('lets minimum and maximum give way to a default outside of them', () => {
    expect(resolveClaims(builtInClaims, { defaultTLSCertDuration: 48 * hour })).toMatchObject({
      minimum: 5 * minute,
      maximum: 48 * hour,
      usual: 48 * hour,
    })
    expect(resolveClaims(builtInClaims, { defaultTLSCertDuration: minute })).toMatchObject({ minimum: minute })
  })

  it.each([
    [{ minTLSCertDuration: 0 }, 'MinTLSCertDuration must be greater than 0'],
    [{ maxTLSCertDuration: 0 }, 'MaxTLSCertDuration must be greater than 0'],
    [{ defaultTLSCertDuration: 0, minTLSCertDuration: minute }, 'DefaultTLSCertDuration must be greater than 0'],
    [
      { maxTLSCertDuration: minute },
      'MaxCertDuration cannot be less than MinCertDuration: MaxCertDuration - 1m0s, MinCertDuration - 5m0s',
    ],
    [
      { minTLSCertDuration: hour, defaultTLSCertDuration: minute },
      'DefaultCertDuration cannot be less than MinCertDuration: DefaultCertDuration - 1m0s, MinCertDuration - 1h0m0s',
    ],
    [
      { maxTLSCertDuration: hour },
      'MaxCertDuration cannot be less than DefaultCertDuration: MaxCertDuration - 1h0m0s, DefaultCertDuration - 24h0m0s',
    ],
  ])('refuses %j', (settings, message) => {
    expect(() => resolveClaims(builtInClaims, settings)).toThrow(`claims: ${message}`)
  })
})

describe('validity', () => {
  const limits: ValidityLimits = { claims: builtInClaims, backdate: minute, issuerNotAfter: noon + 1000 * hour }
  const decide = (wish: ValidityWish, changes: Partial<ValidityLimits> = {}) =>
    decideValidity(wish, { ...limits, ...changes }, noon + 500)

  it('backdates the default, which spans 24h1m', () => {
    expect(decide({ request: {} })).toEqual({ notBefore: noon - minute, notAfter: noon + 24 * hour })
  })

  it('takes the request before the wish before the default', () => {
    const request = { notAfter: { kind: 'in', in: 2 * hour } } as const
    expect(decide({ request, duration: hour }).notAfter).toBe(noon + 2 * hour)
    expect(decide({ request: {}, duration: hour }).notAfter).toBe(noon + hour)
  })

  it('does not backdate an explicit start, from which the end counts', () => {
    const request = { notBefore: { kind: 'at', at: noon + hour }, notAfter: { kind: 'in', in: hour } } as const
    expect(decide({ request })).toEqual({ notBefore: noon + hour, notAfter: noon + 2 * hour })
  })

  it('counts the backdate in the span, so 4m is enough for a minimum of 5m', () => {
    expect(decide({ request: {}, duration: 4 * minute }).notAfter).toBe(noon + 4 * minute)
  })

  it('ends with the issuer', () => {
    expect(decide({ request: {} }, { issuerNotAfter: noon + hour + 1 }).notAfter).toBe(noon + hour)
  })

  it.each([
    [
      { notAfter: { kind: 'at', at: noon - 1000 } },
      'malformed',
      'notAfter cannot be in the past; na=2026-01-01 11:59:59 +0000 UTC',
    ],
    [
      { notBefore: { kind: 'at', at: noon + hour }, notAfter: { kind: 'at', at: noon + minute } },
      'malformed',
      'notAfter cannot be before notBefore; na=2026-01-01 12:01:00 +0000 UTC, nb=2026-01-01 13:00:00 +0000 UTC',
    ],
    [
      { notAfter: { kind: 'in', in: 3 * minute } },
      'forbidden',
      'requested duration of 4m0s is less than the authorized minimum certificate duration of 5m0s',
    ],
    [
      { notAfter: { kind: 'in', in: 25 * hour } },
      'forbidden',
      'requested duration of 25h1m0s is more than the authorized maximum certificate duration of 24h1m0s',
    ],
    [
      { notBefore: { kind: 'at', at: noon }, notAfter: { kind: 'in', in: 24 * hour + minute + 1000 } },
      'forbidden',
      'requested duration of 24h1m1s is more than the authorized maximum certificate duration of 24h1m0s',
    ],
  ] as const)('refuses %j', (request, code, message) => {
    expect(() => decide({ request })).toThrow(expect.objectContaining({ code, reason: 'DurationNotAllowed', message }))
  })

  it('refuses a start after the end of the intermediate', () => {
    const request = { notBefore: { kind: 'in', in: 7_200_000 }, notAfter: { kind: 'in', in: 3_600_000 } } as const
    expect(() => decide({ request }, { issuerNotAfter: noon + 3_600_000 })).toThrow(
      expect.objectContaining({
        code: 'malformed',
        reason: 'DurationNotAllowed',
        message:
          'the intermediate certificate ends on 2026-01-01 13:00:00 +0000 UTC, before the certificate would begin',
      }),
    )
  })

  it('waits for a new intermediate once the old one has ended', () => {
    expect(() => decide({ request: {} }, { issuerNotAfter: noon - 1000 })).toThrow(
      expect.objectContaining({
        code: 'unavailable',
        reason: 'NotReady',
        message:
          'the intermediate certificate ends on 2026-01-01 11:59:59 +0000 UTC, before the certificate would begin',
      }),
    )
  })
})
