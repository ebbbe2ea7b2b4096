import { generateKeyPairSync, randomUUID, sign as signText, type KeyObject } from 'node:crypto'
import type { SignX509Request } from '../../../src/authority/grant.ts'
import { aConfig, anAuthority, noon, someProvisioners, type TestAuthority } from '../../builders/authority.ts'
import { aCsr } from '../../builders/csr.ts'

/** Seconds since the epoch at which the test authority's clock stands. */
export const seconds = noon / 1000

export const endpoint = 'https://id.example.com/.well-known/openid-configuration'
export const keysUrl = 'https://id.example.com/keys'
export const issuer = 'https://id.example.com'

export type ProviderKey = { readonly kid: string; readonly privateKey: KeyObject; readonly jwk: object }

export function aProviderKey(kid: string): ProviderKey {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return { kid, privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' } }
}

/** The key of the provider of these tests. */
export const providerKey = aProviderKey('one')

/** The provisioner of these tests, as in ca.json. */
export const people = {
  type: 'OIDC',
  name: 'people',
  clientID: 'client-1',
  clientSecret: 'not so secret',
  configurationEndpoint: 'https://id.example.com',
}

/** Claims of an ID token that is right, with some changed; undefined leaves one out. */
export const claims = (changes: object = {}): object => ({
  iss: issuer,
  aud: 'client-1',
  azp: 'client-1',
  sub: 'u-1',
  email: 'jane@Example.com',
  email_verified: true,
  iat: seconds,
  exp: seconds + 300,
  nonce: randomUUID(),
  ...changes,
})

export function token(changes: object = {}, header: object = {}, key = providerKey): string {
  const parts = [{ alg: 'RS256', typ: 'JWT', kid: key.kid, ...header }, claims(changes)]
  const text = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${text}.${signText('sha256', Buffer.from(text), key.privateKey).toString('base64url')}`
}

export function request(changes: Partial<SignX509Request> = {}): SignX509Request {
  return { csr: aCsr(), token: token(), ...changes }
}

/** An authority with that provisioner, changed, and a provider that publishes `keys`. */
export function anAuthorityWithPeople(
  changes: object = {},
  keys: readonly object[] = [providerKey.jwk],
): TestAuthority {
  const test = anAuthority(aConfig({ provisioners: someProvisioners({ ...people, ...changes }) }))
  publish(test, keys)
  return test
}

export function publish({ web }: TestAuthority, keys: readonly object[]): void {
  web.documents.set(endpoint, { issuer, jwks_uri: keysUrl }).set(keysUrl, { keys })
}
