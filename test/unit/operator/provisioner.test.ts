import { describe, expect, it } from 'vitest'
import { authorities, provisioners, type Authority, type Provisioner } from '../../../src/core/resources/index.ts'
import { createProvisionerReconciler } from '../../../src/operator/controllers/provisioner/reconcile.ts'
import { renderConfig } from '../../../src/operator/controllers/authority/render/config.ts'
import { provisionerSettings } from '../../../src/operator/provisioner-settings.ts'
import { createReporter } from '../../../src/operator/reporter.ts'
import { anAuthoritySpec, aProvisioner } from '../../builders/resources.ts'
import { manualClock } from '../../fakes/manual-clock.ts'
import { createObjectWorld } from '../../fakes/object-world.ts'

const namespace = 'signet-system'
const anAuthority: Authority = {
  apiVersion: 'signet.dev/v1',
  kind: 'Authority',
  metadata: { name: 'signet' },
  spec: anAuthoritySpec(),
}

function aProvisionerController(provisioner: Provisioner = aProvisioner()) {
  const world = createObjectWorld()
  const { status: _, ...fresh } = provisioner
  world.put(provisioners, fresh)
  const reconcile = createProvisionerReconciler({
    authorities: world.inform(authorities),
    provisioners: world.inform<Provisioner>(provisioners),
    reporter: createReporter(world.kube, { record: () => undefined }),
    clock: manualClock(Date.UTC(2026, 0, 1)),
    namespace,
  })
  /** Of the configuration that contains it as it is now. */
  const generationNow = (): string => {
    const settings = provisionerSettings(find(), anAuthority, namespace)
    return renderConfig(anAuthority, [settings], namespace).generation
  }
  const find = (): Provisioner => world.find(provisioners, { name: 'kubernetes' }) ?? provisioner
  return {
    world,
    find,
    reconcile: () => reconcile({ name: 'kubernetes' }),
    /** The Authority, of which each replica reports one of these generations; `now`: what contains the Provisioner. */
    serve(...loaded: string[]) {
      const generation = generationNow()
      const replicas = loaded.map((one, index) => ({
        name: `signet-${index}`,
        configGeneration: one === 'now' ? generation : one,
      }))
      world.put<Authority>(authorities, { ...anAuthority, status: { replicas } })
    },
    /** The Authority, of which a replica goes on with its configuration of before and refuses this one. */
    refuse(message: string, configGeneration = generationNow()) {
      const condition = { type: 'ConfigLoaded', status: 'False', reason: 'Refused', message } as const
      const conditions = [{ ...condition, lastTransitionTime: '2026-01-01T00:00:00Z' }]
      const replicas = [{ name: 'signet-0', configGeneration: 'older' }]
      world.put<Authority>(authorities, { ...anAuthority, status: { configGeneration, replicas, conditions } })
    },
    said: () => find().status?.conditions?.map(({ status, reason, message }) => `${status} ${reason}: ${message}`)[0],
  }
}

describe('a Provisioner', () => {
  it('waits for its Authority', async () => {
    const it = aProvisionerController()
    await it.reconcile()
    expect(it.said()).toBe('False AuthorityNotFound: Authority "signet" of spec.authorityRef does not exist')
    expect(it.find().status?.audience).toBeUndefined()
  })

  it('says why its Authority does not load it', async () => {
    const it = aProvisionerController()
    it.refuse('replica "signet-0" keeps the configuration of before: dnsNames[0] is not valid')
    await it.reconcile()
    expect(it.said()).toBe(
      'False Refused: Authority "signet": replica "signet-0" keeps the configuration of before: dnsNames[0] is not valid',
    )
  })

  it('is not told the refusal of another configuration', async () => {
    const it = aProvisionerController()
    it.refuse('replica "signet-0" keeps the configuration of before: dnsNames[0] is not valid', 'without it')
    await it.reconcile()
    expect(it.said()).toBe('False Loading: not every replica of Authority "signet" has loaded it yet')
  })

  it('is Ready once every replica reports the configuration that contains it', async () => {
    const it = aProvisionerController()
    it.serve()
    await it.reconcile()
    expect(it.said()).toBe('False Loading: not every replica of Authority "signet" has loaded it yet')
    it.serve('now', 'older')
    await it.reconcile()
    expect(it.said()).toBe('False Loading: not every replica of Authority "signet" has loaded it yet')
    it.serve('now', 'now')
    await it.reconcile()
    expect(it.said()).toBe('True Loaded: Authority "signet" accepts it')
    expect(it.find().status?.audience).toBe('https://signet.signet-system.svc/1.0/sign#k8ssa/kubernetes')
  })

  it('stays Ready while a configuration that changes something else is loaded', async () => {
    const it = aProvisionerController()
    it.serve('now')
    await it.reconcile()
    it.serve('another')
    it.world.calls.splice(0)
    await it.reconcile()
    expect(it.said()).toBe('True Loaded: Authority "signet" accepts it')
    expect(it.world.writes()).toEqual([])
  })

  it('keeps its audience while its own change is loaded', async () => {
    const it = aProvisionerController()
    it.serve('now')
    await it.reconcile()
    it.world.put(provisioners, { ...it.find(), spec: { ...it.find().spec, claims: { maxTLSCertDuration: '48h' } } })
    await it.reconcile()
    expect(it.said()).toBe('False Loading: not every replica of Authority "signet" has loaded it yet')
    expect(it.find().status?.audience).toBe('https://signet.signet-system.svc/1.0/sign#k8ssa/kubernetes')
  })

  it.each<{ name: string; spec: Partial<Provisioner['spec']>; message: string }>([
    {
      name: 'claims that contradict those of the Authority',
      spec: { claims: { minTLSCertDuration: '100h' } },
      message:
        'spec.claims: MaxCertDuration cannot be less than MinCertDuration: MaxCertDuration - 24h0m0s, MinCertDuration - 100h0m0s',
    },
    {
      name: 'a key that is none',
      spec: { type: 'JWK', jwk: { key: { kty: 'EC', kid: 'k', crv: 'P-256', x: 'AA', y: 'AA' } } },
      message: 'spec.jwk.key is not a public key',
    },
  ])('says of $name where it stands', async ({ spec, message }) => {
    const { k8sSA: _, ...rest } = aProvisioner().spec
    const it = aProvisionerController({
      ...aProvisioner(),
      spec: { ...(spec.jwk ? rest : aProvisioner().spec), ...spec },
    })
    it.serve()
    await it.reconcile()
    expect(it.said()).toContain(`False Invalid: ${message}`)
  })

  it('has the audience of step for a JWK', () => {
    const key = { kty: 'EC', kid: 'k', crv: 'P-256', x: p256.x, y: p256.y } as const
    const { k8sSA: _, ...rest } = aProvisioner().spec
    const jwk = { ...aProvisioner(), spec: { ...rest, type: 'JWK', jwk: { key } } } as Provisioner
    expect(provisionerSettings(jwk, anAuthority, namespace)).toMatchObject({
      valid: true,
      type: 'JWK',
      audience: 'https://signet.signet-system.svc/1.0/sign',
    })
  })
})

/** RFC 7517 A.1. */
const p256 = {
  x: 'MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4',
  y: '4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM',
}
