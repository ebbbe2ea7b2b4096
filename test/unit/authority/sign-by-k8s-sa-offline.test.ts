import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { SignX509Request } from '../../../src/authority/grant.ts'
import { loadTextTemplates } from '../../../src/core/templates/text-templates.ts'
import { commonNameOf } from '../../../src/core/x509/name.ts'
import { noon, type TestAuthority } from '../../builders/authority.ts'
import { aCsr } from '../../builders/csr.ts'
import { provisionerOf } from '../../builders/provisioner-extension.ts'
import { aClusterKey, clusterIssuer, podClaim, publicKeysOf } from '../../builders/service-account-tokens.ts'
import { forgersKey } from '../../builders/tokens.ts'
import { audience, authorityWith, key, offline, pods, seconds, token } from './k8s-sa-offline-harness.ts'

beforeAll(loadTextTemplates)

const identity = 'spiffe://shop.example/ns/shop/sa/web'
const next = aClusterKey()
const ownNames = { dns: [], ips: [], emails: [], uris: [identity] }

let test: TestAuthority
beforeEach(() => {
  test = authorityWith(pods)
})
const sign = (changes: Partial<SignX509Request> = {}) =>
  test.authority.signX509({ csr: aCsr(), token: token(), ...changes }, { requestId: 'r-1' })
const without = (member: string) => Object.fromEntries(Object.entries(podClaim).filter(([name]) => name !== member))

describe('sign by a projected token, without an API server', () => {
  it('issues the identity of its service account', async () => {
    const { chain, record } = await sign({ token: token({ jti: 'j-1' }) })
    expect(chain[0].names).toEqual(ownNames)
    expect(provisionerOf(chain[0].extensions)).toMatchObject({ type: 8, name: 'pods', credentialId: '' })
    expect(record).toMatchObject({
      provisioner: { id: 'k8ssa/pods', name: 'pods', type: 'K8sSA' },
      issuedTo: { kind: 'serviceAccount', namespace: 'shop', name: 'web', pod: { name: 'web-0', uid: 'a-1' } },
      rule: 'provisioner',
      notAfter: noon + 86_400_000,
    })
    expect(test.cluster.calls).toEqual([])
    expect(test.store.spent).toEqual(['k8ssa/pods j-1'])
    expect(test.events.issuedRecords[0]?.context).toEqual({ operation: 'sign', requestId: 'r-1' })
  })

  it('issues it to a CSR that names it, as `step ca certificate` writes one', async () => {
    const { chain } = await sign({ csr: aCsr({ sans: [identity], subject: { commonName: identity } }) })
    expect(chain[0].names).toEqual(ownNames)
    expect(commonNameOf(chain[0].subject)).toBe(identity)
  })

  it('uses a token again, as often in a minute as the provisioner says', async () => {
    test = authorityWith({ ...pods, signet: { offline, usesPerPodPerMinute: 2 } })
    await sign()
    await sign()
    await expect(sign()).rejects.toMatchObject({ code: 'unavailable', reason: 'TooManyUses' })
    test.clock.advance(60_000)
    await sign()
  })

  it('takes tokens without a pod where a flag says so', async () => {
    const unbound = { 'kubernetes.io': without('pod') }
    test = authorityWith({ ...pods, signet: { offline: { ...offline, allowUnbound: true } } })
    const { record } = await sign({ token: token(unbound) })
    expect(record.issuedTo).toEqual({ kind: 'serviceAccount', namespace: 'shop', name: 'web' })
  })

  it('does not mind a token that is older than the store', async () => {
    await sign({ token: token({ iat: seconds - 7200 }) })
    expect(test.store.records).toHaveLength(1)
  })

  it('verifies by each of several keys', async () => {
    test = authorityWith({ ...pods, publicKeys: publicKeysOf(next, key) })
    await sign()
    await sign({ token: token({}, {}, next) })
    expect(test.store.records).toHaveLength(2)
  })

  it('lets a request shorten the life, never lengthen it', async () => {
    test = authorityWith({ ...pods, claims: { maxTLSCertDuration: '48h' } })
    const { chain } = await sign({ notAfter: { kind: 'in', in: 3_600_000 } })
    expect(chain[0].notAfter).toBe(noon + 3_600_000)
    await expect(sign({ notAfter: { kind: 'in', in: 90_000_000 } })).rejects.toMatchObject({
      code: 'unauthorized',
      reason: 'RequestExceedsWish',
    })
  })

  it('lets a template of its own decide by the claims, whatever the CSR says', async () => {
    const template =
      '{"subject": {{ toJson .Subject }}, "sans": [{"type": "dns", "value": "{{ .Subject.CommonName }}.{{ (index .Token "kubernetes.io").namespace }}.example"}]}'
    test = authorityWith({ ...pods, options: { x509: { template } } })
    const { chain } = await sign({ csr: aCsr({ sans: ['admin.example'], subject: { commonName: 'admin' } }) })
    expect(chain[0].names).toEqual({ dns: ['web.shop.example'], ips: [], emails: [], uris: [] })
    expect(commonNameOf(chain[0].subject)).toBe('web')
  })

  it('renews without asking anybody', async () => {
    const { chain } = await sign()
    test.clock.advance(3_600_000)
    const renewed = await test.authority.renewX509([chain[0].der], {
      requestId: 'r-2',
    })
    expect(renewed.chain[0].names).toEqual(ownNames)
    expect(test.cluster.calls).toEqual([])
  })

  it('is no matter of delegates, and does not revoke', async () => {
    const certificate = { namespace: 'shop', name: 'web', uid: 'c-1' }
    await expect(sign({ certificate })).rejects.toMatchObject({ reason: 'NotDelegate' })
    const credential = { kind: 'token', token: token({ sub: '12' }) } as const
    await expect(
      test.authority.revokeX509({ serial: '12', reasonCode: 0, reason: '', credential }, { requestId: 'r-1' }),
    ).rejects.toMatchObject({
      code: 'unauthorized',
      message: 'provisioner "pods" of type K8sSA does not revoke by token',
    })
  })
})

describe('sign by a projected token: refused', () => {
  const signature = 'the token is not valid: signature verification failed'
  it.each<[string, () => string, string, string?]>([
    ['another key', () => token({}, {}, forgersKey), signature],
    ['alg none', () => token({}, { alg: 'none' }), signature],
    [
      'another issuer',
      () => token({ iss: 'https://other' }),
      `the issuer (iss) of the token is not "${clusterIssuer}"`,
    ],
    [
      'the audience in another form',
      () => token({ aud: ['https://ca.example.com/sign#k8ssa/pods'] }),
      `the token is not for ${audience}`,
      'WrongAudience',
    ],
    [
      'the audience of another provisioner',
      () => token({ aud: ['https://ca.example.com/1.0/sign#k8ssa/other'] }),
      'provisioner not found or invalid audience (https://ca.example.com/1.0/sign#k8ssa/other)',
      'WrongAudience',
    ],
    [
      'the audience of another host',
      () => token({ aud: ['https://elsewhere/1.0/sign#k8ssa/pods'] }),
      'provisioner not found or invalid audience (https://elsewhere/1.0/sign#k8ssa/pods)',
      'WrongAudience',
    ],
    ['expired', () => token({ exp: seconds - 61 }), 'the token is expired (exp)', 'TokenExpired'],
    ['not valid yet', () => token({ nbf: seconds + 61 }), 'the token is not valid yet (nbf)'],
    ['issued in the future', () => token({ iat: seconds + 61 }), 'the token was issued in the future (iat)'],
    ['without end', () => token({ exp: undefined }), 'the token has no end (exp)'],
    [
      'no pod',
      () => token({ 'kubernetes.io': without('pod') }),
      'the token of service account shop/web is not bound to a pod',
      'TokenUnbound',
    ],
    ...[
      ['no claim of Kubernetes', undefined],
      ['a pod without uid', { ...podClaim, pod: { name: 'web-0' } }],
      ['a pod without name', { ...podClaim, pod: { uid: 'a-1' } }],
      ['no service account', without('serviceaccount')],
      ['a namespace that would be another path', { ...podClaim, namespace: 'shop/sa/x' }],
      ['a service account of strange letters', { ...podClaim, serviceaccount: { name: 'web%2f', uid: 'a-2' } }],
    ].map(
      ([name, claim]) =>
        [
          name as string,
          () => token({ 'kubernetes.io': claim }),
          'the token does not say of which service account it is (kubernetes.io)',
        ] as [string, () => string, string],
    ),
    [
      'a subject of another service account',
      () => token({ sub: 'system:serviceaccount:shop:admin' }),
      'the subject (sub) of the token is not service account shop/web',
    ],
    [
      'an unbound token of old',
      () => token({ iss: 'kubernetes/serviceaccount' }),
      `the issuer (iss) of the token is not "${clusterIssuer}"`,
    ],
  ])('%s', async (_, make, message, reason = 'TokenInvalid') => {
    await expect(sign({ token: make() })).rejects.toMatchObject({ code: 'unauthorized', reason, message })
    expect([test.store.records, test.store.spent]).toEqual([[], []])
    expect(test.events.refusals).toEqual([{ operation: 'sign', requestId: 'r-1', reason, message }])
  })

  it.each<[string, Parameters<typeof aCsr>[0], string]>([
    ['a DNS name', { sans: ['web.shop.svc'] }, 'DNS name "web.shop.svc"'],
    ['the identity of another', { sans: [identity.replace('web', 'db')] }, `URI "${identity.replace('web', 'db')}"`],
    ['a common name', { subject: { commonName: 'web' } }, 'common name "web"'],
    ['a subject', { subject: { organization: ['system:masters'] } }, 'subject attribute organization'],
    ['isCA', { isCA: true }, 'isCA'],
  ])('a CSR with %s, which nothing proves', async (_, csr, excess) => {
    await expect(sign({ csr: aCsr(csr) })).rejects.toMatchObject({
      code: 'unauthorized',
      reason: 'RequestExceedsWish',
      message: `the certificate request has ${excess}, which the token of service account shop/web does not ask for`,
    })
  })
})

describe('sign by a projected token of the cluster whose policies are known', () => {
  const kubernetes = { trustDomain: 'shop.example', clusterDomain: 'cluster.local' }
  beforeEach(() => {
    test = authorityWith(pods, { kubernetes })
  })
  const csr = aCsr({ sans: ['web.shop.svc'], subject: { commonName: 'web.shop.svc' } })

  it('gives DNS names that policy allows, and asks it again at renewal', async () => {
    const { chain, record } = await sign({ csr })
    expect([chain[0].names.dns, record.rule]).toEqual([['web.shop.svc'], 'default'])
    const presented = [chain[0].der] as const
    const renew = () => test.authority.renewX509(presented, { requestId: 'r-2' })
    expect((await renew()).record.rule).toBe('default')
    test.cluster.policy.labels.delete('shop')
    await expect(renew()).rejects.toMatchObject({ message: 'policy of namespace shop is not known yet' })
    expect(test.cluster.calls).toEqual([])
  })

  it.each([
    ['web.other.svc', 'DNS name "web.other.svc" is not allowed by rule default'],
    ['*.shop.svc', 'DNS name "*.shop.svc" is not allowed by rule default'],
  ])('refuses %s', async (name, message) => {
    await expect(sign({ csr: aCsr({ sans: [name] }) })).rejects.toMatchObject({ code: 'forbidden', message })
  })

  it('asks no policy about a cluster of another trust domain', async () => {
    test = authorityWith(pods, { kubernetes: { ...kubernetes, trustDomain: 'cluster.local' } })
    expect((await sign()).record.rule).toBe('provisioner')
    await expect(sign({ csr })).rejects.toMatchObject({ reason: 'RequestExceedsWish' })
  })
})
