import { describe, expect, it } from 'vitest'
import { SignetError } from '../../../src/core/errors.ts'
import { authorities, provisioners, type Authority, type CertificatePolicy } from '../../../src/core/resources/index.ts'
import { parseDuration } from '../../../src/core/duration.ts'
import { renewalTime } from '../../../src/operator/controllers/certificate/renewal.ts'
import { policyStatus } from '../../../src/operator/controllers/policy/decide.ts'
import { createDefaults } from '../../../src/operator/defaults.ts'
import { createDelegateTokens } from '../../../src/operator/delegate-tokens.ts'
import { leases, webhookConfigurations, type WebhookConfiguration } from '../../../src/operator/kinds.ts'
import { isApplied, withAppliedHash } from '../../../src/operator/manifest.ts'
import { createWebhookCaReconciler } from '../../../src/operator/webhook-ca.ts'
import { anAuthorityObject } from '../../builders/resources.ts'
import { createFakeAuthority } from '../../fakes/certificate-authority.ts'
import { manualClock } from '../../fakes/manual-clock.ts'
import { createObjectWorld } from '../../fakes/object-world.ts'
import { recordedLog } from '../../fakes/recorded-log.ts'

const minute = 60_000

describe('renewalTime', () => {
  const life = { issuedAt: 0, notAfter: 60 * minute }
  it.each([
    { spec: {}, due: 40 },
    { spec: { renewBefore: '10m' }, due: 50 },
    { spec: { renewBeforePercentage: 25 }, due: 45 },
    { spec: { renewBefore: '2h' }, due: 40 },
  ])('is $due minutes of 60 for $spec, at most 5 % earlier and the same each time', ({ spec, due }) => {
    const times = ['a', 'b', 'c', 'd'].map((uid) => renewalTime(life, spec, uid))
    for (const time of times) {
      expect(time).toBeLessThanOrEqual(due * minute)
      expect(time).toBeGreaterThanOrEqual(due * minute * 0.95 - 1000)
      expect(time % 1000).toBe(0)
    }
    expect(new Set(times).size).toBe(4)
    expect(renewalTime(life, spec, 'a')).toBe(times[0])
  })
})

describe('renewalTime', () => {
  it.each([
    { life: '1h', spec: { renewBefore: '59m59s' }, used: 6 * minute },
    { life: '1h', spec: { renewBeforePercentage: 99 }, used: 6 * minute },
    { life: '5m', spec: { renewBefore: '4m59s' }, used: minute },
    { life: '1m', spec: { renewBefore: '59s' }, used: minute / 2 },
    { life: '3s, cut short', spec: {}, used: 10_000 },
  ])('lets a certificate of $life be used for $used ms with $spec', ({ life, spec, used }) => {
    const notAfter = 5000 + parseDuration(life.split(',')[0] ?? '')
    expect(renewalTime({ issuedAt: 5000, notAfter }, spec, 'a')).toBe(5000 + used)
  })
})

describe('isApplied', () => {
  it.each([
    { wanted: { a: 1 }, current: { a: 1, b: 2 }, same: true },
    { wanted: { a: [{ b: 1 }] }, current: { a: [{ b: 1, c: 2 }] }, same: true },
    { wanted: { a: [1] }, current: { a: [1, 2] }, same: false },
    { wanted: { a: { b: 1 } }, current: { a: { b: 2 } }, same: false },
    { wanted: { a: 1 }, current: undefined, same: false },
    { wanted: { memory: '1024Mi', cpu: '0.5' }, current: { memory: '1Gi', cpu: '500m' }, same: true },
    { wanted: { memory: '1024Mi' }, current: { memory: '1000Mi' }, same: false },
    { wanted: { name: 'a' }, current: { name: 'b' }, same: false },
  ])('$wanted in $current: $same', ({ wanted, current, same }) => {
    expect(isApplied(wanted, current)).toBe(same)
  })

  it('sees by the hash that a field is no longer wanted', () => {
    const manifest = { apiVersion: 'v1', kind: 'X', metadata: { name: 'x' }, spec: { a: 1, b: 2 } }
    const current = withAppliedHash(manifest)
    expect(isApplied(withAppliedHash(manifest), current)).toBe(true)
    expect(isApplied(withAppliedHash({ ...manifest, spec: { a: 1 } }), current)).toBe(false)
  })
})

describe('createDelegateTokens', () => {
  const start = Date.UTC(2026, 0, 1)
  const aSource = () => {
    const clock = manualClock(start)
    const bodies: unknown[] = []
    const kube = {
      async request(method: string, path: string, { body }: { body?: unknown } = {}) {
        bodies.push([method, path, body])
        const expirationTimestamp = new Date(clock.now() + 600_000).toISOString()
        return { status: { token: `token-${bodies.length}`, expirationTimestamp } }
      },
    }
    const own = { namespace: 'signet-system', serviceAccount: 'signet-operator', pod: { name: 'p', uid: 'u' } }
    return { clock, bodies, tokens: createDelegateTokens({ kube, clock, ...own }) }
  }

  it('asks for a token bound to the own pod, once for all who want it at once', async () => {
    const { tokens, bodies } = aSource()
    expect(await Promise.all([tokens.get('a'), tokens.get('a'), tokens.get('a')])).toEqual(Array(3).fill('token-1'))
    expect(bodies).toEqual([
      [
        'POST',
        '/api/v1/namespaces/signet-system/serviceaccounts/signet-operator/token',
        {
          apiVersion: 'authentication.k8s.io/v1',
          kind: 'TokenRequest',
          spec: {
            audiences: ['a'],
            expirationSeconds: 600,
            boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u' },
          },
        },
      ],
    ])
  })

  it('uses it until 80 % of its life are over', async () => {
    const { tokens, clock } = aSource()
    await tokens.get('a')
    clock.advance(479_000)
    expect(await tokens.get('a')).toBe('token-1')
    clock.advance(1000)
    expect(await tokens.get('a')).toBe('token-2')
  })

  it('forgets the one that was not accepted, not the one after it', async () => {
    const { tokens } = aSource()
    const first = await tokens.get('a')
    tokens.drop('a', first)
    const second = await tokens.get('a')
    tokens.drop('a', first)
    expect([second, await tokens.get('a')]).toEqual(['token-2', 'token-2'])
  })
})

describe('createDefaults', () => {
  const lease = { namespace: 'signet-system', name: 'signet-operator' }
  const defaults = {
    authority: { name: 'signet', spec: { trustDomain: 'example.org' } },
    provisioner: { name: 'kubernetes', spec: { type: 'K8sSA' } },
  }
  const aStart = () => {
    const world = createObjectWorld()
    world.put(leases, { metadata: lease })
    const log = recordedLog()
    return { world, start: () => createDefaults(defaults, { kube: world.kube, log, lease }) }
  }

  it('creates both, once: what was deleted by hand is not brought back', async () => {
    const { world, start } = aStart()
    await start()
    expect(world.find(authorities, { name: 'signet' })?.spec).toEqual({ trustDomain: 'example.org' })
    expect(world.find(leases, lease)?.metadata?.annotations).toEqual({
      'signet.dev/defaults-created': 'signet/kubernetes',
    })
    world.remove(authorities, { name: 'signet' })
    world.calls.splice(0)
    await start()
    expect(world.writes()).toEqual([])
  })

  it('leaves what is there, and goes on where an earlier start was cut short', async () => {
    const { world, start } = aStart()
    world.failNext('create Provisioner', new SignetError('unavailable', 'no answer'))
    await expect(start()).rejects.toThrow('no answer')
    const before = world.find(authorities, { name: 'signet' })
    await start()
    expect(world.find(authorities, { name: 'signet' })).toEqual(before)
    expect(world.find(provisioners, { name: 'kubernetes' })).toBeDefined()
  })
})

describe('a CertificatePolicy', () => {
  const aPolicy = (spec: Partial<CertificatePolicy['spec']>): CertificatePolicy => ({
    apiVersion: 'signet.dev/v1',
    kind: 'CertificatePolicy',
    metadata: { name: 'web', generation: 2 },
    spec: { mode: 'Enforce', serviceAccounts: [], ...spec },
  })
  const namespaceSelector = { matchLabels: { team: 'a' }, matchExpressions: [] }
  it.each<{ spec: Partial<CertificatePolicy['spec']>; ready: string }>([
    { spec: {}, ready: 'True Enforced: what it does not allow, and no other policy does, is refused' },
    { spec: { mode: 'Audit' }, ready: 'True Audited: what it would refuse is told by Events, and allowed' },
    {
      spec: { namespaceSelector },
      ready: 'True Enforced: what it does not allow, and no other policy does, is refused',
    },
    {
      spec: { namespaceSelector: { ...namespaceSelector, matchLabels: { team: 'z' } } },
      ready: 'True SelectsNothing: no namespace has the labels of spec.namespaceSelector',
    },
  ])('says whether it is in force: $ready', ({ spec, ready }) => {
    const { conditions = [], observedGeneration } = policyStatus(
      { policy: aPolicy(spec), namespaceLabels: [{}, { team: 'a' }] },
      Date.UTC(2026, 0, 1),
    )
    expect(conditions.map(({ status, reason, message }) => `${status} ${reason}: ${message}`)).toEqual([ready])
    expect(observedGeneration).toBe(2)
  })
})

describe('the caBundle of the webhook', () => {
  const aConfiguration = (caBundle?: string): WebhookConfiguration => ({
    metadata: { name: 'signet' },
    webhooks: ['a.signet.dev', 'b.signet.dev'].map((name) => ({
      name,
      clientConfig: { ...(caBundle !== undefined && { caBundle }) },
    })),
  })
  const aWebhook = () => {
    const world = createObjectWorld()
    const ca = createFakeAuthority(Date.UTC(2026, 0, 1))
    const reconcile = createWebhookCaReconciler({
      kube: world.kube,
      configurations: world.inform<WebhookConfiguration>(webhookConfigurations),
      authorities: world.inform<Authority>(authorities),
      authority: 'signet',
    })
    return { world, ca, reconcile: () => reconcile({ name: 'signet' }) }
  }

  it('follows the active roots of the Authority, and nothing else of the object is sent', async () => {
    const { world, ca, reconcile } = aWebhook()
    world.put(webhookConfigurations, aConfiguration())
    await reconcile()
    expect(world.writes()).toEqual([])
    world.put(authorities, anAuthorityObject(ca))
    await reconcile()
    const caBundle = Buffer.from(ca.roots()).toString('base64')
    expect(world.find(webhookConfigurations, { name: 'signet' })?.webhooks).toEqual([
      { name: 'a.signet.dev', clientConfig: { caBundle } },
      { name: 'b.signet.dev', clientConfig: { caBundle } },
    ])
    await reconcile()
    expect(world.writes()).toHaveLength(1)
    world.put(webhookConfigurations, aConfiguration('YnJva2Vu'))
    await reconcile()
    expect(world.writes()).toHaveLength(2)
  })
})
