import { describe, expect, it } from 'vitest'
import { authorities, certificates } from '../../../../src/core/resources/index.ts'
import { parseCertificates } from '../../../../src/core/x509/certificate.ts'
import { secrets } from '../../../../src/operator/kinds.ts'
import { anAuthorityObject } from '../../../builders/resources.ts'
import { aCertificateController, conditionsOf, noon, secretKey } from './harness.ts'

const textOf = (base64: string | undefined): string => Buffer.from(base64 ?? '', 'base64').toString('utf8')
const day = 86_400_000

describe('a new Certificate', () => {
  it('becomes a Secret and Ready with four calls', async () => {
    const it = aCertificateController()
    it.put()
    const again = await it.reconcile()
    expect(it.takeCalls()).toEqual([
      'get Secret shop/web-tls',
      'POST /api/v1/namespaces/signet-system/serviceaccounts/signet-operator/token',
      'create Secret shop/web-tls',
      'apply Certificate/status shop/web',
    ])
    const { data, type, metadata } = it.secret() ?? {}
    expect(type).toBe('kubernetes.io/tls')
    expect(Object.keys(data ?? {}).toSorted()).toEqual(['ca.crt', 'tls.crt', 'tls.key'])
    expect(textOf(data?.['ca.crt'])).toBe(it.ca.roots())
    expect(textOf(data?.['tls.key'])).toMatch(/^-----BEGIN EC PRIVATE KEY-----\n/)
    const [leaf, intermediate] = parseCertificates(textOf(data?.['tls.crt']))
    expect(leaf?.names.dns).toEqual(['web.shop.svc'])
    expect(intermediate?.fingerprint).toBe(it.ca.intermediate().fingerprint)
    expect(metadata?.labels).toEqual({ 'signet.dev/certificate-uid': 'uid-web' })
    expect(metadata?.annotations).toMatchObject({
      'signet.dev/certificate-name': 'web',
      'signet.dev/issued-at': '2026-01-01T12:00:00Z',
    })
    expect(metadata?.ownerReferences).toEqual([
      { apiVersion: 'signet.dev/v1', kind: 'Certificate', name: 'web', uid: 'uid-web', controller: true },
    ])
    const { status } = it.certificate() ?? {}
    expect(status).toMatchObject({
      observedGeneration: 1,
      notBefore: '2026-01-01T11:59:00Z',
      notAfter: '2026-01-02T12:00:00Z',
      revision: 1,
      serialNumber: leaf?.serial,
    })
    expect(status?.conditions).toEqual([
      {
        type: 'Ready',
        status: 'True',
        reason: 'Ready',
        message: 'the certificate is up to date and has not expired',
        observedGeneration: 1,
        lastTransitionTime: '2026-01-01T12:00:00Z',
      },
    ])
    const renewalTime = Date.parse(status?.renewalTime ?? '')
    expect(renewalTime).toBeGreaterThan(noon + 0.63 * day)
    expect(renewalTime).toBeLessThanOrEqual(noon + (2 / 3) * day)
    expect(again).toBe(renewalTime - noon)
    expect(it.events.map(({ type, reason, note }) => `${type} ${reason} ${note}`)).toEqual([
      'Normal Issued a certificate was issued (DoesNotExist: Secret "web-tls" does not exist)',
    ])
  })

  it('costs nothing at the second look', async () => {
    const it = aCertificateController()
    it.put()
    await it.reconcile()
    it.takeCalls()
    await it.reconcile()
    await it.reconcile()
    expect(it.takeCalls()).toEqual([])
    expect(it.ca.calls).toEqual(['sign'])
  })

  it('costs one read and no write after a restart of the operator', async () => {
    const it = aCertificateController()
    it.put()
    await it.reconcile()
    const restarted = aCertificateController()
    restarted.world.put(authorities, it.world.find(authorities, { name: 'signet' }) ?? anAuthorityObject(it.ca))
    restarted.world.put(secrets, it.secret() ?? {})
    restarted.world.put(certificates, it.certificate() ?? restarted.put())
    await restarted.reconcile()
    expect(restarted.takeCalls()).toEqual(['get Secret shop/web-tls'])
  })

  it('is not written back to an older status while the watch runs behind', async () => {
    const it = aCertificateController()
    it.put()
    it.world.holdWatches()
    await it.reconcile()
    it.takeCalls()
    await it.reconcile()
    expect(it.world.writes()).toEqual([])
    expect(it.ca.calls).toEqual(['sign'])
    it.world.releaseWatches()
    await it.reconcile()
    expect(it.world.writes()).toEqual([])
  })
})

describe('what makes a new certificate necessary', () => {
  const cases: { name: string; reason: string; change: (it: ReturnType<typeof aCertificateController>) => void }[] = [
    { name: 'the Secret deleted', reason: 'DoesNotExist', change: (it) => it.world.remove(secrets, secretKey) },
    {
      name: 'the key emptied',
      reason: 'MissingData',
      change: (it) => it.world.put(secrets, damaged(it, { 'tls.key': '' })),
    },
    {
      name: 'the key overwritten',
      reason: 'InvalidKeyPair',
      change: (it) => it.world.put(secrets, damaged(it, { 'tls.key': 'bm90IGEga2V5' })),
    },
    {
      name: 'the certificate overwritten',
      reason: 'InvalidCertificate',
      change: (it) => it.world.put(secrets, damaged(it, { 'tls.crt': 'bm90IGEgY2VydGlmaWNhdGU=' })),
    },
    { name: 'another DNS name', reason: 'SecretMismatch', change: (it) => it.put({ dnsNames: ['api.shop.svc'] }) },
    { name: 'another duration', reason: 'SecretMismatch', change: (it) => it.put({ duration: '48h' }) },
    {
      name: 'another kind of key',
      reason: 'SecretMismatch',
      change: (it) => it.put({ privateKey: { algorithm: 'Ed25519', rotationPolicy: 'Always' } }),
    },
    {
      name: 'another encoding',
      reason: 'SecretMismatch',
      change: (it) => it.put({ privateKey: { encoding: 'PKCS8', rotationPolicy: 'Always' } }),
    },
    {
      name: 'another intermediate',
      reason: 'IncorrectIssuer',
      change(it) {
        it.ca.rotate()
        it.world.put(authorities, anAuthorityObject(it.ca))
      },
    },
    { name: 'its renewal time', reason: 'Renewing', change: (it) => it.advance(0.67 * day) },
    { name: 'its end', reason: 'Expired', change: (it) => it.advance(2 * day) },
  ]
  it.each(cases)('$name: $reason', async ({ reason, change }) => {
    const it = aCertificateController()
    it.put()
    await it.reconcile()
    const before = it.certificate()?.status?.serialNumber
    change(it)
    it.takeCalls()
    await it.reconcile()
    expect(it.certificate()?.status?.serialNumber).not.toBe(before)
    expect(it.certificate()?.status?.revision).toBe(2)
    expect(conditionsOf(it.certificate())).toEqual(['Ready=True Ready'])
    expect(it.events.at(-1)?.note).toContain(`was issued (${reason}: `)
    it.takeCalls()
    await it.reconcile()
    expect(it.world.writes()).toEqual([])
  })
})

describe('what is written around the certificate', () => {
  it('follows secretTemplate without a new certificate, removals included', async () => {
    const it = aCertificateController()
    it.put({ secretTemplate: { labels: { team: 'a', tier: 'web' } } })
    await it.reconcile()
    expect(it.takeCalls()).toContain('patch Secret shop/web-tls')
    expect(it.secret()?.metadata.managedFields).toEqual([{ manager: 'signet-operator', operation: 'Apply' }])
    it.put({ secretTemplate: { labels: { team: 'b' } } })
    await it.reconcile()
    expect(it.secret()?.metadata.labels).toEqual({ team: 'b', 'signet.dev/certificate-uid': 'uid-web' })
    expect(it.ca.calls).toEqual(['sign'])
    expect(it.certificate()?.status?.observedGeneration).toBe(2)
  })

  it('is mended when someone takes our label away', async () => {
    const it = aCertificateController()
    it.put()
    await it.reconcile()
    const secret = it.secret()
    it.world.put(secrets, { ...secret, metadata: { ...secret?.metadata, name: 'web-tls', labels: {} } })
    await it.reconcile()
    expect(it.secret()?.metadata.labels).toEqual({ 'signet.dev/certificate-uid': 'uid-web' })
    expect(it.ca.calls).toEqual(['sign'])
  })
})

describe('the private key', () => {
  it('stays with rotationPolicy Never', async () => {
    const it = aCertificateController()
    it.put({ privateKey: { rotationPolicy: 'Never' } })
    await it.reconcile()
    const before = it.secret()?.data
    it.advance(0.67 * day)
    await it.reconcile()
    expect(it.secret()?.data?.['tls.key']).toBe(before?.['tls.key'])
    expect(it.secret()?.data?.['tls.crt']).not.toBe(before?.['tls.crt'])
  })

  it('is not replaced by another kind with rotationPolicy Never', async () => {
    const it = aCertificateController()
    it.put({ privateKey: { rotationPolicy: 'Never' } })
    await it.reconcile()
    it.put({ privateKey: { algorithm: 'Ed25519', rotationPolicy: 'Never' } })
    await it.reconcile()
    expect(it.certificate()?.status?.conditions?.[1]).toMatchObject({
      type: 'Issuing',
      status: 'False',
      reason: 'BadRequest',
      message:
        'spec.privateKey wants Ed25519, but rotationPolicy Never keeps the EC-P256 key in Secret "web-tls": delete the Secret, or set spec.privateKey.rotationPolicy to Always',
    })
  })
})

function damaged(it: ReturnType<typeof aCertificateController>, data: Record<string, string>) {
  const secret = it.secret()
  return { ...secret, data: { ...secret?.data, ...data } }
}
