import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { createKubectl, type KubeObject, type TestNamespace } from './harness/kubectl.ts'
import { release } from './harness/install.ts'
import { metric } from './support/authority.ts'
import {
  certificateManifest,
  certificateWithReason,
  getCertificate,
  getSecret,
  inspectWithOpenssl,
  readyCertificate,
  type WantedSpec,
} from './support/certificates.ts'
import { allowShortLives } from './support/provisioner.ts'

const { kubeconfig, kubectl: binary } = inject('cluster')
const kubectl = createKubectl(binary, kubeconfig)
const system = release.namespace
let space: TestNamespace
let namespace: string

beforeAll(async () => {
  space = await kubectl.createNamespace('certificates')
  namespace = space.name
})
afterAll(() => space[Symbol.asyncDispose]())

const apply = (name: string, spec: WantedSpec): Promise<void> =>
  kubectl.apply([certificateManifest(namespace, name, spec)])
const host = (name: string): string => `${name}.${namespace}.svc`

describe('a Certificate', () => {
  it('becomes a Secret that openssl verifies', async () => {
    await apply('web', { secretName: 'web-tls', commonName: host('web'), dnsNames: [host('web')], duration: '1h' })
    const { status } = await readyCertificate(kubectl, namespace, 'web')
    const secret = await getSecret(kubectl, namespace, 'web-tls')
    expect(secret.type).toBe('kubernetes.io/tls')
    const { serial, text } = inspectWithOpenssl(secret, host('web'))
    expect(serial).toBe(status?.serialNumber)
    expect(text).toContain(`DNS:${host('web')}`)
    expect(text).toContain('TLS Web Server Authentication, TLS Web Client Authentication')
    expect(Date.parse(status?.notAfter ?? '') - Date.parse(status?.notBefore ?? '')).toBe(61 * 60_000)
    const columns = await kubectl(['get', 'certificates.signet.dev', 'web', '-n', namespace, '-o', 'wide'])
    expect(columns.split('\n')[0]).toMatch(/^NAME +READY +SECRET +ISSUER +STATUS +RENEWAL +EXPIRATION +AGE/)
    expect(columns.split('\n')[1]).toMatch(/^web +True +web-tls +signet /)
  })

  it.each<{ kind: string; privateKey: WantedSpec['privateKey'] & object; pem: string; text: string }>([
    { kind: 'rsa', privateKey: { algorithm: 'RSA', size: 2048 }, pem: 'RSA PRIVATE KEY', text: '(2048 bit)' },
    { kind: 'p384', privateKey: { algorithm: 'ECDSA', size: 384 }, pem: 'EC PRIVATE KEY', text: 'NIST CURVE: P-384' },
    { kind: 'pkcs8', privateKey: { encoding: 'PKCS8' }, pem: 'PRIVATE KEY', text: 'NIST CURVE: P-256' },
    { kind: 'ed25519', privateKey: { algorithm: 'Ed25519' }, pem: 'PRIVATE KEY', text: 'ED25519' },
  ])('has the kind of key that it asks for: $kind', async ({ kind, privateKey, pem, text }) => {
    await apply(kind, { secretName: `${kind}-tls`, dnsNames: [host(kind)], privateKey })
    await readyCertificate(kubectl, namespace, kind)
    const secret = await getSecret(kubectl, namespace, `${kind}-tls`)
    const key = Buffer.from(secret.data['tls.key'] ?? '', 'base64').toString('utf8')
    expect(key.split('\n')[0]).toBe(`-----BEGIN ${pem}-----`)
    expect(inspectWithOpenssl(secret, host(kind)).text).toContain(text)
  })

  it('is issued anew when its Secret is deleted, and when it is damaged', async () => {
    await apply('mended', { secretName: 'mended-tls', dnsNames: [host('mended')] })
    const first = (await readyCertificate(kubectl, namespace, 'mended')).status?.serialNumber
    await kubectl(['delete', 'secret', 'mended-tls', '-n', namespace])
    const second = (await readyCertificate(kubectl, namespace, 'mended', first)).status?.serialNumber
    const damage = JSON.stringify({ data: { 'tls.key': 'Z2FyYmFnZQ==' } })
    await kubectl(['patch', 'secret', 'mended-tls', '-n', namespace, '--type=merge', '-p', damage])
    const third = (await readyCertificate(kubectl, namespace, 'mended', second)).status
    expect(inspectWithOpenssl(await getSecret(kubectl, namespace, 'mended-tls'), host('mended')).serial).toBe(
      third?.serialNumber,
    )
    expect(third?.revision).toBe(3)
    const events = await kubectl(['events', '-n', namespace, '--for', 'certificate.signet.dev/mended'])
    expect(events).toContain('(DoesNotExist: Secret "mended-tls" does not exist)')
    expect(events).toContain('(InvalidKeyPair: tls.key in Secret "mended-tls": PEM text holds no private key)')
  })

  it('is issued anew when its spec changes, and not for what the Secret says around it', async () => {
    const spec = { secretName: 'changed-tls', dnsNames: [host('changed')] }
    await apply('changed', spec)
    const first = (await readyCertificate(kubectl, namespace, 'changed')).status?.serialNumber
    await apply('changed', { ...spec, dnsNames: [host('changed'), host('more.changed')] })
    const second = (await readyCertificate(kubectl, namespace, 'changed', first)).status?.serialNumber
    const names = [host('changed'), host('more.changed')]
    await apply('changed', { ...spec, dnsNames: names, secretTemplate: { labels: { team: 'a' } } })
    expect((await readyCertificate(kubectl, namespace, 'changed')).status?.serialNumber).toBe(second)
    const labels = await kubectl(['get', 'secret', 'changed-tls', '-n', namespace, '-o', 'jsonpath={.metadata.labels}'])
    expect(JSON.parse(labels)).toMatchObject({ team: 'a' })
    inspectWithOpenssl(await getSecret(kubectl, namespace, 'changed-tls'), host('more.changed'))
  })

  it('is renewed before it ends, again and again, and stays Ready', async () => {
    // Due 14 s after each issuance, two thirds of its life, less at most 0.7 s of jitter.
    await using _ = await allowShortLives(kubectl, '20s')
    await apply('renewed', { secretName: 'renewed-tls', dnsNames: [host('renewed')], duration: '21s' })
    const seen = new Set<string>()
    await kubectl.eventually(namespace, 'three certificates in turn', 45_000, async () => {
      const { status } = await getCertificate(kubectl, namespace, 'renewed')
      if (status?.serialNumber === undefined) return undefined
      expect(status.conditions?.map(({ type, status: state }) => `${type}=${state}`)).toEqual(['Ready=True'])
      seen.add(status.serialNumber)
      return seen.size === 3 ? true : undefined
    })
  })

  it('goes with its Secret', async () => {
    await apply('gone', { secretName: 'gone-tls', dnsNames: [host('gone')] })
    await readyCertificate(kubectl, namespace, 'gone')
    await kubectl(['delete', 'certificates.signet.dev', 'gone', '-n', namespace])
    await kubectl.waitFor(namespace, 'secret/gone-tls', 'delete', 20_000)
    expect(await kubectl.find('secret', 'gone-tls', '-n', namespace)).toBeUndefined()
  })
})

describe('the Secret of somebody else', () => {
  it('is left as it is, with a condition that says so', async () => {
    const foreign = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'foreign', namespace }, data: { a: 'Yg==' } }
    await kubectl.apply([foreign])
    const before = await getSecret(kubectl, namespace, 'foreign')
    await apply('greedy', { secretName: 'foreign', dnsNames: [host('greedy')] })
    const { status } = await certificateWithReason(kubectl, namespace, 'greedy', 'SecretConflict')
    expect(status?.conditions?.[0]?.message).toBe(
      'Secret "foreign" was not made by Signet: delete it or choose another secretName',
    )
    expect(await getSecret(kubectl, namespace, 'foreign')).toEqual(before)
  })

  it('goes to the older of two Certificates, and to the younger when the older is gone', async () => {
    await apply('older', { secretName: 'shared', dnsNames: [host('older')] })
    const { status: older } = await readyCertificate(kubectl, namespace, 'older')
    await apply('younger', { secretName: 'shared', dnsNames: [host('younger')] })
    const { status } = await certificateWithReason(kubectl, namespace, 'younger', 'SecretConflict')
    expect(status?.conditions?.[0]?.message).toBe('Secret "shared" belongs to Certificate "older"')
    expect((await getCertificate(kubectl, namespace, 'older')).status?.serialNumber).toBe(older?.serialNumber)
    await kubectl(['delete', 'certificates.signet.dev', 'older', '-n', namespace])
    await readyCertificate(kubectl, namespace, 'younger')
    inspectWithOpenssl(await getSecret(kubectl, namespace, 'shared'), host('younger'))
  })
})

describe('a Certificate against policy', () => {
  it('is refused with a condition that names the name, and issued when a policy comes that allows it', async () => {
    await apply('outside', { secretName: 'outside-tls', dnsNames: [`api.${namespace}.example.com`] })
    const { status } = await certificateWithReason(kubectl, namespace, 'outside', 'NotAllowed')
    expect(status?.conditions?.[0]?.message).toContain(`DNS name "api.${namespace}.example.com"`)
    expect(status).toMatchObject({ failedIssuanceAttempts: 1 })
    expect(Date.parse(status?.nextAttemptTime ?? '') - Date.parse(status?.lastFailureTime ?? '')).toBe(60_000)
    const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': namespace } }
    const names = [`*.${namespace}.example.com`, '*.${namespace}.svc', '*.*.${namespace}.svc']
    const policy = {
      apiVersion: 'signet.dev/v1',
      kind: 'CertificatePolicy',
      metadata: { name: namespace },
      spec: { mode: 'Enforce', namespaceSelector, allow: { commonNames: names, dnsNames: names } },
    }
    await kubectl.apply([policy])
    try {
      await readyCertificate(kubectl, namespace, 'outside')
    } finally {
      await kubectl(['delete', 'certificatepolicies.signet.dev', namespace])
    }
  })
})

describe('another leader', () => {
  it('looks at every Certificate and writes nothing', async () => {
    await apply('steady', { secretName: 'steady-tls', dnsNames: [host('steady')] })
    await readyCertificate(kubectl, namespace, 'steady')
    const versions = async (): Promise<string[]> => {
      const kinds = 'certificates.signet.dev,secrets'
      const { items } = await kubectl.get<{ items: KubeObject[] }>(kinds, '-n', namespace)
      const steady = items.filter(({ metadata }) => metadata.name.startsWith('steady'))
      return steady.map(({ kind, metadata }) => `${kind} ${metadata.name} ${String(metadata['resourceVersion'])}`)
    }
    const before = await versions()
    const lease = await kubectl.get<{ spec: { holderIdentity: string } }>('lease', 'signet-operator', '-n', system)
    const leader = lease.spec.holderIdentity
    await kubectl(['delete', 'pod', leader, '-n', system])
    const next = await kubectl.eventually(system, 'another leader', 30_000, async () => {
      const { spec } = await kubectl.get<typeof lease>('lease', 'signet-operator', '-n', system)
      return spec.holderIdentity === '' || spec.holderIdentity === leader ? undefined : spec.holderIdentity
    })
    const { items } = await kubectl.get<{ items: KubeObject[] }>('certificates.signet.dev', '-A')
    await kubectl.eventually(system, 'every Certificate looked at', 20_000, async () => {
      const labels = ['controller="certificate"', 'result="success"']
      const looked = await metric(kubectl, next, 'signet_reconcile_total', labels)
      return looked >= items.length ? true : undefined
    })
    expect(await versions()).toEqual(before)
  })
})
