import { describe, expect, it } from 'vitest'
import { someProvisioners } from '../../builders/authority.ts'
import { people } from './oidc-harness.ts'

describe('OIDC in ca.json', () => {
  it('is listed as step lists it, its secret included, whatever the case of its members', () => {
    const [provisioner] = someProvisioners({
      SCOPES: ['openid', 'email'],
      authparams: ['prompt=login'],
      claims: { disableRenewal: true },
      options: { x509: {} },
      type: 'oidc',
      name: 'people',
      clientid: 'client-1',
      ClientSecret: 's',
      configurationendpoint: 'https://id.example.com',
      tenantId: 't',
      admins: ['a@b.c'],
      domains: ['b.c'],
      groups: [],
      listenAddress: ':10000',
    })
    expect(JSON.stringify(provisioner?.json)).toBe(
      '{"type":"OIDC","name":"people","clientID":"client-1","clientSecret":"s","configurationEndpoint":"https://id.example.com","tenantID":"t","admins":["a@b.c"],"domains":["b.c"],"listenAddress":":10000","claims":{"disableRenewal":true},"options":{"x509":{}},"scopes":["openid","email"],"authParams":["prompt=login"]}',
    )
    expect(provisioner).toMatchObject({ id: 'client-1', tokenId: 'client-1', typeNumber: 2, credentialId: 'client-1' })
  })

  it('is listed with an empty secret where there is none', () => {
    const { clientSecret: _, ...rest } = people
    expect(someProvisioners(rest)[0]?.json['clientSecret']).toBe('')
  })

  it.each([
    [{ clientID: '' }, 'clientID must not be empty'],
    [{ configurationEndpoint: undefined }, 'configurationEndpoint is missing'],
    [{ configurationEndpoint: 'id.example.com' }, 'configurationEndpoint must be a URL with http or https'],
    [
      { listenAddress: '127.0.0.1' },
      'listenAddress is not valid: invalid address "127.0.0.1": write host:port, or :port for every interface',
    ],
    [{ admins: 'a@b.c' }, 'admins must be a list'],
    [{ groups: [1] }, 'groups[0] must be a text'],
    [{ signet: { x: 1 } }, 'signet.x is not known'],
    [{ signet: { requireVerifiedEmail: 'yes' } }, 'signet.requireVerifiedEmail must be true or false'],
  ])('is refused with %j', (members, message) => {
    expect(() => someProvisioners({ ...people, ...members })).toThrow(
      expect.objectContaining({ code: 'malformed', message: `provisioners[0].${message}` }),
    )
  })
})
