import { describe, expect, it } from 'vitest'
import { authorities, provisioners, type KubernetesObject } from '../../../../src/core/resources/index.ts'
import { parseCaConfig } from '../../../../src/config/ca-config.ts'
import { certificatesToPem, parseCertificate } from '../../../../src/core/x509/certificate.ts'
import { createIntermediateCertificate } from '../../../../src/core/x509/certificate-authority.ts'
import { parseCertificateRequest, verifyCertificateRequest } from '../../../../src/core/x509/csr.ts'
import { createRoot } from '../../../../src/operator/controllers/authority/create-material.ts'
import { ownedKinds, secrets } from '../../../../src/operator/kinds.ts'
import { aRoot, aSecret, keyPemOf, pemOf } from '../../../builders/ca-material.ts'
import { aProvisioner } from '../../../builders/resources.ts'
import { countingRandom } from '../../../fakes/counting-random.ts'
import { anAuthorityController, noon } from './harness.ts'

type StatefulSet = KubernetesObject & { spec?: { replicas?: number; template?: { metadata?: object } } }

const namespace = 'signet-system'
const textOf = (base64: string | undefined): string => Buffer.from(base64 ?? '', 'base64').toString('utf8')

describe('a new Authority', () => {
  it('becomes keys, configuration and objects, and says so', async () => {
    const it = anAuthorityController()
    it.put()
    await it.reconcile()
    expect(it.world.writes()).toEqual([
      'create Secret signet-system/signet-root',
      'create Secret signet-system/signet-intermediate',
      'create Secret signet-system/signet-config',
      'apply ServiceAccount signet-system/signet',
      'apply RoleBinding signet-system/signet',
      'apply ClusterRoleBinding signet-authority-signet',
      'apply NetworkPolicy signet-system/signet',
      'apply Service signet-system/signet',
      'apply StatefulSet signet-system/signet',
      'apply Authority/status signet',
    ])
    for (const name of ['signet-root', 'signet-intermediate', 'signet-config']) {
      expect(it.secret(name)?.metadata.ownerReferences).toBeUndefined()
      expect(it.secret(name)?.metadata.labels?.['signet.dev/authority']).toBe('signet')
    }
    const root = parseCertificate(textOf(it.secret('signet-root')?.data?.['tls.crt']))
    const intermediate = it.secret('signet-intermediate')
    expect(textOf(intermediate?.data?.['ca.crt'])).toBe(certificatesToPem(root))
    expect(textOf(intermediate?.data?.['tls.key'])).toMatch(/^-----BEGIN PRIVATE KEY-----\n/)
    const status = it.authority()?.status
    expect(status).toMatchObject({
      observedGeneration: 1,
      endpoint: 'https://signet.signet-system.svc',
      roots: [{ certificate: certificatesToPem(root), sha256: root.fingerprint, notAfter: '2035-12-30T12:00:00Z' }],
      provisioners: [
        { name: 'kubernetes', type: 'K8sSA', audience: 'https://signet.signet-system.svc/1.0/sign#k8ssa/kubernetes' },
      ],
      replicas: [],
    })
    expect(it.condition('Ready')).toMatchObject({
      status: 'False',
      reason: 'NotServing',
      message: 'no replica of StatefulSet "signet" is ready',
    })
    expect(it.condition('RootKeyStored')).toMatchObject({ status: 'True', reason: 'Stored' })
  })

  it('gets a configuration that the authority takes', async () => {
    const it = anAuthorityController()
    it.put({ dnsNames: ['ca.example.com'], claims: { maxTLSCertDuration: '48h' } })
    await it.reconcile()
    const config = parseCaConfig(JSON.parse(textOf(it.secret('signet-config')?.data?.['ca.json'])))
    expect(config.signet.generation).toBe(it.authority()?.status?.configGeneration)
    expect(config.dnsNames).toEqual([
      'signet.signet-system.svc',
      'signet.signet-system.svc.cluster.local',
      'ca.example.com',
    ])
    expect(config).toMatchObject({
      crt: '/etc/signet/intermediate/tls.crt',
      database: { file: '/var/lib/signet/db.sqlite' },
      address: ':8443',
      metricsAddress: ':9090',
      claims: { maximum: 48 * 3_600_000 },
      signet: { kubernetes: { trustDomain: 'cluster.local', clusterDomain: 'cluster.local', namespace } },
    })
    expect(config.provisioners).toMatchObject([{ name: 'kubernetes', type: 'K8sSA', tokenId: 'k8ssa/kubernetes' }])
  })

  it('is Ready when a replica serves, is asked again while it loads, and costs no write when settled', async () => {
    const it = anAuthorityController()
    it.put()
    await it.reconcile()
    it.serve('something-older')
    expect(await it.reconcile()).toBe(500)
    expect(it.condition('Ready')).toMatchObject({ status: 'True', reason: 'Serving', message: '1 of 1 replicas serve' })
    it.serve(it.authority()?.status?.configGeneration)
    expect(await it.reconcile()).toBe(30_000)
    expect(it.authority()?.status?.replicas).toEqual([
      { name: 'signet-0', configGeneration: it.authority()?.status?.configGeneration },
    ])
    it.world.calls.splice(0)
    await it.reconcile()
    expect(it.world.writes()).toEqual([])
    it.world.remove(authorities, { name: 'signet' })
    expect(await it.reconcile()).toBeUndefined()
    expect(it.shown.map((line) => line.replace('signet_authority_ready_status ', ''))).toEqual([
      'signet 0',
      'signet 1',
      'signet 1',
      'signet 1',
      'signet removed',
    ])
  })
})

describe('keys that are there already', () => {
  it('are never written over, whoever made them meanwhile', async () => {
    const it = anAuthorityController()
    const authority = it.put()
    const deps = { kube: it.world.kube, clock: it.clock, random: countingRandom(), namespace }
    await createRoot(authority, deps)
    const { data } = it.secret('signet-root') ?? {}
    await expect(createRoot(authority, deps)).rejects.toMatchObject({ code: 'conflict' })
    expect(it.secret('signet-root')?.data).toEqual(data)
  })

  it('are adopted', async () => {
    const first = anAuthorityController()
    first.put()
    await first.reconcile()
    const again = anAuthorityController()
    for (const name of ['signet-root', 'signet-intermediate']) again.world.put(secrets, first.secret(name) ?? {})
    again.put()
    await again.reconcile()
    expect(again.authority()?.status?.roots).toEqual(first.authority()?.status?.roots)
    expect(again.world.writes()).not.toContain('apply Secret signet-system/signet-root')
  })

  it('work on without that of the root, and status says so', async () => {
    const it = anAuthorityController()
    it.put()
    await it.reconcile()
    it.world.remove(secrets, { namespace, name: 'signet-root' })
    await it.reconcile()
    expect(it.condition('RootKeyStored')).toMatchObject({
      status: 'False',
      reason: 'Exported',
      message: 'Secret "signet-root" is gone: the intermediate works on, a new one needs the key of the root back',
    })
    expect(it.condition('Ready')?.reason).toBe('NotServing')
  })

  it('are not made anew when all are lost, and the roots stay known', async () => {
    const it = anAuthorityController()
    it.put()
    await it.reconcile()
    const roots = it.authority()?.status?.roots
    for (const name of ['signet-root', 'signet-intermediate']) it.world.remove(secrets, { namespace, name })
    await it.reconcile()
    expect(it.condition('Ready')).toMatchObject({ status: 'False', reason: 'KeysLost' })
    expect(it.authority()?.status?.roots).toEqual(roots)
    expect(it.secret('signet-root')).toBeUndefined()
  })

  it('may be brought by the user', async () => {
    const it = anAuthorityController()
    const root = aRoot(noon)
    it.world.put(secrets, aSecret('my-root', { 'tls.key': keyPemOf(root), 'tls.crt': pemOf(root) }, {}))
    it.put({ root: { secret: { name: 'my-root' } } })
    await it.reconcile()
    expect(it.authority()?.status?.roots?.[0]?.sha256).toBe(root.certificate.fingerprint)
    expect(it.secret('signet-root')).toBeUndefined()
  })
})

describe('an intermediate that is signed elsewhere', () => {
  it('is asked for by a request that stays the same, and taken in', async () => {
    const it = anAuthorityController()
    const root = aRoot(noon)
    const rootCertificates = pemOf(root)
    it.put({ root: { external: { rootCertificates } } })
    await it.reconcile()
    expect(it.condition('Ready')?.reason).toBe('IntermediateNotSigned')
    const pem = it.authority()?.status?.intermediateRequest ?? ''
    const request = parseCertificateRequest(pem)
    verifyCertificateRequest(request)
    expect(request).toMatchObject({ isCA: true, pathLength: 0, keyUsage: ['certSign', 'crlSign'] })
    await it.reconcile()
    expect(it.authority()?.status?.intermediateRequest).toBe(pem)
    const signed = createIntermediateCertificate({
      subject: request.subject,
      serial: '77',
      notBefore: noon,
      notAfter: noon + 86_400_000,
      spki: request.spki,
      issuer: root.certificate,
      issuerKey: root.key,
    })
    it.put({ root: { external: { rootCertificates, intermediateCertificate: certificatesToPem(signed) } } })
    await it.reconcile()
    expect(it.authority()?.status).toMatchObject({
      intermediate: { sha256: signed.fingerprint },
      roots: [{ sha256: root.certificate.fingerprint }],
    })
    expect(it.authority()?.status?.intermediateRequest).toBeUndefined()
    expect(it.condition('RootKeyStored')).toMatchObject({ status: 'False', reason: 'External' })
  })
})

describe('what is not the operator’s', () => {
  it('is not taken over', async () => {
    const it = anAuthorityController()
    it.world.put(ownedKinds.Service, { metadata: { name: 'signet', namespace, labels: { app: 'theirs' } } })
    it.put()
    await it.reconcile()
    expect(it.condition('Ready')).toMatchObject({
      status: 'False',
      reason: 'NameTaken',
      message:
        'Service "signet" exists and does not belong to this Authority: remove it or give the Authority another name',
    })
    expect(it.world.find(ownedKinds.Service, { name: 'signet', namespace })?.metadata?.labels).toEqual({
      app: 'theirs',
    })
  })

  it('is not done: an Authority for which the chart gives no rights', async () => {
    const it = anAuthorityController()
    it.put({}, 'other')
    await it.reconcile('other')
    expect(it.world.writes()).toEqual(['apply Authority/status other'])
    expect(it.events.map(({ type, reason, note }) => `${type} ${reason} ${note}`)).toEqual([
      'Warning NotPermitted Signet has no rights for an Authority of this name: add "other" to the chart\'s value authorities',
    ])
  })
})

describe('a change', () => {
  it('by hand of an owned object is undone', async () => {
    const it = anAuthorityController()
    it.put()
    await it.reconcile()
    const key = { name: 'signet', namespace }
    const stateful = it.world.find<StatefulSet>(ownedKinds.StatefulSet, key)
    it.world.put<StatefulSet>(ownedKinds.StatefulSet, { ...stateful, spec: { ...stateful?.spec, replicas: 3 } })
    it.world.calls.splice(0)
    await it.reconcile()
    expect(it.world.writes()).toEqual(['apply StatefulSet signet-system/signet'])
    expect(it.world.find(ownedKinds.StatefulSet, key)).toMatchObject({ spec: { replicas: 1 } })
  })

  it('of the roots rolls the pods, which tell them to everybody', async () => {
    const it = anAuthorityController()
    it.put()
    await it.reconcile()
    const annotations = () =>
      it.world.find<StatefulSet>(ownedKinds.StatefulSet, { name: 'signet', namespace })?.spec?.template?.metadata
    const before = annotations()
    const intermediate = it.secret('signet-intermediate')
    const roots = textOf(intermediate?.data?.['ca.crt']) + pemOf(aRoot(noon))
    it.world.put(secrets, {
      ...intermediate,
      metadata: { ...intermediate?.metadata, name: 'signet-intermediate' },
      data: { ...intermediate?.data, 'ca.crt': Buffer.from(roots, 'utf8').toString('base64') },
    })
    await it.reconcile()
    expect(it.authority()?.status?.roots).toHaveLength(2)
    expect(annotations()).not.toEqual(before)
  })

  it('of a Provisioner makes another configuration; an invalid one is left out', async () => {
    const it = anAuthorityController()
    it.put()
    await it.reconcile()
    const before = it.authority()?.status?.configGeneration
    const claims = { maxTLSCertDuration: '2160h', defaultTLSCertDuration: '24h' }
    it.world.put(provisioners, aProvisioner({ claims }))
    await it.reconcile()
    expect(it.authority()?.status?.configGeneration).not.toBe(before)
    it.world.put(provisioners, aProvisioner({ claims: { minTLSCertDuration: '100h' } }))
    await it.reconcile()
    expect(it.authority()?.status?.provisioners).toEqual([])
  })
})
