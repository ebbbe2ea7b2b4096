import { describe, expect, it } from 'vitest'
import type { Authority, Provisioner } from '../../../src/core/resources/index.ts'
import { authorityFacts } from '../../../src/webhook/facts.ts'

const hour = 3_600_000
const provisionerNamed = (name: string, type = 'K8sSA') => ({
  name,
  type,
  audience: `https://ca/1.0/sign#k8ssa/${name}`,
})

function factsOf(status: unknown, spec: object = {}, provisioner: object = {}) {
  const authority = {
    spec: { trustDomain: 'prod.example', clusterDomain: 'k8s.example', ...spec },
    status,
  } as unknown as Authority
  return authorityFacts('signet', {
    authority: (name) => (name === 'signet' ? authority : undefined),
    provisioner: () => ({ spec: provisioner }) as unknown as Provisioner,
    addressOf: (host) => (host === 'signet.signet-system.svc' ? '10.96.0.7' : undefined),
    preferredProvisioner: 'kubernetes',
  })
}

describe('authorityFacts', () => {
  it('finds nothing where there is no Authority', () => {
    const sources = { authority: () => undefined, provisioner: () => undefined, addressOf: () => undefined }
    expect(authorityFacts('x', { ...sources, preferredProvisioner: '' })).toBeUndefined()
  })

  it('knows domains only of one that is new', () => {
    const facts = { name: 'signet', trustDomain: 'prod.example', clusterDomain: 'k8s.example', rootsPem: '' }
    expect(factsOf(undefined)).toEqual(facts)
    expect(factsOf({ provisioners: [provisionerNamed('jwk', 'JWK')] })).toEqual(facts)
  })

  it('takes endpoint, address, roots and the preferred Provisioner of one that serves', () => {
    const status = {
      endpoint: 'https://signet.signet-system.svc',
      roots: [{ certificate: 'one\n' }, { certificate: 'two' }],
      provisioners: [provisionerNamed('a', 'JWK'), provisionerNamed('b'), provisionerNamed('kubernetes')],
    }
    expect(factsOf(status)).toMatchObject({
      endpoint: 'https://signet.signet-system.svc',
      address: '10.96.0.7',
      rootsPem: 'one\ntwo\n',
      provisioner: { name: 'kubernetes', audience: 'https://ca/1.0/sign#k8ssa/kubernetes' },
    })
  })

  it('takes the first by name where the preferred one is not there', () => {
    const facts = factsOf({ provisioners: [provisionerNamed('c'), provisionerNamed('b')] })
    expect(facts?.provisioner?.name).toBe('b')
  })

  it('takes none for pods of another cluster', () => {
    const offline = { issuer: 'https://east', trustDomain: 'east.example' }
    const status = { provisioners: [provisionerNamed('kubernetes')] }
    expect(factsOf(status, {}, { k8sSA: { offline } })?.provisioner).toBeUndefined()
  })

  it("inherits claims from the built-in ones by the Authority's to the Provisioner's", () => {
    const status = { provisioners: [provisionerNamed('kubernetes')] }
    const claims = (spec?: object, own?: object) =>
      factsOf(status, { claims: spec }, { claims: own })?.provisioner?.claims
    expect(claims()).toMatchObject({ minimum: hour / 12, maximum: 24 * hour })
    expect(claims({ minTLSCertDuration: '1m' })).toMatchObject({ minimum: hour / 60, maximum: 24 * hour })
    expect(claims({ minTLSCertDuration: '1m' }, { maxTLSCertDuration: '2160h' })).toMatchObject({
      minimum: hour / 60,
      maximum: 2160 * hour,
    })
  })
})
