import { describe, expect, it } from 'vitest'
import { policyRule } from '../../../src/core/policy/rules.ts'
import { decide } from '../../../src/webhook/decide.ts'
import { aPolicySpec } from '../../builders/policy.ts'
import { aDecisionInput, anAuthority } from '../../builders/decision.ts'
import { aPod, annotated, withContainer, withSpec } from '../../builders/pod.ts'

const named = annotated({ 'signet.dev/name': 'web.shop.svc' })
const identity = 'spiffe://cluster.local/ns/shop/sa/web'

function injectionOf(...changes: Parameters<typeof aPod>) {
  const decision = decide(aDecisionInput(aPod(...changes)))
  if (decision.kind !== 'inject') throw new Error(`left alone: ${decision.why}`)
  return decision.injection
}

describe('decide leaves alone', () => {
  it.each([
    ['no annotation', aPod(), 'no annotation asks for a certificate', []],
    ["autocert's status", aPod(named, annotated({ 'autocert.step.sm/status': 'injected' })), 'injected already', []],
    [
      'a mirror pod',
      aPod(named, annotated({ 'kubernetes.io/config.mirror': 'x' })),
      'a mirror pod: the kubelet runs it from a file',
      [],
    ],
    ['a Windows pod', aPod(named, withSpec({ os: { name: 'windows' } })), 'a Windows pod', []],
    [
      'a pod for Windows nodes',
      aPod(named, withSpec({ nodeSelector: { 'kubernetes.io/os': 'windows' } })),
      'a Windows pod',
      [],
    ],
    [
      'autocert without a name',
      aPod(annotated({ 'autocert.step.sm/sans': 'a' })),
      'autocert.step.sm/name is not set, so no certificate is injected',
      ['autocert.step.sm/name is not set, so no certificate is injected'],
    ],
  ])('%s', (_, pod, why, warnings) => {
    expect(decide(aDecisionInput(pod))).toEqual({ kind: 'leave', why, warnings })
  })
})

describe('decide fixes the wish', () => {
  it('to the name and the identity of the service account', () => {
    expect(injectionOf(named).request).toEqual({
      commonName: 'web.shop.svc',
      dnsNames: ['web.shop.svc'],
      ipAddresses: [],
      uris: [identity],
      emailAddresses: [],
      podIPs: false,
      keyAlgorithm: 'EC-P256',
    })
  })

  it('to the identity alone where no name is given', () => {
    expect(injectionOf(annotated({ 'signet.dev/authority': 'signet' })).request).toMatchObject({
      dnsNames: [],
      uris: [identity],
    })
    expect(injectionOf(annotated({ 'signet.dev/authority': 'signet' })).request).not.toHaveProperty('commonName')
  })

  it('with placeholders filled in and names in normal form, each once', () => {
    const sans = '${SERVICE_ACCOUNT_NAME}.${POD_NAMESPACE}.svc.cluster.local, WEB.shop.svc., ${POD_IP},web.shop.svc'
    const { request } = injectionOf(
      annotated({ 'signet.dev/name': 'Web.${POD_NAMESPACE}.svc', 'signet.dev/sans': sans }),
    )
    expect(request).toMatchObject({
      commonName: 'web.shop.svc',
      dnsNames: ['web.shop.svc', 'web.shop.svc.cluster.local'],
      podIPs: true,
    })
  })

  it('without a common name where it would be too long', () => {
    const name = `${'a'.repeat(60)}.shop.svc`
    const { request } = injectionOf(annotated({ 'signet.dev/name': name }))
    expect(request).toMatchObject({ dnsNames: [name] })
    expect(request).not.toHaveProperty('commonName')
  })

  it('with the duration and kind of key', () => {
    const more = annotated({ 'signet.dev/duration': '6h', 'signet.dev/key-algorithm': 'RSA-2048' })
    expect(injectionOf(named, more).request).toMatchObject({ duration: '6h', keyAlgorithm: 'RSA-2048' })
  })
})

describe('decide takes from the Authority', () => {
  it('its URL, roots and audience', () => {
    expect(injectionOf(named).authority).toEqual({
      url: 'https://signet.signet-system.svc',
      rootsPem: '-----BEGIN CERTIFICATE-----\nroot\n-----END CERTIFICATE-----\n',
      audience: 'https://signet.signet-system.svc/1.0/sign#k8ssa/kubernetes',
    })
  })

  it.each([
    [{ hostNetwork: true }, '10.96.7.7'],
    [{ dnsPolicy: 'Default' }, '10.96.7.7'],
    [{ dnsPolicy: 'None' }, '10.96.7.7'],
    [{ hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' }, undefined],
    [{ dnsPolicy: undefined }, undefined],
  ])('its address for %o', (spec, address) => {
    expect(injectionOf(named, withSpec(spec)).authority.address).toBe(address)
  })

  it.each([
    [{ 'signet.dev/authority': 'other' }, anAuthority(), 'there is no Authority "other"'],
    [{}, anAuthority({ rootsPem: '' }), 'Authority "signet" has no root yet'],
    [{}, { ...anAuthority(), endpoint: undefined }, 'Authority "signet" has no endpoint yet'],
    [{}, { ...anAuthority(), provisioner: undefined }, 'Authority "signet" has no Provisioner of type K8sSA yet'],
  ])('nothing while it is not usable: %o', (annotations, facts, message) => {
    const input = aDecisionInput(aPod(named, annotated(annotations)), {
      authority: (name) => (name === 'signet' ? (facts as ReturnType<typeof anAuthority>) : undefined),
    })
    expect(() => decide(input)).toThrow(
      expect.objectContaining({ code: 'unavailable', message: `${message}: see kubectl get authorities,provisioners` }),
    )
  })
})

it('refuses a pod that needs the address while nobody knows it', () => {
  const authority = () => ({ ...anAuthority(), address: undefined }) as unknown as ReturnType<typeof anAuthority>
  const input = (...changes: Parameters<typeof aPod>) => aDecisionInput(aPod(named, ...changes), { authority })
  expect(decide(input()).kind).toBe('inject')
  expect(() => decide(input(withSpec({ hostNetwork: true })))).toThrow(
    'Authority "signet" has no address yet: see kubectl get authorities,provisioners',
  )
})

describe('decide refuses by policy', () => {
  const cases: [Record<string, string>, string][] = [
    [{ 'signet.dev/name': 'web.other.svc' }, 'DNS name "web.other.svc" is not allowed by rule default'],
    [{ 'signet.dev/name': '*.shop.svc' }, 'DNS name "*.shop.svc" is not allowed by rule default'],
    [{ 'signet.dev/sans': '10.0.0.1' }, 'IP address "10.0.0.1" is not allowed by rule default'],
    [{ 'signet.dev/sans': 'me@example.com' }, 'e-mail address "me@example.com" is not allowed by rule default'],
    [
      { 'signet.dev/sans': 'spiffe://cluster.local/ns/shop/sa/admin' },
      'URI "spiffe://cluster.local/ns/shop/sa/admin" is not allowed by rule default',
    ],
    [
      { 'autocert.step.sm/name': 'google.com', 'autocert.step.sm/sans': 'a.shop.svc,bank.example' },
      'DNS name "google.com" is not allowed by rule default; DNS name "bank.example" is not allowed by rule default',
    ],
  ]
  it.each(cases)('%o', (annotations, message) => {
    expect(() => decide(aDecisionInput(aPod(annotated(annotations))))).toThrow(
      expect.objectContaining({ code: 'forbidden', message }),
    )
  })

  it("the node's address", () => {
    const pod = aPod(annotated({ 'signet.dev/sans': '${POD_IP}' }), withSpec({ hostNetwork: true }))
    expect(() => decide(aDecisionInput(pod))).toThrow(
      'the IP address of the node (the pod has hostNetwork) is not allowed by rule default',
    )
  })

  it('what a CertificatePolicy denies, by its name', () => {
    const lists = { commonNames: [], dnsNames: [], ipAddresses: [], uris: [], emailAddresses: [] }
    const rule = policyRule('no-web', {
      mode: 'Enforce',
      serviceAccounts: [],
      allow: { ...lists, dnsNames: ['*.shop.svc'], isCA: false, wildcards: false },
      deny: { ...lists, dnsNames: ['web.*'] },
    })
    expect(() => decide(aDecisionInput(aPod(named), { policies: [rule] }))).toThrow(
      'DNS name "web.shop.svc" is denied by rule CertificatePolicy/no-web',
    )
  })

  it('usages that the certificate will have and a CertificatePolicy does not allow', () => {
    const rule = policyRule(
      'client',
      aPolicySpec({ allow: { dnsNames: ['*'], usages: ['digital signature', 'client auth'] } }),
    )
    expect(() => decide(aDecisionInput(aPod(named), { policies: [rule] }))).toThrow(
      'usage "server auth" is not allowed by rule CertificatePolicy/client',
    )
  })

  it('nothing but reports where a policy only audits', () => {
    const lists = { commonNames: [], dnsNames: ['web.*'], ipAddresses: [], uris: [], emailAddresses: [] }
    const rule = policyRule('no-web', { mode: 'Audit', serviceAccounts: [], deny: lists })
    const decision = decide(aDecisionInput(aPod(named), { policies: [rule] }))
    expect(decision.kind).toBe('inject')
    expect(decision.warnings).toContain(
      'DNS name "web.shop.svc" is denied by rule CertificatePolicy/no-web, which only audits',
    )
  })

  it('in a namespace that nobody knows yet', () => {
    expect(() => decide(aDecisionInput(aPod(named), { namespaceLabels: undefined }))).toThrow(
      expect.objectContaining({ code: 'unavailable', message: 'namespace "shop" is not known yet: try again' }),
    )
  })
})

describe('decide refuses', () => {
  const mount = (mountPath: string) => withContainer({ volumeMounts: [{ name: 'data', mountPath }] })
  it.each([
    [
      'a duration above the claims',
      aPod(annotated({ 'signet.dev/duration': '48h' })),
      'requested duration of 48h0m0s is more than the authorized maximum certificate duration of 24h0m0s',
    ],
    [
      'a duration below the claims',
      aPod(annotated({ 'signet.dev/duration': '1m' })),
      'requested duration of 1m0s is less than the authorized minimum certificate duration of 5m0s',
    ],
    ['no name', aPod(annotated({ 'signet.dev/name': 'a b' })), 'annotation signet.dev/name: "a b" is not a DNS name'],
    [
      'an unknown placeholder',
      aPod(annotated({ 'signet.dev/sans': '${POD_NAME}.shop.svc' })),
      'annotation signet.dev/sans: "${POD_NAME}.shop.svc" has an unknown placeholder: known are ${POD_NAMESPACE} and ${SERVICE_ACCOUNT_NAME}, and ${POD_IP} as a whole item of sans',
    ],
    [
      'an expansion by the kubelet',
      aPod(annotated({ 'signet.dev/sans': 'spiffe://x/$(POD_NAME)' })),
      'annotation signet.dev/sans: "spiffe://x/$(POD_NAME)" has an unknown placeholder: known are ${POD_NAMESPACE} and ${SERVICE_ACCOUNT_NAME}, and ${POD_IP} as a whole item of sans',
    ],
    [
      'a container of ours',
      aPod(named, withSpec({ initContainers: [{ name: 'signet-renew' }] })),
      'container "signet-renew" is there already: signet adds it itself: remove it or rename it',
    ],
    [
      'a volume of ours',
      aPod(named, withSpec({ volumes: [{ name: 'signet-certs', emptyDir: {} }] })),
      'volume "signet-certs" is there already: signet adds it itself: remove it or rename it',
    ],
    [
      'a mount in our place',
      aPod(named, mount('/var/run/signet.dev/')),
      'container "app" mounts a volume at /var/run/signet.dev: signet mounts the certificate there: remove the mount',
    ],
  ])('%s', (_, pod, message) => {
    expect(() => decide(aDecisionInput(pod))).toThrow(expect.objectContaining({ message }))
  })

  it('not a mount beside ours', () => {
    expect(decide(aDecisionInput(aPod(named, mount('/var/run')))).kind).toBe('inject')
  })
})
