import { expect, it } from 'vitest'
import { evaluatePolicy } from '../../../../src/core/policy/evaluate.ts'
import type { PolicyRequest } from '../../../../src/core/policy/policy.ts'
import { policyRule } from '../../../../src/core/policy/rules.ts'
import { webhookRule } from '../../../../src/core/policy/webhook-rule.ts'
import { noNames } from '../../../../src/core/names/names.ts'

const own = 'signet-webhook.signet-system.svc'
const rules = [webhookRule('signet-system'), policyRule('everybody', { mode: 'Enforce', serviceAccounts: [] })]

const nothingElse = { attributes: {} }

const decide = (dns: string[], subject: Partial<PolicyRequest['subject']> = {}) => {
  const namespace = subject.namespace ?? 'signet-system'
  const namespaceLabels = { 'kubernetes.io/metadata.name': namespace }
  const request: PolicyRequest = {
    ...nothingElse,
    subject: { kind: 'Pod', namespace, namespaceLabels, serviceAccount: 'signet-webhook', ...subject },
    commonName: dns[0] ?? '',
    names: { ...noNames, dns, uris: [`spiffe://cluster.local/ns/${namespace}/sa/signet-webhook`] },
    wantsPodIPs: false,
    isCA: false,
    attributes: {},
    usages: ['digital signature', 'key encipherment', 'server auth', 'client auth'],
  }
  return evaluatePolicy(request, rules, 'cluster.local', 'cluster.local')
}

it('lets the webhook have its own name under a policy that allows nothing', () => {
  expect(decide([own])).toMatchObject({ allowed: true, rule: 'webhook' })
})

it.each([
  { name: 'another name', dns: ['signet.signet-system.svc'] },
  { name: 'another namespace', dns: ['signet-webhook.shop.svc'], subject: { namespace: 'shop' } },
  { name: 'a Certificate', dns: [own], subject: { kind: 'Certificate', serviceAccount: 'signet-webhook-2' } as const },
])('lets nobody have more by it: $name', ({ dns, subject }) => {
  expect(decide(dns, subject)).toMatchObject({ allowed: false })
})
