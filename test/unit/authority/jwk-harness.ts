import { randomUUID } from 'node:crypto'
import type { SignX509Request } from '../../../src/authority/grant.ts'
import { aConfig, anAuthority, noon, someProvisioners, type TestAuthority } from '../../builders/authority.ts'
import { aCsr } from '../../builders/csr.ts'
import { aProvisionerKey, aToken } from '../../builders/tokens.ts'

/** Seconds since the epoch at which the test authority's clock stands. */
export const seconds = noon / 1000

export const key = aProvisionerKey()
/** The provisioner of these tests, as in ca.json. */
export const ops = { type: 'JWK', name: 'ops', key: key.jwk }

/** Claims of a token that is right, with some changed; undefined leaves one out. */
export function claims(changes: object = {}): object {
  return {
    iss: 'ops',
    aud: 'https://ca.example.com/1.0/sign',
    sub: 'web.example.com',
    sans: ['web.example.com', '10.0.0.1'],
    iat: seconds,
    nbf: seconds,
    exp: seconds + 300,
    jti: randomUUID(),
    ...changes,
  }
}

export function token(changes: object = {}, header: object = {}): string {
  return aToken(claims(changes), key.privateKey, { kid: key.kid, ...header })
}

/** A request that is right: a CSR without names and a fresh token. */
export function request(changes: Partial<SignX509Request> = {}): SignX509Request {
  return { csr: aCsr(), token: token(), ...changes }
}

export function anAuthorityWithOps(): TestAuthority {
  return anAuthority(aConfig({ provisioners: someProvisioners(ops) }))
}
