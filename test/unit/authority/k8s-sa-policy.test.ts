import { describe, expect, it } from 'vitest'
import { policyRule } from '../../../src/core/policy/rules.ts'
import { noon } from '../../builders/authority.ts'
import { aCsr } from '../../builders/csr.ts'
import { aPolicySpec } from '../../builders/policy.ts'
import { readJson } from '../../../src/core/json-reader.ts'
import { readStepPolicy } from '../../../src/core/policy/step/read.ts'
import { aClusterAuthority, aPod, eachWithCluster, identity, kubernetes, wish } from './k8s-sa-harness.ts'
import { loadTextTemplates } from '../../../src/core/templates/text-templates.ts'

const test = eachWithCluster()
const pod = { kind: 'Pod', namespace: 'shop', name: 'web-0', uid: 'a-1' } as const
const setPod = (changes: Parameters<typeof aPod>[0]) => test.current.cluster.pods.set('shop/web-0', aPod(changes))
const setWish = (changes: object) => setPod({ request: JSON.stringify({ ...wish, ...changes }) })

describe('sign for a pod by a template of the provisioner', () => {
  const uri = 'spiffe://cluster.local/ns/kube-system/sa/admin'
  /** An extension, and that with the URI as its only subject alternative name (RFC 5280 §4.2.1.6, tag [6]). */
  const extension = (id: string, ...octets: readonly number[]) =>
    `"extensions": [{"id": "${id}", "value": "${Buffer.from(octets).toString('base64')}"}]`
  const san = [0x30, uri.length + 2, 0x86, uri.length, ...Buffer.from(uri)]
  const likeUsual = '"sans": {{ toJson .SANs }}, "keyUsage": ["digitalSignature"]'
  it.each([
    ['names', `{"sans": [{"type": "uri", "value": "${uri}"}]}`, `URI "${uri}" is not allowed`],
    ['names in an extension', `{${extension('2.5.29.17', ...san)}}`, `URI "${uri}" is not allowed`],
    ['a common name', `{${likeUsual}, "subject": "admin"}`, 'common name "admin", which i'],
    ['a subject', `{${likeUsual}, "subject": {"organization": "Admins"}}`, 'organization "Admins" is not allowed'],
    [
      'an attribute by its number',
      `{${likeUsual}, "subject": {"extraNames": [{"type": "0.9.2342.19200300.100.1.1", "value": "admin"}]}}`,
      'is not allowed',
    ],
    [
      'a name of another kind',
      '{"sans": [{"type": "userPrincipalName", "value": "admin@example.com"}]}',
      'not allowed: rules about names cannot judge it',
    ],
    ['a CA', '{"sans": {{ toJson .SANs }}, "basicConstraints": {"isCA": true}}', 'isCA is not allowed'],
    ['a CA in an extension', `{${likeUsual}, ${extension('2.5.29.19', 0x30, 3, 1, 1, 0xff)}}`, 'isCA is not allowed'],
    ['a usage', `{${likeUsual}, "extKeyUsage": ["codeSigning"]}`, 'usage "code signing" is not allowed'],
    ['a usage by number', `{${likeUsual}, "unknownExtKeyUsage": "1.3.6.1.5.5.7.3.3"}`, 'is not allowed'],
    ['no extended usage', `{${likeUsual}}`, 'usage "any" is not allowed'],
  ])('asks policy about %s that the template makes', async (_, template, message) => {
    await loadTextTemplates()
    const made = aClusterAuthority({ ...kubernetes, options: { x509: { template } } })
    await expect(made.sign()).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining(message) as string,
    })
  })
})

describe('sign for a pod under rules of ca.json about names', () => {
  const dns = ['*.shop.svc', '*.shop.svc.cluster.local']
  const under = (rules: object) =>
    aClusterAuthority(kubernetes, { policy: readJson(rules, 'policy', readStepPolicy) }).sign()

  it('needs one for its SPIFFE ID too, by the trust domain', async () => {
    await expect(under({ allow: { dns } })).rejects.toMatchObject({ code: 'forbidden', reason: 'NamePolicy' })
    const { chain } = await under({ allow: { dns, uri: ['cluster.local'] } })
    expect(chain[0].names.uris).toEqual([identity])
  })
})

describe('sign for a pod under policy', () => {
  it('lets an enforcing policy replace the default, and reports auditing ones', async () => {
    const { policy } = test.current.cluster
    policy.rules = [
      policyRule('strict', aPolicySpec({ mode: 'Audit', allow: { dnsNames: ['*.example.com'] } })),
      policyRule('web', aPolicySpec({ allow: { dnsNames: ['*.svc', '*.svc.cluster.local'] } })),
    ]
    const { record } = await test.current.sign()
    expect(record.rule).toBe('CertificatePolicy/web')
    policy.rules = policy.rules.slice(0, 1)
    expect((await test.current.sign()).record.rule).toBe('default')
    expect(test.current.events.audits).toEqual([
      {
        violations: [
          { message: 'DNS name "web.shop.svc" is not allowed', rule: 'CertificatePolicy/strict' },
          { message: 'DNS name "web.shop.svc.cluster.local" is not allowed', rule: 'CertificatePolicy/strict' },
        ],
        context: { requestId: 'r-1', regarding: pod },
      },
    ])
  })

  it('asks policy about the usages and the common name that the certificate will have', async () => {
    const { policy } = test.current.cluster
    const allow = { dnsNames: ['*.svc', '*.svc.cluster.local'] }
    policy.rules = [
      policyRule('client', aPolicySpec({ allow: { ...allow, usages: ['digital signature', 'client auth'] } })),
    ]
    await expect(test.current.sign()).rejects.toMatchObject({
      code: 'forbidden',
      message: 'usage "server auth" is not allowed by rule CertificatePolicy/client',
    })
    policy.rules = [policyRule('web', aPolicySpec({ allow, deny: { commonNames: ['web.*'] } }))]
    setWish({ commonName: 'api.shop.svc', dnsNames: ['web.shop.svc', 'api.shop.svc'] })
    await test.current.sign()
    await expect(test.current.sign({ csr: aCsr({ subject: { commonName: 'web.shop.svc' } }) })).rejects.toMatchObject({
      code: 'forbidden',
      message: 'common name "web.shop.svc" is denied by rule CertificatePolicy/web',
    })
  })

  it('gives who asks for no duration what policy allows, if that is less than the default', async () => {
    const allow = { dnsNames: ['*.svc', '*.svc.cluster.local'], maxDuration: '1h' }
    test.current.cluster.policy.rules = [policyRule('short', aPolicySpec({ allow }))]
    expect((await test.current.sign()).chain[0].notAfter).toBe(noon + 3_600_000)
    expect((await test.current.signCertificate()).chain[0].notAfter).toBe(noon + 3_600_000)
    await expect(test.current.sign({ notAfter: { kind: 'in', in: 7_200_000 } })).rejects.toMatchObject({
      reason: 'RequestExceedsWish',
    })
  })
})

describe('sign for a pod: policy refuses', () => {
  const rows: readonly (readonly [string, object, string])[] = [
    [
      'a DNS name of another namespace',
      { dnsNames: ['a.other.svc'] },
      'DNS name "a.other.svc" is not allowed by rule default',
    ],
    ['a wildcard', { dnsNames: ['*.shop.svc'] }, 'DNS name "*.shop.svc" is not allowed by rule default'],
    ['an IP address', { ipAddresses: ['10.9.9.9'] }, 'IP address "10.9.9.9" is not allowed by rule default'],
    ['an e-mail address', { emailAddresses: ['a@b.c'] }, 'e-mail address "a@b.c" is not allowed by rule default'],
    ['a URI', { uris: ['https://a.b/'] }, 'URI "https://a.b/" is not allowed by rule default'],
    [
      'the identity of another',
      { uris: ['spiffe://cluster.local/ns/shop/sa/db'] },
      'URI "spiffe://cluster.local/ns/shop/sa/db" is not allowed by rule default',
    ],
    [
      'a common name',
      { commonName: 'boss' },
      'common name "boss", which is none of the other names, is not allowed by rule default',
    ],
  ]
  it.each(rows)('%s', async (_, changes, message) => {
    setWish(changes)
    await expect(test.current.sign()).rejects.toMatchObject({ code: 'forbidden', reason: 'NameNotAllowed', message })
    expect(test.current.events.refusals).toEqual([
      { operation: 'sign', requestId: 'r-1', reason: 'NameNotAllowed', message, regarding: pod },
    ])
    expect(test.current.store.records).toEqual([])
    expect(test.current.store.spent).toEqual([])
  })

  it('its IP to a pod with hostNetwork', async () => {
    setPod({ hostNetwork: true, request: JSON.stringify({ ...wish, podIPs: true }) })
    await expect(test.current.sign()).rejects.toMatchObject({
      code: 'forbidden',
      message: 'IP address "10.1.0.7" is not allowed by rule default',
    })
    setPod({ hostNetwork: true, podIPs: [], request: JSON.stringify({ ...wish, podIPs: true }) })
    await expect(test.current.sign()).rejects.toMatchObject({
      message: 'the IP address of the node (the pod has hostNetwork) is not allowed by rule default',
    })
  })

  it('a longer life than the provisioner gives, naming the claim', async () => {
    setWish({ duration: '2161h' })
    await expect(test.current.sign()).rejects.toMatchObject({
      code: 'forbidden',
      reason: 'DurationNotAllowed',
      message: 'duration 2161h0m0s is more than maxTLSCertDuration 2160h0m0s of provisioner "kubernetes"',
    })
  })

  it('decides nothing before policies are known', async () => {
    const { policy } = test.current.cluster
    policy.synced = false
    const refusal = {
      code: 'unavailable',
      reason: 'NotReady',
      retryAfterSeconds: 1,
      message: 'policy of namespace shop is not known yet',
    }
    await expect(test.current.sign()).rejects.toMatchObject(refusal)
    policy.synced = true
    policy.labels.delete('shop')
    await expect(test.current.sign()).rejects.toMatchObject(refusal)
  })
})
