import { describe, expect, it } from 'vitest'
import { discoveryUrl, readOpenIdConfiguration, subjectUri } from '../../../../src/core/tokens/openid.ts'

describe('openid', () => {
  it.each([
    ['https://accounts.google.com', '123', 'https://accounts.google.com#123'],
    ['https://a.b/c?d=e', "x y'z", 'https://a.b/c?d=e#x%20y%27z'],
    ['https://a.b#old', 'new', 'https://a.b#new'],
    ['https://a.b', '\ud800', 'https://a.b#%EF%BF%BD'],
    ['https://a.b', '', 'https://a.b'],
    ['accounts.google.com', '123', undefined],
  ])('%s and %j make %s', (issuer, subject, uri) => {
    expect(subjectUri(issuer, subject)).toBe(uri)
  })

  it.each([
    ['https://a.b', 'https://a.b/.well-known/openid-configuration'],
    ['https://a.b/', 'https://a.b/.well-known/openid-configuration'],
    ['https://a.b/realms/x?y=z', 'https://a.b/realms/x/.well-known/openid-configuration?y=z'],
    ['https://a.b/.well-known/openid-configuration', 'https://a.b/.well-known/openid-configuration'],
    ['http://127.0.0.1:80', 'http://127.0.0.1/.well-known/openid-configuration'],
    ['a.b', undefined],
    ['file:///etc/passwd', undefined],
  ])('the document of %s is at %s', (text, url) => {
    expect(discoveryUrl(text)).toBe(url)
  })

  it.each([
    [{}, 'it has no issuer'],
    ['x', 'it has no issuer'],
    [{ issuer: 'x' }, 'it has no jwks_uri'],
    [{ issuer: 'x', jwks_uri: 1 }, 'it has no jwks_uri'],
    [{ issuer: 'x', jwks_uri: 'http://id.test/keys' }, 'its jwks_uri is not https'],
  ])('the document %j is refused', (json, message) => {
    expect(() => readOpenIdConfiguration(json, 'https://id.test/', '')).toThrow(
      expect.objectContaining({ code: 'unavailable', message }),
    )
  })

  it('keys may come as openly as the document', () => {
    const json = { issuer: 'x', jwks_uri: 'http://127.0.0.1/keys' }
    expect(readOpenIdConfiguration(json, 'http://127.0.0.1/', '')).toEqual({ issuer: 'x', jwksUri: json.jwks_uri })
  })
})
