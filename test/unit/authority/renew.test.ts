import { describe, expect, it } from 'vitest'
import type { PresentedChain } from '../../../src/authority/client-certificate.ts'
import type { IssuedX509 } from '../../../src/authority/issue-x509.ts'
import { equalBytes, toBase64 } from '../../../src/core/bytes.ts'
import { createAuthority } from '../../../src/authority/authority.ts'
import { policyRule } from '../../../src/core/policy/rules.ts'
import { subjectFieldsOf } from '../../../src/core/x509/name.ts'
import { extensionOids } from '../../../src/core/x509/oids.ts'
import { aCa, aConfig, anAuthority, noon, someProvisioners, type TestAuthority } from '../../builders/authority.ts'
import { sharedKey } from '../../builders/csr.ts'
import { aToken } from '../../builders/tokens.ts'
import { aPolicySpec } from '../../builders/policy.ts'
import { countingRandom } from '../../fakes/counting-random.ts'
import { anAuthorityWithOps, ops, request } from './jwk-harness.ts'
import { aCertificate, aPod, eachWithCluster } from './k8s-sa-harness.ts'

const context = { requestId: 'r-9' }
const presented = ({ chain }: IssuedX509): PresentedChain => [chain[0].der]
const hour = 3_600_000
const masked = 'The request lacked necessary authorization to be completed'

/** The same authority and store under another configuration. */
const reconfigured = (
  { store, clock, events, web, webhooks, cluster }: TestAuthority,
  changes: Parameters<typeof aConfig>[0],
) =>
  createAuthority(
    {
      store,
      clock,
      events,
      random: countingRandom('again'),
      fetcher: web,
      webhooks,
      kubernetes: cluster,
      policy: cluster.policy,
    },
    aConfig(changes),
  )

describe('renew', () => {
  it('gives the same certificate again, later', async () => {
    const test = anAuthorityWithOps()
    const first = await test.authority.signX509(request({ notAfter: { kind: 'in', in: hour } }), context)
    test.clock.advance(hour / 2 + 400)
    const second = await test.authority.renewX509(presented(first), context)
    const [old, renewed] = [first.chain[0], second.chain[0]]
    expect(renewed.serial).not.toBe(old.serial)
    expect(equalBytes(renewed.subject.der, old.subject.der)).toBe(true)
    expect(equalBytes(renewed.spki, old.spki)).toBe(true)
    expect([renewed.notBefore, renewed.notAfter]).toEqual([noon + hour / 2 - 60_000, noon + hour / 2 + hour])
    const others = (extensions: typeof old.extensions) =>
      extensions
        .filter(({ oid }) => oid !== extensionOids.authorityKeyId)
        .map(({ oid, critical, value }) => `${oid} ${critical} ${Buffer.from(value).toString('hex')}`)
        .toSorted()
    expect(others(renewed.extensions)).toEqual(others(old.extensions))
    expect(second.record).toMatchObject({
      renews: old.serial,
      provisioner: first.record.provisioner,
      issuedTo: first.record.issuedTo,
      rule: 'provisioner',
    })
    expect(test.events.issuedRecords[1]?.context).toEqual({ operation: 'renew', requestId: 'r-9' })
    await test.authority.renewX509(presented(second), context)
  })

  it('ends with the intermediate', async () => {
    const ca = aCa('Short', noon + 2 * hour)
    const test = anAuthority(aConfig({ ca, provisioners: someProvisioners(ops) }))
    const first = await test.authority.signX509(request({ notAfter: { kind: 'in', in: hour + hour / 2 } }), context)
    test.clock.advance(hour)
    const second = await test.authority.renewX509(presented(first), context)
    expect(second.chain[0].notAfter).toBe(noon + 2 * hour)
  })

  it('refuses an expired certificate in step’s words, unless the claim allows it', async () => {
    const test = anAuthorityWithOps()
    const first = await test.authority.signX509(request({ notAfter: { kind: 'in', in: hour } }), context)
    test.clock.advance(hour + 999)
    await test.authority.renewX509(presented(first), context)
    test.clock.advance(1)
    await expect(test.authority.renewX509(presented(first), context)).rejects.toMatchObject({
      code: 'refused',
      reason: 'CertificateExpired',
      message: `${masked}: certificate expired on 2026-01-01 13:00:00 +0000 UTC`,
    })
    const allowing = someProvisioners({ ...ops, claims: { allowRenewalAfterExpiry: true } })
    await reconfigured(test, { provisioners: allowing }).renewX509(presented(first), context)
    expect(test.store.records).toHaveLength(3)
  })

  it('refuses where the provisioner forbids renewals or is gone', async () => {
    const test = anAuthorityWithOps()
    const first = await test.authority.signX509(request(), context)
    const forbidding = reconfigured(test, {
      provisioners: someProvisioners({ ...ops, claims: { disableRenewal: true } }),
    })
    await expect(forbidding.renewX509(presented(first), context)).rejects.toMatchObject({
      code: 'unauthorized',
      reason: 'RenewalDisabled',
      message: 'its provisioner does not allow renewals',
    })
    await expect(reconfigured(test, {}).renewX509(presented(first), context)).rejects.toMatchObject({
      reason: 'RenewalDisabled',
      message: 'provisioner "ops" of the certificate is not configured any more',
    })
  })

  it('refuses a certificate without a record', async () => {
    const test = anAuthorityWithOps()
    const first = await test.authority.signX509(request(), context)
    test.store.forget(first.chain[0].serial)
    const message = `certificate ${first.chain[0].serial} has no record here`
    await expect(test.authority.renewX509(presented(first), context)).rejects.toMatchObject({
      code: 'unauthorized',
      reason: 'RecordMissing',
      message,
    })
    expect(test.events.refusals).toEqual([{ operation: 'renew', requestId: 'r-9', reason: 'RecordMissing', message }])
  })

  it('refuses the authority’s own certificate', async () => {
    const test = anAuthorityWithOps()
    const own = await test.authority.issueServerCertificate()
    await expect(test.authority.renewX509(presented(own), context)).rejects.toMatchObject({ reason: 'RenewalDisabled' })
  })
})

describe('renew for a pod or Certificate', () => {
  const test = eachWithCluster()
  const renew = (issued: IssuedX509) => test.current.authority.renewX509(presented(issued), context)

  it('records the rule that allows it today', async () => {
    const first = await test.current.sign()
    test.current.cluster.policy.rules = [
      policyRule('web', aPolicySpec({ allow: { dnsNames: ['*.svc', '*.cluster.local'], maxDuration: '24h' } })),
    ]
    expect((await renew(first)).record.rule).toBe('CertificatePolicy/web')
    const certificate = await test.current.signCertificate()
    expect((await renew(certificate)).record.issuedTo).toEqual(certificate.record.issuedTo)
  })

  it('refuses what policy does not allow any more', async () => {
    const first = await test.current.sign()
    test.current.cluster.policy.rules = [policyRule('web', aPolicySpec({ allow: { dnsNames: ['x'] } }))]
    await expect(renew(first)).rejects.toMatchObject({
      code: 'forbidden',
      reason: 'NameNotAllowed',
      message:
        'DNS name "web.shop.svc" is not allowed by rule CertificatePolicy/web; DNS name "web.shop.svc.cluster.local" is not allowed by rule CertificatePolicy/web',
      regarding: { kind: 'Pod', namespace: 'shop', name: 'web-0', uid: 'a-1' },
    })
  })

  it('asks policy about the whole life, which is that of the first certificate', async () => {
    const first = await test.current.sign()
    test.current.cluster.policy.rules = [
      policyRule('web', aPolicySpec({ allow: { dnsNames: ['*.svc', '*.cluster.local'], maxDuration: '1h' } })),
    ]
    await expect(renew(first)).rejects.toMatchObject({
      code: 'forbidden',
      message: 'duration 24h0m0s, longer than 1h0m0s, is not allowed by rule CertificatePolicy/web',
    })
  })

  it('counts among the ten requests that a pod has in a minute', async () => {
    const first = await test.current.sign()
    for (let use = 1; use < 10; use++) await renew(first)
    const refusal = { code: 'unavailable', reason: 'TooManyUses', retryAfterSeconds: 60 }
    await expect(renew(first)).rejects.toMatchObject(refusal)
    await expect(test.current.sign()).rejects.toMatchObject(refusal)
    test.current.clock.advance(60_000)
    await renew(first)
  })

  it('requires that the pod of that uid still lives', async () => {
    const first = await test.current.sign()
    const { pods } = test.current.cluster
    for (const [pod, reason] of [
      [aPod({ deleting: true }), 'PodDeleting'],
      [aPod({ finished: true }), 'PodFinished'],
      [aPod({ uid: 'a-9' }), 'PodUidMismatch'],
      [undefined, 'PodNotFound'],
    ] as const) {
      if (pod === undefined) pods.clear()
      else pods.set('shop/web-0', pod)
      await expect(renew(first)).rejects.toMatchObject({ code: 'unauthorized', reason })
    }
  })

  it('spends a renew token of a pod, and counts it', async () => {
    const first = await test.current.sign()
    const claims = { iss: 'step-ca-client/1.0', sub: '', aud: 'https://ca.example.com/renew', exp: noon / 1000 + 300 }
    const header = { x5cInsecure: [toBase64(first.chain[0].der)] }
    const renewByToken = (jti: string) =>
      test.current.authority.renewX509({ token: aToken({ ...claims, jti }, sharedKey, header) }, context)
    await renewByToken('1')
    await expect(renewByToken('1')).rejects.toMatchObject({ code: 'unauthorized', reason: 'TokenReused' })
    for (let use = 2; use < 10; use++) await renewByToken(String(use))
    await expect(renewByToken('10')).rejects.toMatchObject({ code: 'unavailable', reason: 'TooManyUses' })
  })

  it('takes what authority.template adds to a subject for no change of the spec', async () => {
    const subjectDefaults = { organization: ['Shop'], country: ['DE'] }
    const { authority, cluster } = test.current
    const any = { organizations: ['*'], countries: ['*'], localities: [], provinces: [], streetAddresses: [] }
    const subject = { ...any, organizationalUnits: [], postalCodes: [], serialNumber: [] }
    cluster.policy.rules = [policyRule('web', aPolicySpec({ allow: { dnsNames: ['*.svc'], subject } }))]
    authority.reconfigure({ ...authority.config(), subjectDefaults })
    const first = await test.current.signCertificate()
    expect(subjectFieldsOf(first.chain[0].subject)).toMatchObject(subjectDefaults)
    await renew(first)
    // Without it again, the subject is another; the operator then asks for a new certificate.
    authority.reconfigure({ ...authority.config(), subjectDefaults: {} })
    await expect(renew(first)).rejects.toMatchObject({ message: 'the subject is not in the spec any more' })
  })

  it('renews a certificate from before authority.template', async () => {
    const first = await test.current.signCertificate()
    const { authority } = test.current
    authority.reconfigure({ ...authority.config(), subjectDefaults: { organization: ['Shop'] } })
    expect(subjectFieldsOf((await renew(first)).chain[0].subject)).toEqual(subjectFieldsOf(first.chain[0].subject))
  })

  it('requires that the Certificate still asks for it', async () => {
    const first = await test.current.signCertificate()
    const { certificates } = test.current.cluster
    certificates.set('shop/web', aCertificate({ dnsNames: ['api.shop.svc'] }))
    await expect(renew(first)).rejects.toMatchObject({
      code: 'unauthorized',
      reason: 'RequestExceedsWish',
      message: 'DNS name "web.shop.svc" is not in the spec any more',
    })
    for (const [spec, message] of [
      [{ subject: { organizations: ['Shop'] } }, 'the subject is not in the spec any more'],
      [{ commonName: 'web.shop.svc' }, 'the subject is not in the spec any more'],
      [{ usages: ['digital signature', 'client auth'] }, 'usage "key encipherment" is not in the spec any more'],
    ] as const) {
      certificates.set('shop/web', aCertificate(spec))
      await expect(renew(first)).rejects.toMatchObject({ reason: 'RequestExceedsWish', message })
    }
    certificates.clear()
    await expect(renew(first)).rejects.toMatchObject({ reason: 'CertificateNotFound' })
  })
})
