import { describe, expect, it } from 'vitest'
import { typeNames } from '../../../../src/core/names/parse.ts'
import { evaluatePolicy } from '../../../../src/core/policy/evaluate.ts'
import { describeViolations, type PolicyRequest, type PolicySubject } from '../../../../src/core/policy/policy.ts'
import { policyRule, type PolicyRule } from '../../../../src/core/policy/rules.ts'
import { aPolicySpec } from '../../../builders/policy.ts'

const pod: PolicySubject = {
  kind: 'Pod',
  namespace: 'shop',
  namespaceLabels: { team: 'a' },
  serviceAccount: 'web',
  hostNetwork: false,
  podIPs: ['10.1.0.7'],
}
const certificate: PolicySubject = { kind: 'Certificate', namespace: 'shop', namespaceLabels: { team: 'a' } }

const ask = (names: readonly string[], changes: Partial<PolicyRequest> = {}): PolicyRequest => ({
  subject: pod,
  commonName: '',
  names: typeNames(names),
  wantsPodIPs: false,
  isCA: false,
  attributes: {},
  usages: ['digital signature', 'server auth', 'client auth'],
  ...changes,
})
const decide = (request: PolicyRequest, rules: readonly PolicyRule[] = []) =>
  evaluatePolicy(request, rules, 'cluster.local', 'example.org')
const verdict = (request: PolicyRequest, rules: readonly PolicyRule[] = []) => {
  const decision = decide(request, rules)
  return decision.allowed ? `allowed by ${decision.rule}` : describeViolations(decision.violations)
}
const rule = (name: string, spec: Parameters<typeof aPolicySpec>[0]) => policyRule(name, aPolicySpec(spec))

describe('the default rule', () => {
  it.each([
    [['web.shop.svc', 'a.b.shop.svc', 'web.shop.svc.cluster.local']],
    [['spiffe://example.org/ns/shop/sa/web']],
    [['10.1.0.7']],
    [[]],
  ])('allows a pod %j', (names) => {
    expect(verdict(ask(names))).toBe('allowed by default')
  })

  it.each([
    ['shop.svc', 'DNS name "shop.svc"'],
    ['shop.svc.cluster.local', 'DNS name "shop.svc.cluster.local"'],
    ['web.other.svc', 'DNS name "web.other.svc"'],
    ['webshop.svc', 'DNS name "webshop.svc"'],
    ['x.shop.svc.example.com', 'DNS name "x.shop.svc.example.com"'],
    ['*.shop.svc', 'DNS name "*.shop.svc"'],
    ['10.1.0.8', 'IP address "10.1.0.8"'],
    ['a@b.c', 'e-mail address "a@b.c"'],
    ['spiffe://example.org/ns/shop/sa/db', 'URI "spiffe://example.org/ns/shop/sa/db"'],
  ])('refuses a pod %s', (name, label) => {
    expect(verdict(ask([name]))).toBe(`${label} is not allowed by rule default`)
  })

  it('allows Certificates DNS names only', () => {
    expect(verdict(ask(['web.shop.svc'], { subject: certificate }))).toBe('allowed by default')
    for (const name of ['10.1.0.7', 'spiffe://example.org/ns/shop/sa/web']) {
      expect(verdict(ask([name], { subject: certificate }))).toContain('is not allowed by rule default')
    }
  })

  it('tells everything at once, the common name, isCA and usages too', () => {
    const request = ask(['x.y'], { commonName: 'boss', isCA: true, usages: ['signing', 'client auth', 'code signing'] })
    expect(verdict(request)).toBe(
      [
        'DNS name "x.y" is not allowed by rule default',
        'common name "boss", which is none of the other names, is not allowed by rule default',
        'isCA is not allowed by rule default',
        'usage "code signing" is not allowed by rule default',
      ].join('; '),
    )
  })

  it('takes any of the names as common name', () => {
    const names = ['web.shop.svc', '10.1.0.7']
    expect(names.map((commonName) => verdict(ask(names, { commonName })))).toEqual([
      'allowed by default',
      'allowed by default',
    ])
    expect(verdict(ask(names, { commonName: 'WEB.shop.svc' }))).toBe('allowed by default')
  })

  it('knows no IPs for hostNetwork, nor before the API shows them', () => {
    const { podIPs: _, ...early } = pod
    expect(verdict(ask([], { subject: early, wantsPodIPs: true }))).toBe('allowed by default')
    expect(verdict(ask([], { subject: { ...early, hostNetwork: true }, wantsPodIPs: true }))).toBe(
      'the IP address of the node (the pod has hostNetwork) is not allowed by rule default',
    )
    expect(verdict(ask(['10.1.0.7'], { subject: { ...pod, hostNetwork: true } }))).toContain('is not allowed')
  })
})

describe('which rules count', () => {
  const web = rule('web', { allow: { dnsNames: ['web.example.com'] } })

  it('an enforcing rule replaces the default for whom it selects', () => {
    expect(verdict(ask(['web.example.com']), [web])).toBe('allowed by CertificatePolicy/web')
    expect(verdict(ask(['web.shop.svc']), [web])).toBe(
      'DNS name "web.shop.svc" is not allowed by rule CertificatePolicy/web',
    )
  })

  it('an auditing rule reports and switches nothing off', () => {
    const audit = rule('strict', { mode: 'Audit', allow: { dnsNames: ['x'] }, deny: { dnsNames: ['web.*'] } })
    expect(decide(ask(['web.shop.svc']), [audit])).toEqual({
      allowed: true,
      rule: 'default',
      audit: [
        { message: 'DNS name "web.shop.svc" is denied', rule: 'CertificatePolicy/strict' },
        { message: 'DNS name "web.shop.svc" is not allowed', rule: 'CertificatePolicy/strict' },
      ],
    })
    expect(decide(ask(['web.example.com']), [audit, web]).audit).toEqual([
      { message: 'DNS name "web.example.com" is denied', rule: 'CertificatePolicy/strict' },
    ])
  })

  it('a selector looks at the labels of the namespace', () => {
    const selectors = [
      { matchLabels: { team: 'a' } },
      { matchLabels: { team: 'b' } },
      { matchExpressions: [{ key: 'team', operator: 'In', values: ['a', 'c'] }] },
      { matchExpressions: [{ key: 'team', operator: 'NotIn', values: ['a'] }] },
      { matchExpressions: [{ key: 'x', operator: 'NotIn', values: ['a'] }] },
      { matchExpressions: [{ key: 'team', operator: 'Exists' }] },
      { matchExpressions: [{ key: 'team', operator: 'DoesNotExist' }] },
      { matchExpressions: [{ key: 'constructor', operator: 'Exists' }] },
      {},
    ] as const
    const chosen = selectors.map((selector) => {
      const namespaceSelector = selector as Parameters<typeof aPolicySpec>[0]['namespaceSelector'] & object
      return verdict(ask(['web.example.com']), [rule('web', { namespaceSelector, allow: { dnsNames: ['*'] } })])
    })
    const refused = 'DNS name "web.example.com" is not allowed by rule default'
    const allowed = 'allowed by CertificatePolicy/web'
    expect(chosen).toEqual([allowed, refused, allowed, refused, allowed, allowed, refused, refused, allowed])
  })

  it('service accounts narrow a rule to their pods and leave others the default', () => {
    const narrow = rule('web', { serviceAccounts: ['web'], allow: { dnsNames: ['*'] } })
    expect(verdict(ask(['x.y']), [narrow])).toBe('allowed by CertificatePolicy/web')
    expect(verdict(ask(['web.shop.svc'], { subject: { ...pod, serviceAccount: 'db' } }), [narrow])).toBe(
      'allowed by default',
    )
    expect(verdict(ask(['web.shop.svc'], { subject: certificate }), [narrow])).toBe('allowed by default')
  })

  it('one rule must allow the whole; the closest one is quoted', () => {
    const other = rule('other', { allow: { dnsNames: ['api.example.com', 'c'] } })
    expect(verdict(ask(['web.example.com', 'api.example.com']), [web, other])).toBe(
      'DNS name "api.example.com" is not allowed by rule CertificatePolicy/web',
    )
    expect(verdict(ask(['api.example.com', 'c']), [web, other])).toBe('allowed by CertificatePolicy/other')
  })

  it('what one denies no other allows', () => {
    const deny = rule('no', { deny: { dnsNames: ['web.*'], ipAddresses: ['10.0.0.0/8'] } })
    expect(verdict(ask(['web.example.com']), [web, deny])).toBe(
      'DNS name "web.example.com" is denied by rule CertificatePolicy/no',
    )
    expect(verdict(ask(['api.shop.svc']), [deny])).toBe('nothing is allowed by rule CertificatePolicy/no')
  })
})

describe('what a rule allows', () => {
  const allow = (allowed: Parameters<typeof aPolicySpec>[0]['allow'] & object) => [rule('r', { allow: allowed })]

  it('names by pattern and placeholder', () => {
    const rules = allow({
      dnsNames: ['*.${namespace}.Example.com', '${serviceAccount}.example.com'],
      uris: ['https://${namespace}/*'],
      emailAddresses: ['*@example.com'],
      ipAddresses: ['10.0.0.0/8', 'fd00::/8', '192.0.2.1'],
      commonNames: ['boss *'],
    })
    const names = [
      'a.b.shop.example.com',
      'web.example.com',
      'https://shop/x',
      'a@example.com',
      '10.9.9.9',
      'fd00::1',
      '192.0.2.1',
    ]
    expect(verdict(ask(names, { commonName: 'boss of all' }), rules)).toBe('allowed by CertificatePolicy/r')
    for (const name of [
      'shop.example.com',
      'db.example.com',
      'https://other/x',
      'a@example.org',
      '11.0.0.1',
      'fe80::1',
    ]) {
      expect(verdict(ask([name]), rules)).toContain('is not allowed by rule CertificatePolicy/r')
    }
    expect(verdict(ask(['web.example.com'], { subject: certificate }), rules)).toContain('is not allowed')
  })

  it('wildcards only where it says so', () => {
    const text = 'DNS name "*.example.com" is not allowed by rule CertificatePolicy/r'
    expect(verdict(ask(['*.example.com']), allow({ dnsNames: ['*'] }))).toBe(text)
    expect(verdict(ask(['*.example.com']), allow({ dnsNames: ['*'], wildcards: true }))).toBe(
      'allowed by CertificatePolicy/r',
    )
    expect(verdict(ask(['*.example.com']), allow({ dnsNames: ['a'], wildcards: true }))).toBe(text)
  })

  it('the pod’s own identity without being told, and no other of the trust domain even then', () => {
    const rules = allow({ uris: ['*'] })
    expect(verdict(ask(['spiffe://example.org/ns/shop/sa/web']), allow({}))).toBe('allowed by CertificatePolicy/r')
    expect(verdict(ask(['spiffe://other.org/x']), rules)).toBe('allowed by CertificatePolicy/r')
    for (const subject of [pod, certificate]) {
      expect(verdict(ask(['spiffe://Example.org/ns/shop/sa/db'], { subject }), rules)).toBe(
        'URI "spiffe://example.org/ns/shop/sa/db" is the identity of a service account and not allowed by rule default',
      )
    }
  })

  it('attributes of the subject by pattern, each value', () => {
    const lists = {
      countries: [],
      localities: [],
      provinces: [],
      streetAddresses: [],
      postalCodes: [],
      serialNumber: ['*'],
    }
    const rules = allow({ subject: { ...lists, organizations: ['${namespace} *'], organizationalUnits: ['Web'] } })
    const asked = (attributes: PolicyRequest['attributes']) => verdict(ask([], { attributes }), rules)
    const fitting = { organization: ['shop Ltd'], organizationalUnit: ['Web'], serialNumber: '7' }
    expect(asked({ ...fitting, commonName: '' })).toBe('allowed by CertificatePolicy/r')
    expect(asked({ organization: ['shop Ltd', 'system:masters'], country: ['SE'] })).toBe(
      [
        'subject attribute organization "system:masters" is not allowed by rule CertificatePolicy/r',
        'subject attribute country "SE" is not allowed by rule CertificatePolicy/r',
      ].join('; '),
    )
    expect(asked({ extraNames: [{ type: '1.2.3', value: 'x' }] })).toBe(
      'subject attribute 1.2.3 "x" is not allowed by rule CertificatePolicy/r',
    )
  })

  it('durations, keys and usages', () => {
    const rules = allow({ maxDuration: '1h', keyAlgorithms: ['EC-P256'], usages: ['client auth', 'signing'] })
    const good = { durationSeconds: 3600, keyAlgorithm: 'EC-P256', usages: ['client auth', 'digital signature'] }
    expect(verdict(ask([], good), rules)).toBe('allowed by CertificatePolicy/r')
    expect(verdict(ask([], { durationSeconds: 3601, keyAlgorithm: 'RSA-2048', usages: ['server auth'] }), rules)).toBe(
      [
        'duration 1h0m1s, longer than 1h0m0s, is not allowed by rule CertificatePolicy/r',
        'key algorithm RSA-2048 is not allowed by rule CertificatePolicy/r',
        'usage "server auth" is not allowed by rule CertificatePolicy/r',
      ].join('; '),
    )
  })

  it('takes a leaf without extended usages for one that is good for any', () => {
    const request = ask([], { usages: ['digital signature'] })
    expect(verdict(request)).toBe('usage "any" is not allowed by rule default')
    const usages = ['digital signature', 'client auth'] as const
    expect(verdict(request, allow({ usages: [...usages] }))).toBe(
      'usage "any" is not allowed by rule CertificatePolicy/r',
    )
    expect(verdict(request, allow({ usages: [...usages, 'any'] }))).toBe('allowed by CertificatePolicy/r')
  })

  it('the pod’s IPs, still unknown, only if it allows addresses at all', () => {
    const request = ask([], { wantsPodIPs: true })
    expect(verdict(request, allow({}))).toBe('the IP addresses of the pod are not allowed by rule CertificatePolicy/r')
    expect(verdict(request, allow({ ipAddresses: ['10.0.0.0/8'] }))).toBe('allowed by CertificatePolicy/r')
  })

  it('CAs for Certificates, with its name constraints', () => {
    const nameConstraints = { permittedDNSDomains: ['shop.svc'] }
    const rules = allow({ isCA: true, nameConstraints })
    const request = ask([], { isCA: true, subject: certificate })
    expect(decide(request, rules)).toEqual({ allowed: true, rule: 'CertificatePolicy/r', nameConstraints, audit: [] })
    expect(decide(ask([], { subject: certificate }), rules)).not.toHaveProperty('nameConstraints')
    expect(verdict(request, allow({ isCA: true }))).toBe('isCA is not allowed by rule CertificatePolicy/r')
    expect(verdict(ask([], { isCA: true }), rules)).toBe('isCA for a pod is not allowed by rule default')
  })
})
