import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { SignX509Request } from '../../../src/authority/grant.ts'
import { loadTextTemplates } from '../../../src/core/templates/text-templates.ts'
import { commonNameOf, subjectFieldsOf } from '../../../src/core/x509/name.ts'
import { aConfig, anAuthority, noon, someProvisioners, type TestAuthority } from '../../builders/authority.ts'
import { aCsr } from '../../builders/csr.ts'
import { aClusterKey, aLegacyToken, aProjectedToken, publicKeysOf } from '../../builders/service-account-tokens.ts'
import { forgersKey } from '../../builders/tokens.ts'
import { aPod, accepted, audience, kubernetes, podToken } from './k8s-sa-harness.ts'

beforeAll(loadTextTemplates)

const seconds = noon / 1000
const key = aClusterKey()
const plain = { type: 'K8sSA', name: 'kube', publicKeys: publicKeysOf(key) }
const legacy = { ...plain, signet: { legacyTokens: true } }

let test: TestAuthority
const use = (...provisioners: readonly object[]): void => {
  test = anAuthority(aConfig({ provisioners: someProvisioners(...provisioners) }))
}
beforeEach(() => use(legacy))
const token = (changes: object = {}, header: object = {}) => aLegacyToken(key, changes, header)
const sign = (changes: Partial<SignX509Request> = {}) =>
  test.authority.signX509({ csr: aCsr(), token: token(), ...changes }, { requestId: 'r-1' })
const wishes = aCsr({ sans: ['web.test', '10.0.0.1'], subject: { commonName: 'web', organization: ['Ops'] } })

describe('sign by an unbound token of old', () => {
  it('gives whatever the CSR asks for, as often as it is asked', async () => {
    const { chain, record } = await sign({ csr: wishes })
    expect(subjectFieldsOf(chain[0].subject)).toEqual({ commonName: 'web', organization: ['Ops'] })
    expect(chain[0].names).toEqual({ dns: ['web.test'], ips: ['10.0.0.1'], emails: [], uris: [] })
    expect(record).toMatchObject({
      provisioner: { id: 'k8ssa/kube', name: 'kube', type: 'K8sSA' },
      issuedTo: { kind: 'token', subject: 'system:serviceaccount:shop:web' },
      rule: 'provisioner',
    })
    const same = token()
    await sign({ csr: wishes, token: same })
    await sign({ csr: wishes, token: same })
    expect(test.store.spent).toEqual([])
  })

  it('is no delegate’s, whatever else its provisioner does', async () => {
    use({ ...legacy, signet: { legacyTokens: true, tokenReview: true } })
    await expect(sign({ certificate: { namespace: 'shop', name: 'web', uid: 'c-1' } })).rejects.toMatchObject({
      code: 'unauthorized',
      reason: 'NotDelegate',
      message: 'an unbound token is no delegate’s',
    })
    expect((await sign({ csr: wishes })).record.issuedTo).toMatchObject({ kind: 'token' })
  })

  it('gives a template the service account only', async () => {
    const template = '{"subject": {{ toJson .Subject }}, "dnsNames": ["{{ .Subject.CommonName }}.test"]}'
    use({ ...legacy, options: { x509: { template } } })
    const [leaf] = (await sign({ csr: wishes })).chain
    expect([commonNameOf(leaf.subject), leaf.names.dns]).toEqual(['web', ['web.test']])
  })

  const unsigned = 'the token is not valid: signature verification failed'
  it.each<[string, () => string, string, string?]>([
    ['by another key', () => aLegacyToken(forgersKey), unsigned],
    ['alg none', () => token({}, { alg: 'none' }), unsigned],
    ['without a subject', () => token({ sub: '' }), 'the token has no subject (sub)'],
    ['expired', () => token({ exp: seconds - 61 }), 'the token is expired (exp)', 'TokenExpired'],
    ['not valid yet', () => token({ nbf: seconds + 61 }), 'the token is not valid yet (nbf)'],
    [
      'projected, by the same key',
      () => aProjectedToken(key, 'https://ca.example.com/1.0/sign#k8ssa/kube', seconds),
      'provisioner "kube" does not take such tokens: signet.tokenReview or signet.offline makes projected tokens of service accounts count',
    ],
  ])('refuses one %s', async (_, make, message, reason = 'TokenInvalid') => {
    await expect(sign({ token: make() })).rejects.toMatchObject({ code: 'unauthorized', reason, message })
    expect(test.store.records).toEqual([])
  })

  it('does not take it without the flag, and says which that is', async () => {
    use(plain)
    await expect(sign()).rejects.toMatchObject({
      code: 'unauthorized',
      reason: 'TokenInvalid',
      message:
        'provisioner "kube" does not take such tokens: signet.legacyTokens makes unbound tokens of service accounts count',
    })
    const [provisioner] = someProvisioners(plain)
    expect(provisioner?.unserved).toBe(
      'of type K8sSA takes no tokens: signet.legacyTokens makes unbound tokens of service accounts count, as in step-ca; signet.tokenReview or signet.offline makes projected tokens of service accounts count',
    )
  })

  it('revokes the serial number that it is for, as step', async () => {
    const revoke = (sub: string) =>
      test.authority.revokeX509(
        { serial: '12', reasonCode: 0, reason: '', credential: { kind: 'token', token: token({ sub }) } },
        { requestId: 'r-1' },
      )
    await expect(revoke('system:serviceaccount:shop:web')).rejects.toMatchObject({
      code: 'forbidden',
      message: 'request serial number "12" and token subject "system:serviceaccount:shop:web" do not match',
    })
    expect(await revoke('12')).toMatchObject({ serial: '12' })
  })
})

describe('several K8sSA provisioners', () => {
  it('take each its own tokens', async () => {
    use(
      { ...legacy, name: 'old' },
      { ...kubernetes, claims: {} },
      { ...plain, ...offlineOf('east') },
      offlineOf('west'),
    )
    test.cluster.tokens.set(podToken, accepted)
    test.cluster.pods.set('shop/web-0', aPod())
    const at = (name: string) => aProjectedToken(key, `https://ca.example.com/1.0/sign#k8ssa/${name}`, seconds)
    const records = [
      await sign({ csr: wishes }),
      await sign({ token: podToken }),
      await sign({ token: at('east') }),
      await sign({ token: at('west') }),
    ].map(({ record, chain }) => [record.provisioner.name, chain[0].names.uris])
    expect(records).toEqual([
      ['old', []],
      ['kubernetes', ['spiffe://cluster.local/ns/shop/sa/web']],
      ['east', ['spiffe://east.example/ns/shop/sa/web']],
      ['west', ['spiffe://west.example/ns/shop/sa/web']],
    ])
    expect(audience).toContain('#k8ssa/kubernetes')
  })

  it('may only once take tokens that name none', () => {
    expect(() => someProvisioners(legacy, { ...legacy, name: 'b' })).toThrow(
      'provisioners[1] has the id "k8ssa/k8sSA-default" of another provisioner',
    )
    expect(() => someProvisioners(plain, { ...kubernetes, name: 'k8sSA-default' })).toThrow(
      'provisioners[1] has the id "k8ssa/k8sSA-default" of another provisioner',
    )
  })

  function offlineOf(name: string) {
    const offline = { issuer: 'https://kubernetes.default.svc.cluster.local', trustDomain: `${name}.example` }
    return { type: 'K8sSA', name, publicKeys: publicKeysOf(key), signet: { offline } }
  }
})
