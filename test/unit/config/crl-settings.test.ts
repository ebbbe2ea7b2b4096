import { describe, expect, it } from 'vitest'
import { readCrlSettings } from '../../../src/config/crl-settings.ts'
import { readJson } from '../../../src/core/json-reader.ts'

const read = (value: unknown) => readJson(value, 'crl', readCrlSettings)
const hour = 3_600_000

describe('crl of ca.json', () => {
  it('is off unless enabled', () => {
    expect(readCrlSettings(undefined)).toBeUndefined()
    expect(read({})).toBeUndefined()
    expect(read({ enabled: false, generateOnRevoke: true })).toBeUndefined()
  })

  it('has step’s defaults', () => {
    const usual = { generateOnRevoke: false, cacheDuration: 24 * hour, renewPeriod: 16 * hour, idpURL: '' }
    expect(read({ enabled: true })).toEqual(usual)
    expect(read({ ENABLED: true, cacheDuration: '0s', renewPeriod: '0s' })).toEqual(usual)
  })

  it('is read whole', () => {
    const json = {
      enabled: true,
      generateOnRevoke: true,
      cacheDuration: '3h',
      renewPeriod: '1h',
      idpURL: 'http://crl.test/a',
    }
    const settings = { generateOnRevoke: true, cacheDuration: 3 * hour, renewPeriod: hour, idpURL: 'http://crl.test/a' }
    expect(read(json)).toEqual(settings)
    expect(read({ enabled: true, cacheDuration: '3h' })).toMatchObject({ renewPeriod: 2 * hour })
  })

  it.each([
    [{ enabled: 'yes' }, 'crl.enabled must be true or false'],
    [{ cacheDuration: '-1h' }, 'crl.cacheDuration must not be negative'],
    [{ renewPeriod: '-1h' }, 'crl.renewPeriod must not be negative'],
    [{ cacheDuration: '1h', renewPeriod: '2h' }, 'crl.renewPeriod must not be above cacheDuration'],
    [{ renewPeriod: '25h' }, 'crl.renewPeriod must not be above cacheDuration'],
  ])('refuses %j', (json, message) => {
    expect(() => read(json)).toThrow(message)
  })
})
