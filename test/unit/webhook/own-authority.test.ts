import { describe, expect, it } from 'vitest'
import { builtInClaims } from '../../../src/core/claims.ts'
import type { AuthorityFacts } from '../../../src/webhook/facts.ts'
import { ownAuthority } from '../../../src/webhook/own-authority.ts'

const audience = 'https://signet.signet-system.svc/1.0/sign#k8ssa/kubernetes'
const facts: AuthorityFacts = {
  name: 'signet',
  trustDomain: 'example.org',
  clusterDomain: 'cluster.local',
  endpoint: 'https://signet.signet-system.svc',
  rootsPem: 'roots',
  provisioner: { name: 'kubernetes', audience, claims: builtInClaims },
}

function aToken(...aud: string[]): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'RS256', kid: 'k' })}.${part({ aud })}.c2ln`
}

describe('the Authority that certifies the webhook', () => {
  it('is used by its endpoint and roots', () => {
    expect(ownAuthority('signet', facts, aToken(audience))).toEqual({ url: facts.endpoint, roots: 'roots' })
  })

  it.each<{ of: AuthorityFacts | undefined; code: string; message: string }>([
    {
      of: undefined,
      code: 'unavailable',
      message: 'there is no Authority "signet", which the chart\'s value defaultAuthority.name names',
    },
    { of: { ...facts, rootsPem: '' }, code: 'unavailable', message: 'Authority "signet" is not ready yet' },
    {
      of: { ...facts, provisioner: { name: 'pods', audience: `${audience}-2`, claims: builtInClaims } },
      code: 'malformed',
      message: `the audience of the webhook's token is not among those that Authority "signet" accepts: it is ${audience}, not ${audience}-2: set the chart's value defaultProvisioner.name to "pods"`,
    },
  ])('or it is told why not: $message', ({ of, code, message }) => {
    expect(() => ownAuthority('signet', of, aToken(audience))).toThrow(expect.objectContaining({ code, message }))
  })

  it('is asked although its status names no Provisioner', () => {
    const { provisioner: _, ...without } = facts
    expect(ownAuthority('signet', without, aToken('any'))).toEqual({ url: facts.endpoint, roots: 'roots' })
  })

  it('is not asked with what is no token', () => {
    expect(() => ownAuthority('signet', facts, 'none')).toThrow(
      expect.objectContaining({ code: 'unauthorized', message: 'the token is not a JWT in compact form' }),
    )
  })
})
