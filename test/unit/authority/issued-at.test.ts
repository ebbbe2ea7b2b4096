import { describe, expect, it } from 'vitest'
import { noon } from '../../builders/authority.ts'
import { aCsr } from '../../builders/csr.ts'
import { authorityWith, kinds, type Kind } from './kinds-harness.ts'

/** The store of test authorities was made an hour before noon. */
const iat = noon / 1000 - 3601
const sign = (kind: Kind, disableIssuedAtCheck: boolean) =>
  authorityWith(kind, { disableIssuedAtCheck }).authority.signX509(
    { csr: kind.proves ? aCsr() : aCsr({ sans: ['web.example.com', '10.0.0.1'] }), token: kind.token('sign', { iat }) },
    { requestId: 'r-1' },
  )
const entriesOf = (names: readonly string[]) => Object.entries(kinds).filter(([name]) => names.includes(name))

describe('a token from before the authority', () => {
  it.each(entriesOf(['JWK', 'OIDC', 'X5C', 'AWS', 'GCP', 'Azure']))(
    'is refused, unless disableIssuedAtCheck says otherwise: %s',
    async (_, kind) => {
      await expect(sign(kind, false)).rejects.toMatchObject({
        code: 'unauthorized',
        reason: 'TokenInvalid',
        message: 'the token was issued (iat) before this authority was made',
      })
      await sign(kind, true)
    },
  )

  it.each(entriesOf(['K8sSA by TokenReview', 'K8sSA offline', 'K8sSA with legacyTokens']))(
    'counts, because the kubelet keeps it over a restart: %s',
    async (_, kind) => {
      await expect(sign(kind, false)).resolves.toBeDefined()
    },
  )
})
