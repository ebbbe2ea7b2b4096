import { describe, expect, it } from 'vitest'
import { isSignetError } from '../../../src/core/errors.ts'
import { aCsr } from '../../builders/csr.ts'
import { authorityWith, kinds, type Kind } from './kinds-harness.ts'

/**
 * The X.509 columns of step's table of capabilities (its provisioners document), each tried: does a token of the provisioner
 * sign; does the certificate renew; does a token of it revoke, where it can be for a serial number, as step requires?
 */

/** False where it is refused for what the credential is; every other failure is one of this test. */
async function can<T>(attempt: Promise<T>): Promise<T | false> {
  try {
    return await attempt
  } catch (error) {
    if (isSignetError(error, 'unauthorized')) return false
    throw error
  }
}

const context = { requestId: 'r-1' }
const named = aCsr({ sans: ['web.example.com', '10.0.0.1'] })

/** sign, renew, revoke. */
async function capabilitiesOf(kind: Kind): Promise<readonly [boolean, boolean, boolean]> {
  const { authority } = authorityWith(kind)
  const issued = await can(
    authority.signX509({ csr: kind.proves ? aCsr() : named, token: kind.token('sign') }, context),
  )
  const renewed = issued && (await can(authority.renewX509([issued.chain[0].der], context)))
  const credential = { kind: 'token', token: kind.token('revoke', { sub: '12' }) } as const
  const revoked = await can(authority.revokeX509({ serial: '12', reasonCode: 0, reason: '', credential }, context))
  return [issued !== false, renewed !== false, revoked !== false]
}

/** What step's document says, ✔️ or not; `ours` where that is not what is done here, and why. */
const table: Readonly<Record<string, { readonly step: string; readonly ours?: string; readonly why?: string }>> = {
  JWK: { step: 'sign renew revoke' },
  OIDC: { step: 'sign renew revoke' },
  X5C: { step: 'sign renew revoke' },
  'K8sSA with legacyTokens': { step: 'sign renew revoke' },
  'K8sSA by TokenReview': {
    step: 'sign renew revoke',
    ours: 'sign renew',
    why: 'a projected token says that it is for signing',
  },
  'K8sSA offline': { step: 'sign renew revoke', ours: 'sign renew', why: 'as by TokenReview' },
  ACME: { step: 'sign renew', ours: '', why: 'configuration only, and never by token' },
  SSHPOP: { step: '' },
  AWS: { step: 'sign renew' },
  Azure: { step: 'sign renew' },
  GCP: { step: 'sign renew' },
  // The document has no rows for these.
  SCEP: { step: '' },
  Nebula: { step: '' },
}

describe('X.509 capabilities of provisioners', () => {
  it.each(Object.entries(table).map(([name, { step, ours = step }]) => [name, ours] as const))(
    '%s: %s',
    async (name, ours) => {
      const kind = kinds[name]
      if (kind === undefined) throw new Error('no such kind')
      const words = ['sign', 'renew', 'revoke']
      const found = await capabilitiesOf(kind)
      expect(words.filter((_, column) => found[column]).join(' ')).toBe(ours)
    },
  )

  it('says why wherever it is not as in step', () => {
    expect(Object.values(table).filter(({ ours, why }) => (ours === undefined) !== (why === undefined))).toEqual([])
    expect(Object.keys(table).toSorted()).toEqual(Object.keys(kinds).toSorted())
  })
})
