import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import type { Authority, Provisioner } from '../../src/core/resources/index.ts'
import { release } from './harness/install.ts'
import { createKubectl, type KubeObject, type TestNamespace } from './harness/kubectl.ts'
import { certificateManifest, getSecret, inspectWithOpenssl, readyCertificate } from './support/certificates.ts'

const { kubeconfig, kubectl: binary } = inject('cluster')
const kubectl = createKubectl(binary, kubeconfig)
const system = release.namespace
let space: TestNamespace

beforeAll(async () => {
  space = await kubectl.createNamespace('authorities')
})
afterAll(() => space[Symbol.asyncDispose]())

const getAuthority = (name = 'signet'): Promise<Authority> => kubectl.get<Authority>('authorities.signet.dev', name)

function authorityWith(what: string, holds: (authority: Authority) => boolean): Promise<Authority> {
  return kubectl.eventually(system, `the Authority ${what}`, 40_000, async () => {
    const authority = await getAuthority()
    return holds(authority) ? authority : undefined
  })
}

const reasonOf = ({ status }: Authority | Provisioner, type: string): string | undefined =>
  status?.conditions?.find((condition) => condition.type === type)?.reason

/** Has a Certificate issued and verified: the authority works. */
async function issue(name: string): Promise<void> {
  const host = `${name}.${space.name}.svc`
  const spec = { secretName: name, dnsNames: [host], duration: '1h' }
  await kubectl.apply([certificateManifest(space.name, name, spec)])
  await readyCertificate(kubectl, space.name, name)
  inspectWithOpenssl(await getSecret(kubectl, space.name, name), host)
}

describe('the default Authority', () => {
  it('says what clients need: roots, endpoint, audience, and what its replica has loaded', async () => {
    const { status } = await authorityWith('Serving', (authority) => reasonOf(authority, 'Ready') === 'Serving')
    expect(status?.endpoint).toBe('https://signet.signet-system.svc')
    expect(status?.replicas).toEqual([{ name: 'signet-0', configGeneration: status?.configGeneration }])
    expect(status?.provisioners?.find(({ name }) => name === 'kubernetes')?.audience).toBe(
      'https://signet.signet-system.svc/1.0/sign#k8ssa/kubernetes',
    )
    const [root] = status?.roots ?? []
    const fingerprint = execFileSync('openssl', ['x509', '-noout', '-fingerprint', '-sha256'], {
      input: root?.certificate ?? '',
      encoding: 'utf8',
    })
    expect(fingerprint.replace(/.*=/, '').replaceAll(':', '').trim().toLowerCase()).toBe(root?.sha256)
  })

  it('gets its Service and its configuration back when someone deletes them', async () => {
    const configured = await getSecret(kubectl, system, 'signet-config')
    await kubectl(['delete', 'service/signet', 'secret/signet-config', '-n', system])
    await kubectl.eventually(system, 'both back', 20_000, async () => {
      const service = await kubectl.find('service', 'signet', '-n', system)
      const secret = await kubectl.find<typeof configured>('secret', 'signet-config', '-n', system)
      return service !== undefined && secret !== undefined ? secret : undefined
    })
    expect((await getSecret(kubectl, system, 'signet-config')).data).toEqual(configured.data)
    await issue('after-service')
  })

  it('works on without the key of its root, says so, and takes it back', async () => {
    const root = await kubectl.get('secret', 'signet-root', '-n', system)
    await kubectl(['delete', 'secret', 'signet-root', '-n', system])
    const exported = await authorityWith('Exported', (found) => reasonOf(found, 'RootKeyStored') === 'Exported')
    expect(exported.status?.conditions?.find(({ type }) => type === 'RootKeyStored')?.message).toBe(
      'Secret "signet-root" is gone: the intermediate works on, a new one needs the key of the root back',
    )
    await issue('after-export')
    const { name, namespace, labels } = root.metadata
    await kubectl.apply([{ ...root, metadata: { name, namespace, labels } }])
    await authorityWith('Stored', (authority) => reasonOf(authority, 'RootKeyStored') === 'Stored')
  })

  it('leaves its Secrets and its volume when it is deleted, and goes on with them when it is made again', async () => {
    const before = await getAuthority()
    const secrets = ['signet-root', 'signet-intermediate', 'signet-config']
    await kubectl(['delete', 'authorities.signet.dev', 'signet'])
    await kubectl.waitFor(system, 'statefulset/signet', 'delete', 30_000)
    for (const name of [...secrets.map((secret) => `secret/${secret}`), 'persistentvolumeclaim/data-signet-0']) {
      await kubectl.get(name, '-n', system)
    }
    const { apiVersion, kind, spec } = before
    await kubectl.apply([{ apiVersion, kind, metadata: { name: 'signet' }, spec }])
    const after = await authorityWith('Serving', (authority) => reasonOf(authority, 'Ready') === 'Serving')
    expect(after.status?.roots).toEqual(before.status?.roots)
    expect(after.status?.intermediate).toEqual(before.status?.intermediate)
    await issue('after-adoption')
  })
})

describe('an Authority that the chart gives no rights for', () => {
  it('says which value to set', async () => {
    await kubectl.apply([{ apiVersion: 'signet.dev/v1', kind: 'Authority', metadata: { name: 'other' }, spec: {} }])
    try {
      const said = await kubectl.eventually(system, 'a condition', 20_000, async () => {
        const { status } = await getAuthority('other')
        return status?.conditions?.[0]
      })
      expect(said).toMatchObject({
        status: 'False',
        reason: 'NotPermitted',
        message: 'Signet has no rights for an Authority of this name: add "other" to the chart\'s value authorities',
      })
    } finally {
      await kubectl(['delete', 'authorities.signet.dev', 'other'])
    }
  })
})

describe('a Provisioner', () => {
  const jwk = {
    kty: 'EC',
    kid: 'test',
    crv: 'P-256',
    x: 'MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4',
    y: '4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM',
  }

  it('is Ready when the authority has loaded it, and out of the configuration when it is deleted', async () => {
    const spec = { type: 'JWK', jwk: { key: jwk } }
    await kubectl.apply([{ apiVersion: 'signet.dev/v1', kind: 'Provisioner', metadata: { name: 'people' }, spec }])
    await kubectl.waitFor(system, 'provisioner.signet.dev/people', 'condition=Ready', 20_000)
    const { status } = await kubectl.get<Provisioner>('provisioners.signet.dev', 'people')
    expect(status?.audience).toBe('https://signet.signet-system.svc/1.0/sign')
    await kubectl(['delete', 'provisioners.signet.dev', 'people'])
    await authorityWith(
      'without it',
      ({ status: now }) => now?.provisioners?.every(({ name }) => name !== 'people') ?? false,
    )
  })

  it('that cannot be says where it is wrong, and changes nothing', async () => {
    const { status: before } = await getAuthority()
    const spec = { type: 'JWK', jwk: { key: { ...jwk, x: 'AA' } } }
    await kubectl.apply([{ apiVersion: 'signet.dev/v1', kind: 'Provisioner', metadata: { name: 'broken' }, spec }])
    try {
      await kubectl.waitFor(system, 'provisioner.signet.dev/broken', 'condition=Ready=False', 20_000)
      const said = await kubectl.get<Provisioner>('provisioners.signet.dev', 'broken')
      expect(said.status?.conditions?.[0]).toMatchObject({ reason: 'Invalid' })
      expect(said.status?.conditions?.[0]?.message).toMatch(/^spec\.jwk\.key /)
      expect((await getAuthority()).status?.configGeneration).toBe(before?.configGeneration)
    } finally {
      await kubectl(['delete', 'provisioners.signet.dev', 'broken'])
    }
  })
})

describe('the caBundle of the webhook', () => {
  type Configuration = KubeObject & { webhooks: { name: string; clientConfig: { caBundle: string } }[] }
  const bundles = async (): Promise<string[]> => {
    const { webhooks } = await kubectl.get<Configuration>('mutatingwebhookconfigurations', 'signet')
    return webhooks.map(({ clientConfig }) => clientConfig.caBundle)
  }

  it('is healed when someone breaks it', async () => {
    const { status } = await getAuthority()
    const right = Buffer.from((status?.roots ?? []).map(({ certificate }) => certificate).join('')).toString('base64')
    expect(new Set(await bundles())).toEqual(new Set([right]))
    const broken = JSON.stringify([{ op: 'replace', path: '/webhooks/0/clientConfig/caBundle', value: '' }])
    await kubectl(['patch', 'mutatingwebhookconfigurations', 'signet', '--type=json', '-p', broken])
    await kubectl.eventually(system, 'caBundle healed', 20_000, async () =>
      (await bundles()).every((bundle) => bundle === right) ? true : undefined,
    )
  })
})
