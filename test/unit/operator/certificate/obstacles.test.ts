import { describe, expect, it } from 'vitest'
import { SignetError } from '../../../../src/core/errors.ts'
import { authorities, certificates, provisioners } from '../../../../src/core/resources/index.ts'
import { namespaces, secrets } from '../../../../src/operator/kinds.ts'
import { aCertificateController, conditionsOf, secretKey } from './harness.ts'

const day = 86_400_000

describe('an outage', () => {
  const down = new SignetError('unavailable', 'cannot reach the authority: connect ECONNREFUSED')

  it('is tried again within seconds, told once, and over when it is over', async () => {
    const it = aCertificateController()
    it.put()
    for (let count = 0; count < 6; count += 1) it.ca.failures.push({ call: 'sign', error: down })
    const waits: (number | undefined)[] = []
    for (let count = 0; count < 6; count += 1) waits.push(await it.reconcile())
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 8000])
    expect(it.world.writes()).toEqual(['apply Certificate/status shop/web'])
    expect(conditionsOf(it.certificate())).toEqual([
      'Ready=False AuthorityUnavailable',
      'Issuing=True AuthorityUnavailable',
    ])
    expect(it.events.map(({ reason }) => reason)).toEqual(['AuthorityUnavailable', 'AuthorityUnavailable'])
    await it.reconcile()
    expect(conditionsOf(it.certificate())).toEqual(['Ready=True Ready'])
  })

  it('leaves a valid certificate Ready', async () => {
    const it = aCertificateController()
    it.put()
    await it.reconcile()
    it.advance(0.67 * day)
    it.ca.failures.push({ call: 'sign', error: down })
    await it.reconcile()
    expect(conditionsOf(it.certificate())).toEqual(['Ready=True Ready', 'Issuing=True AuthorityUnavailable'])
  })

  it('of the API server is left to the queue', async () => {
    const it = aCertificateController()
    it.put()
    const error = new SignetError('unavailable', 'the Kubernetes API server did not answer')
    it.world.failNext('get Secret', error)
    await expect(it.reconcile()).rejects.toBe(error)
  })

  it('of a token is mended by a fresh one', async () => {
    const it = aCertificateController()
    it.put()
    it.ca.failures.push({ call: 'sign', error: new SignetError('unauthorized', 'the authority answered 401') })
    await it.reconcile()
    expect(conditionsOf(it.certificate())).toEqual(['Ready=True Ready'])
    expect(it.world.calls.filter((call) => call.startsWith('POST'))).toHaveLength(2)
  })
})

describe('a refusal', () => {
  const refusal = () =>
    new SignetError('forbidden', 'the authority answered 403: DNS name "api.other.svc" is not allowed', {
      requestId: 'id-1',
    })

  it('is told, counted, and not repeated for minutes', async () => {
    const it = aCertificateController()
    it.put({ dnsNames: ['api.other.svc'] })
    it.ca.failures.push({ call: 'sign', error: refusal() }, { call: 'sign', error: refusal() })
    expect(await it.reconcile()).toBe(60_000)
    expect(it.certificate()?.status).toMatchObject({
      failedIssuanceAttempts: 1,
      lastFailureTime: '2026-01-01T12:00:00Z',
      nextAttemptTime: '2026-01-01T12:01:00Z',
    })
    const message = 'the authority answered 403: DNS name "api.other.svc" is not allowed (request id-1)'
    expect(it.certificate()?.status?.conditions).toMatchObject([
      { type: 'Ready', status: 'False', reason: 'NotAllowed', message },
      { type: 'Issuing', status: 'False', reason: 'NotAllowed', message },
    ])
    it.takeCalls()
    it.advance(30_000)
    expect(await it.reconcile()).toBe(30_000)
    expect(it.world.writes()).toEqual([])
    expect(it.ca.calls).toEqual(['sign'])
    it.advance(30_000)
    expect(await it.reconcile()).toBe(120_000)
    expect(it.certificate()?.status?.failedIssuanceAttempts).toBe(2)
    it.advance(120_000)
    await it.reconcile()
    expect(conditionsOf(it.certificate())).toEqual(['Ready=True Ready'])
    expect(it.certificate()?.status?.failedIssuanceAttempts).toBeUndefined()
  })

  it('of the Secret by the API server is told and not repeated', async () => {
    const it = aCertificateController()
    it.put()
    it.world.failNext('create Secret', new SignetError('forbidden', 'exceeded quota: secrets'))
    expect(await it.reconcile()).toBe(60_000)
    expect(it.certificate()?.status?.conditions?.[1]).toMatchObject({
      type: 'Issuing',
      status: 'False',
      reason: 'SecretNotWritten',
      message: 'Secret "web-tls": exceeded quota: secrets',
    })
  })

  it('is not asked for where the spec cannot be fulfilled', async () => {
    const it = aCertificateController()
    it.put({ ipAddresses: ['300.1.1.1'] })
    await it.reconcile()
    expect(it.certificate()?.status?.conditions?.[0]).toMatchObject({
      type: 'Ready',
      status: 'False',
      reason: 'InvalidSpec',
      message: 'spec.ipAddresses[0] is not valid: "300.1.1.1" is not an IP address',
    })
    expect(it.ca.calls).toEqual([])
  })

  it('ends with the spec that was refused', async () => {
    const it = aCertificateController()
    it.put({ dnsNames: ['api.other.svc'] })
    it.ca.failures.push({ call: 'sign', error: refusal() })
    await it.reconcile()
    it.put({ dnsNames: ['api.shop.svc'] })
    await it.reconcile()
    expect(conditionsOf(it.certificate())).toEqual(['Ready=True Ready'])
  })

  it('does not hold for longer because a clock was set back', async () => {
    const it = aCertificateController()
    it.put({ dnsNames: ['api.other.svc'] })
    it.ca.failures.push({ call: 'sign', error: refusal() })
    await it.reconcile()
    it.advance(-2 * 3_600_000)
    await it.reconcile()
    expect(conditionsOf(it.certificate())).toEqual(['Ready=True Ready'])
  })

  it('is asked about again a little later when a policy changed, whatever else wakes it before', async () => {
    const it = aCertificateController()
    it.put({ dnsNames: ['api.other.svc'] })
    it.ca.failures.push({ call: 'sign', error: refusal() })
    await it.reconcile()
    it.controller.insist({ namespace: 'shop', name: 'web' }, 2000)
    expect(await it.reconcile()).toBe(2000)
    expect(it.ca.calls).toHaveLength(1)
    it.advance(2000)
    await it.reconcile()
    expect(conditionsOf(it.certificate())).toEqual(['Ready=True Ready'])
  })
})

describe('the Secret of somebody else', () => {
  it('is left alone where nobody knows whose it is', async () => {
    const it = aCertificateController()
    it.world.put(secrets, { metadata: { ...secretKey }, type: 'Opaque', data: { password: 'c2VjcmV0' } })
    it.put()
    expect(await it.reconcile()).toBe(60_000)
    expect(it.certificate()?.status?.conditions?.[0]).toMatchObject({
      status: 'False',
      reason: 'SecretConflict',
      message: 'Secret "web-tls" was not made by Signet: delete it or choose another secretName',
    })
    expect(it.secret()?.data).toEqual({ password: 'c2VjcmV0' })
    expect(it.ca.calls).toEqual([])
  })

  it('is left alone where it was made for another Certificate', async () => {
    const it = aCertificateController()
    it.put()
    await it.reconcile()
    const secret = it.secret()
    it.world.remove(certificates, { namespace: 'shop', name: 'web' })
    it.world.put(secrets, { ...secret, metadata: { ...secret?.metadata, name: 'web-tls', ownerReferences: [] } })
    it.put({}, { uid: 'uid-second' })
    await it.reconcile()
    expect(it.certificate()?.status?.conditions?.[0]?.message).toBe(
      'Secret "web-tls" was made for another Certificate, "web": delete it or choose another secretName',
    )
  })

  it('is left alone where something else owns it', async () => {
    const it = aCertificateController()
    const ownerReferences = [{ apiVersion: 'v1', kind: 'Thing', name: 'x', uid: 'uid-x', controller: true }]
    const labels = { 'signet.dev/certificate-uid': 'uid-web' }
    it.world.put(secrets, { metadata: { ...secretKey, ownerReferences, labels } })
    it.put()
    await it.reconcile()
    expect(it.certificate()?.status?.conditions?.[0]?.message).toBe('Secret "web-tls" belongs to Thing "x"')
  })

  it('that comes between look and write is not taken over', async () => {
    const it = aCertificateController()
    it.put()
    it.world.failNext('create Secret', new SignetError('conflict', 'secrets "web-tls" already exists'))
    await expect(it.reconcile()).rejects.toThrow('secrets "web-tls" already exists')
    expect(it.secret()).toBeUndefined()
  })

  it('goes to the older of two Certificates', async () => {
    const it = aCertificateController()
    it.put({}, { name: 'web' })
    it.put({}, { name: 'younger', uid: 'uid-younger', creationTimestamp: '2026-01-01T11:00:00Z' })
    await it.reconcile('younger')
    const waiting = it.certificate('younger')
    await it.reconcile('web')
    expect(waiting?.status?.conditions?.[0]).toMatchObject({
      reason: 'SecretConflict',
      message: 'the older Certificate "web" writes Secret "web-tls"',
    })
    await it.reconcile('younger')
    expect(it.certificate('younger')?.status?.conditions?.[0]).toMatchObject({
      reason: 'SecretConflict',
      message: 'Secret "web-tls" belongs to Certificate "web"',
    })
    expect(conditionsOf(it.certificate('web'))).toEqual(['Ready=True Ready'])
  })
})

describe('without anybody to ask', () => {
  it('makes nothing in a namespace that is being deleted', async () => {
    const it = aCertificateController()
    it.put()
    await it.reconcile()
    it.world.put(namespaces, { metadata: { name: 'shop', deletionTimestamp: '2026-01-01T12:00:00Z' } })
    it.world.remove(secrets, secretKey)
    it.takeCalls()
    await it.reconcile()
    expect(it.takeCalls()).toEqual([])
  })

  it('waits for the Authority', async () => {
    const it = aCertificateController()
    it.world.remove(authorities, { name: 'signet' })
    it.put()
    await it.reconcile()
    expect(it.certificate()?.status?.conditions?.[0]).toMatchObject({
      reason: 'AuthorityNotReady',
      message: 'Authority "signet" does not exist or has no certificate yet',
    })
  })

  it('waits for a Provisioner that names the operator', async () => {
    const it = aCertificateController()
    it.world.remove(provisioners, { name: 'kubernetes' })
    it.put()
    await it.reconcile()
    expect(conditionsOf(it.certificate())).toEqual([
      'Ready=False ProvisionerNotReady',
      'Issuing=True ProvisionerNotReady',
    ])
  })

  it('forgets the metrics of a Certificate that is gone', async () => {
    const it = aCertificateController()
    it.put()
    await it.reconcile()
    it.world.remove(certificates, { namespace: 'shop', name: 'web' })
    expect(await it.reconcile()).toBeUndefined()
    expect(it.counted.slice(-3)).toEqual([
      'signet_certificate_ready_status shop/web removed',
      'signet_certificate_not_after_timestamp_seconds shop/web removed',
      'signet_certificate_renewal_timestamp_seconds shop/web removed',
    ])
  })
})
