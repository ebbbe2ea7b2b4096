import { describe, expect, it } from 'vitest'
import { policyRule } from '../../../src/core/policy/rules.ts'
import { commonNameOf, valuesOf } from '../../../src/core/x509/name.ts'
import { noon } from '../../builders/authority.ts'
import { aCsr } from '../../builders/csr.ts'
import { aPolicySpec } from '../../builders/policy.ts'
import { aCertificate, aClusterAuthority, eachWithCluster, kubernetes } from './k8s-sa-harness.ts'

const test = eachWithCluster()
const object = { kind: 'Certificate', namespace: 'shop', name: 'web', uid: 'c-1' } as const
const setSpec = (spec: object) => test.current.cluster.certificates.set('shop/web', aCertificate(spec))

const allowShop = () => {
  const lists = { organizationalUnits: [], localities: [], provinces: [], streetAddresses: [], postalCodes: [] }
  const subject = { ...lists, organizations: ['Shop'], countries: ['SE'], serialNumber: ['7'] }
  const allow = { dnsNames: ['*.shop.svc', '*.shop.svc.cluster.local'], subject }
  test.current.cluster.policy.rules = [policyRule('shop', aPolicySpec({ allow }))]
}

describe('sign for a Certificate', () => {
  it('takes everything from the spec', async () => {
    allowShop()
    setSpec({
      commonName: 'web.shop.svc',
      dnsNames: ['api.shop.svc.cluster.local'],
      subject: { organizations: ['Shop'], countries: ['SE'], serialNumber: '7' },
      usages: ['digital signature', 'client auth'],
      duration: '2160h',
    })
    const { chain, record } = await test.current.signCertificate({ notAfter: { kind: 'in', in: 1000 } })
    const [leaf] = chain
    expect(leaf.names.dns).toEqual(['api.shop.svc.cluster.local', 'web.shop.svc'])
    expect(commonNameOf(leaf.subject)).toBe('web.shop.svc')
    expect([valuesOf(leaf.subject, 'organization'), valuesOf(leaf.subject, 'country')]).toEqual([['Shop'], ['SE']])
    expect([leaf.keyUsage, leaf.extKeyUsage]).toEqual([['digitalSignature'], ['clientAuth']])
    expect(leaf.notAfter - noon).toBe(2160 * 3_600_000)
    expect(record).toMatchObject({
      issuedTo: { kind: 'certificate', namespace: 'shop', name: 'web', uid: 'c-1' },
      rule: 'CertificatePolicy/shop',
    })
    expect(test.current.events.issuedRecords[0]?.context).toEqual({
      operation: 'sign',
      requestId: 'r-2',
      regarding: object,
    })
  })

  it('gives TLS usages and the default life where the spec says nothing', async () => {
    const [leaf] = (await test.current.signCertificate()).chain
    expect(leaf.keyUsage).toEqual(['digitalSignature', 'keyEncipherment'])
    expect(leaf.extKeyUsage).toEqual(['serverAuth', 'clientAuth'])
    expect(leaf.notAfter - noon).toBe(24 * 3_600_000)
  })

  it('counts no uses of a delegate’s token', async () => {
    for (let use = 0; use < 30; use++) await test.current.signCertificate()
    expect(test.current.store.spent).toEqual([])
  })

  it('asks the API server for token, pod and Certificate each time', async () => {
    await test.current.signCertificate()
    expect(test.current.cluster.calls).toEqual([
      'reviewToken',
      'getPod signet-system/signet-operator-0',
      'getCertificate shop/web',
    ])
  })

  it('accepts a CSR that asks for what the spec says', async () => {
    allowShop()
    setSpec({ commonName: 'web.shop.svc', subject: { organizations: ['Shop'] } })
    const subject = { commonName: 'web.shop.svc', organization: ['Shop'] }
    await test.current.signCertificate({ csr: aCsr({ subject, sans: ['web.shop.svc'] }) })
    expect(test.current.store.records).toHaveLength(1)
  })

  const excesses: readonly (readonly [string, Parameters<typeof aCsr>[0], string])[] = [
    ['a name', { sans: ['db.shop.svc'] }, 'DNS name "db.shop.svc"'],
    ['a subject', { subject: { organization: ['x'] } }, 'subject attribute organization'],
    ['isCA', { isCA: true }, 'isCA'],
  ]
  it.each(excesses)('refuses a CSR with %s beyond the spec', async (_, options, excess) => {
    await expect(test.current.signCertificate({ csr: aCsr(options) })).rejects.toMatchObject({
      code: 'unauthorized',
      reason: 'RequestExceedsWish',
      message: `the certificate request has ${excess}, which Certificate shop/web does not ask for`,
      regarding: object,
    })
  })

  const refusals: readonly (readonly [string, object, string])[] = [
    [
      'a DNS name of another namespace',
      { dnsNames: ['web.other.svc'] },
      'DNS name "web.other.svc" is not allowed by rule default',
    ],
    ['the service domain itself', { dnsNames: ['shop.svc'] }, 'DNS name "shop.svc" is not allowed by rule default'],
    ['a wildcard', { dnsNames: ['*.web.shop.svc'] }, 'DNS name "*.web.shop.svc" is not allowed by rule default'],
    ['an IP address', { ipAddresses: ['10.1.0.7'] }, 'IP address "10.1.0.7" is not allowed by rule default'],
    ['an e-mail address', { emailAddresses: ['a@b.c'] }, 'e-mail address "a@b.c" is not allowed by rule default'],
    [
      'a SPIFFE ID',
      { uris: ['spiffe://cluster.local/ns/shop/sa/web'] },
      'URI "spiffe://cluster.local/ns/shop/sa/web" is not allowed by rule default',
    ],
    [
      'a common name that is no other name',
      { commonName: 'The Boss' },
      'common name "The Boss", which is none of the other names, is not allowed by rule default',
    ],
    ['isCA', { isCA: true }, 'isCA is not allowed by rule default'],
    [
      'a subject',
      { subject: { organizations: ['system:masters'] } },
      'subject attribute organization "system:masters" is not allowed by rule default',
    ],
    ['no extended usage', { usages: ['digital signature'] }, 'usage "any" is not allowed by rule default'],
    ['a usage beyond TLS', { usages: ['code signing'] }, 'usage "code signing" is not allowed by rule default'],
  ]
  it.each(refusals)('by default refuses %s', async (_, spec, message) => {
    setSpec(spec)
    await expect(test.current.signCertificate()).rejects.toMatchObject({
      code: 'forbidden',
      reason: 'NameNotAllowed',
      message,
      regarding: object,
    })
    expect(test.current.store.records).toEqual([])
  })

  it('refuses a duration over the maximum, naming claim and value', async () => {
    setSpec({ duration: '4320h' })
    await expect(test.current.signCertificate()).rejects.toMatchObject({
      code: 'forbidden',
      reason: 'DurationNotAllowed',
      message: 'duration 4320h0m0s is more than maxTLSCertDuration 2160h0m0s of provisioner "kubernetes"',
    })
    setSpec({ duration: '1m' })
    await expect(test.current.signCertificate()).rejects.toMatchObject({
      message: 'duration 1m0s is less than minTLSCertDuration 5m0s of provisioner "kubernetes"',
    })
  })

  it('refuses a CA certificate that policy allows below an intermediate with path length 0', async () => {
    test.current.cluster.policy.rules = [
      policyRule(
        'cas',
        aPolicySpec({
          allow: { dnsNames: ['*.svc'], isCA: true, nameConstraints: { permittedDNSDomains: ['shop.svc'] } },
        }),
      ),
    ]
    setSpec({ isCA: true })
    await expect(test.current.signCertificate()).rejects.toMatchObject({
      code: 'forbidden',
      message: 'issuer has path length 0 and may not sign a CA certificate',
    })
  })

  it('refuses a Certificate that is for another Authority', async () => {
    const cluster = { trustDomain: 'cluster.local', clusterDomain: 'cluster.local' }
    test.current = aClusterAuthority(kubernetes, { kubernetes: { ...cluster, authority: 'signet' } })
    await test.current.signCertificate()
    setSpec({ authorityRef: { name: 'second', kind: 'Authority', group: 'signet.dev' } })
    await expect(test.current.signCertificate()).rejects.toMatchObject({
      code: 'unauthorized',
      reason: 'RequestExceedsWish',
      message: 'Certificate shop/web is for Authority second, and this is signet',
      regarding: object,
    })
  })

  it('tells the faults of a spec that cannot be read', async () => {
    setSpec({ dnsNames: ['a b'], duration: 'soon' })
    await expect(test.current.signCertificate()).rejects.toMatchObject({
      code: 'malformed',
      message:
        'spec.dnsNames[0] is not valid: "a b" is not a DNS name; spec.duration is not valid: "soon" is not a duration: write it as 24h or 1h30m',
      regarding: object,
    })
  })
})
