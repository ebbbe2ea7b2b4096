import { describe, expect, it } from 'vitest'
import { readSignetSettings } from '../../../src/config/signet-settings.ts'
import { readJson } from '../../../src/core/json-reader.ts'

const read = (value: unknown) => readJson(value, 'signet', readSignetSettings)
const minute = 60_000

describe('signet of ca.json', () => {
  it('has neither OCSP nor URLs unless told', () => {
    expect(readSignetSettings(undefined)).toMatchObject({ ocsp: undefined, urls: undefined })
    expect(read({})).toMatchObject({ ocsp: undefined, urls: undefined })
    expect(read({ ocsp: { enabled: false, validity: '5m' } })).toMatchObject({ ocsp: undefined })
  })

  it('reads OCSP', () => {
    expect(read({ ocsp: { enabled: true } }).ocsp).toEqual({ validity: 60 * minute })
    expect(read({ ocsp: { enabled: true, validity: '1m' } }).ocsp).toEqual({ validity: minute })
    expect(read({ ocsp: { enabled: true, validity: '12h' } }).ocsp).toEqual({ validity: 720 * minute })
  })

  it('reads URLs', () => {
    expect(read({ urls: {} }).urls).toEqual({ ocsp: [], issuer: [], crl: [] })
    const urls = {
      ocsp: ['http://ca.test/ocsp'],
      issuer: ['http://ca.test/i.crt'],
      crl: ['https://ca.test/crl', 'http://b'],
    }
    expect(read({ urls }).urls).toEqual(urls)
  })

  it.each([
    [{ ocsp: {} }, 'signet.ocsp.enabled is missing'],
    [{ ocsp: { enabled: true, validity: '59s' } }, 'signet.ocsp.validity must be from 1m to 12h'],
    [{ ocsp: { enabled: true, validity: '13h' } }, 'signet.ocsp.validity must be from 1m to 12h'],
    [{ ocsp: { enable: true } }, 'signet.ocsp.enable is not known'],
    [{ urls: { crls: [] } }, 'signet.urls.crls is not known'],
    [{ urls: { crl: ['ldap://a'] } }, 'signet.urls.crl[0] must be a URL that begins with http:// or https://'],
    [{ urls: { crl: ['http://a b'] } }, 'signet.urls.crl[0] must be a URL that begins with http:// or https://'],
    [{ urls: { ocsp: [''] } }, 'signet.urls.ocsp[0] must not be empty'],
  ])('refuses %j', (json, message) => {
    expect(() => read(json)).toThrow(message)
  })
})
