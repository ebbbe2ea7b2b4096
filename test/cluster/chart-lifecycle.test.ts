import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { parse } from 'yaml'
import { installSignet, release } from './harness/install.ts'
import { createKubectl, type KubeObject } from './harness/kubectl.ts'
import { run } from './harness/run.ts'

/**
 * The life of an installation: it stays the same certificate authority through an upgrade and through an uninstall with a
 * new install. Each test goes on where the one before ended.
 */

const { kubectl: binary, kubeconfig, helm, images, engine } = inject('cluster')
const kubectl = createKubectl(binary, kubeconfig)
const cluster = { engine, kubeconfig }

const keys = ['signet-root', 'signet-intermediate', 'signet-config']
const kinds = ['authorities', 'certificatepolicies', 'certificates', 'provisioners'].map(
  (plural) => `${plural}.signet.dev`,
)

type Crd = KubeObject & {
  spec: {
    versions: { schema: { openAPIV3Schema: { properties: { spec: { properties: Record<string, unknown> } } } } }[]
  }
}
type Authority = KubeObject & { status: { roots: { sha256: string }[]; intermediate: { sha256: string } } }

/** What makes an installation the same certificate authority: its objects by uid, its certificates by fingerprint. */
async function identity(): Promise<unknown> {
  const authority = await kubectl.get<Authority>('authority', 'signet')
  const secrets = await Promise.all(keys.map((name) => kubectl.get('secret', name, '-n', release.namespace)))
  return {
    authority: authority.metadata.uid,
    roots: authority.status.roots.map(({ sha256 }) => sha256),
    intermediate: authority.status.intermediate.sha256,
    secrets: secrets.map(({ metadata }) => metadata.uid),
  }
}

async function serialOf(name: string): Promise<string> {
  const { data } = await kubectl.get<{ data: Record<string, string> }>('secret', name, '-n', 'default')
  const certificate = Buffer.from(data['tls.crt'] ?? '', 'base64').toString('utf8')
  return (await run('openssl', ['x509', '-noout', '-serial'], { input: certificate })).trim()
}

let before: unknown
let serial = ''

beforeAll(async () => {
  await kubectl.apply([
    {
      apiVersion: 'signet.dev/v1',
      kind: 'Certificate',
      metadata: { name: 'lifecycle', namespace: 'default' },
      spec: { secretName: 'lifecycle-tls', dnsNames: ['lifecycle.default.svc'] },
    },
  ])
  await kubectl.waitFor('default', 'certificate/lifecycle', 'condition=Ready')
  before = await identity()
  serial = await serialOf('lifecycle-tls')
})

afterAll(async () => {
  await kubectl(['delete', 'certificate', 'lifecycle', '-n', 'default', '--ignore-not-found'])
})

describe('helm upgrade', () => {
  it('brings the CRDs to those of the image: new fields come, dropped ones go', async () => {
    const path = '/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties'
    const older = [
      { op: 'remove', path: `${path}/serviceAccounts` },
      { op: 'add', path: `${path}/dropped`, value: { type: 'string', description: 'Of an older version.' } },
    ]
    const name = 'certificatepolicies.signet.dev'
    await kubectl(['patch', 'crd', name, '--type=json', `--patch=${JSON.stringify(older)}`])

    await installSignet(cluster, images.signet)

    const file = parse(await readFile(`crds/signet.dev_certificatepolicies.yaml`, 'utf8')) as Crd
    const fields = ({ spec }: Crd) =>
      Object.keys(spec.versions[0]?.schema.openAPIV3Schema.properties.spec.properties ?? {})
    expect(fields(await kubectl.get<Crd>('crd', name)).toSorted()).toEqual(fields(file).toSorted())
  })

  it('keeps the certificate authority and issues nothing anew', async () => {
    expect(await identity()).toEqual(before)
    expect(await serialOf('lifecycle-tls')).toBe(serial)
  })

  it('leaves nothing of its hook', async () => {
    const left = await kubectl(['get', 'job,sa', '-n', release.namespace, '-o', 'name'])
    expect(left).not.toContain('signet-crds')
    expect(await kubectl(['get', 'clusterrole,clusterrolebinding', '-o', 'name'])).not.toContain('signet-crds')
  })

  it('narrows rights on Secrets to named namespaces', async () => {
    await installSignet(cluster, images.signet, ['operator.namespaces={default}'])
    const ask = async (namespace: string) => {
      const as = '--as=system:serviceaccount:signet-system:signet-operator'
      return (await kubectl.try(['auth', 'can-i', 'get', 'secrets', '-n', namespace, as])).stdout.trim()
    }
    expect([await ask('default'), await ask('signet-system'), await ask('kube-system')]).toEqual(['yes', 'yes', 'no'])
    await kubectl(['delete', 'secret', 'lifecycle-tls', '-n', 'default'])
    await kubectl.eventually('default', 'the Secret to be written again', 30_000, () =>
      kubectl.find('secret', 'lifecycle-tls', '-n', 'default'),
    )
    serial = await serialOf('lifecycle-tls')
  })
})

describe('helm uninstall', () => {
  it('leaves CRDs, the Authority, its keys and issued Secrets', async () => {
    await run(helm, ['uninstall', release.name, '-n', release.namespace, '--kubeconfig', kubeconfig, '--wait'])
    expect(await identity()).toEqual(before)
    for (const kind of kinds) expect(await kubectl.find('crd', kind)).toBeDefined()
    expect(await serialOf('lifecycle-tls')).toBe(serial)
    expect(await kubectl.find('mutatingwebhookconfiguration', 'signet')).toBeUndefined()
    expect(await kubectl(['get', 'clusterrole', '-o', 'name'])).not.toContain('signet-')
  })

  it('is undone by a new install, in a namespace with Pod Security "restricted"', async () => {
    await kubectl([
      'label',
      'namespace',
      release.namespace,
      'pod-security.kubernetes.io/enforce=restricted',
      '--overwrite',
    ])
    await installSignet(cluster, images.signet)
    expect(await identity()).toEqual(before)
    await kubectl.waitFor('default', 'certificate/lifecycle', 'condition=Ready')
    expect(await serialOf('lifecycle-tls')).toBe(serial)
  })
})
