import { describe, expect, it } from 'vitest'
import { typeNames } from '../../../../src/core/names/parse.ts'
import { evaluatePolicy } from '../../../../src/core/policy/evaluate.ts'
import { describeViolations } from '../../../../src/core/policy/policy.ts'
import { policyRule } from '../../../../src/core/policy/rules.ts'
import { aPolicySpec } from '../../../builders/policy.ts'

const rule = (name: string, spec: Parameters<typeof aPolicySpec>[0]) => policyRule(name, aPolicySpec(spec))

describe('what a rule denies', () => {
  const rules = [
    rule('open', {
      allow: { dnsNames: ['*'], uris: ['*'], emailAddresses: ['*'], commonNames: ['*'], wildcards: true },
    }),
    rule('no', {
      deny: {
        commonNames: ['Admin*'],
        dnsNames: ['admin.example.com', 'x*y.z*.example.com', '${namespace}-db.example.org'],
        uris: ['https://Admin.example.com/*', 'urn:Secret'],
        emailAddresses: ['*@Admin.example.com'],
      },
    }),
  ]
  const verdict = (name: string, commonName = '') => {
    const request = {
      subject: { kind: 'Certificate', namespace: 'shop', namespaceLabels: {} },
      commonName,
      names: typeNames(name === '' ? [] : [name]),
      wantsPodIPs: false,
      isCA: false,
      attributes: {},
      usages: ['client auth'],
    } as const
    const decision = evaluatePolicy(request, rules, 'cluster.local', 'example.org')
    return decision.allowed ? `allowed by ${decision.rule}` : describeViolations(decision.violations)
  }

  it.each([
    ['a wildcard over it', '*.example.com', 'DNS name "*.example.com"'],
    ['a wildcard over a pattern', '*.zz.example.com', 'DNS name "*.zz.example.com"'],
    ['a wildcard over a placeholder', '*.example.org', 'DNS name "*.example.org"'],
    ['another case of a host', 'HTTPS://ADMIN.example.com/x', 'URI "https://admin.example.com/x"'],
    ['a usual port', 'https://admin.example.com:443/x', 'URI "https://admin.example.com/x"'],
    ['a final dot', 'https://admin.example.com./x', 'URI "https://admin.example.com/x"'],
    ['a user', 'https://me@admin.example.com/x', 'URI "https://me@admin.example.com/x"'],
    ['a URI without a host', 'URN:Secret', 'URI "urn:Secret"'],
    ['another case of a domain', 'a@Admin.Example.com', 'e-mail address "a@admin.example.com"'],
    ['a domain with a final dot', 'a@admin.example.com.', 'e-mail address "a@admin.example.com"'],
  ])('is not hidden by %s', (_, name, label) => {
    expect(verdict(name)).toBe(`${label} is denied by rule CertificatePolicy/no`)
  })

  it('is not hidden by the case of a common name', () => {
    expect(verdict('', 'ADMIN of all')).toBe('common name "ADMIN of all" is denied by rule CertificatePolicy/no')
  })

  it.each([
    '*.example.net',
    '*.admin.example.com',
    '*.a.example.com',
    'https://example.com/',
    'urn:secret',
    'a@example.com',
  ])('is not %s', (name) => {
    expect(verdict(name)).toBe('allowed by CertificatePolicy/open')
  })
})
