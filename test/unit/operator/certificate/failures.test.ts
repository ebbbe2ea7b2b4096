import { describe, expect, it } from 'vitest'
import { SignetError } from '../../../../src/core/errors.ts'
import { authorities, certificates } from '../../../../src/core/resources/index.ts'
import { secrets } from '../../../../src/operator/kinds.ts'
import { anAuthorityObject } from '../../../builders/resources.ts'
import { aCertificateController, conditionsOf } from './harness.ts'

const hour = 3_600_000
const minute = 60_000

type Controller = ReturnType<typeof aCertificateController>

/** What a webhook of somebody else does that lets no annotation of ours pass. */
function stripAnnotations(it: Controller): void {
  const secret = it.secret()
  it.world.put(secrets, { ...secret, metadata: { ...secret?.metadata, name: 'web-tls', annotations: {} } })
}

describe('a status that cannot be written', () => {
  const outage = () => new SignetError('unavailable', 'the Kubernetes API server did not answer')

  it('costs no revision and repeats no Event', async () => {
    const it = aCertificateController()
    it.put()
    it.world.failNext('apply Certificate/status', outage())
    it.world.failNext('apply Certificate/status', outage())
    await expect(it.reconcile()).rejects.toMatchObject({ code: 'unavailable' })
    stripAnnotations(it)
    await expect(it.reconcile()).rejects.toMatchObject({ code: 'unavailable' })
    await it.reconcile()
    expect(it.ca.calls).toEqual(['sign', 'sign'])
    expect(it.certificate()?.status?.revision).toBe(2)
    await it.reconcile()
    expect(it.events.map(({ reason }) => reason)).toEqual(['Issued'])
  })

  it('does not keep a later failure from being told', async () => {
    const it = aCertificateController()
    it.put()
    it.world.failNext('apply Certificate/status', outage())
    await expect(it.reconcile()).rejects.toMatchObject({ code: 'unavailable' })
    it.put({ dnsNames: ['api.other.svc'] })
    it.ca.failures.push({ call: 'sign', error: new SignetError('forbidden', 'the authority answered 403') })
    await it.reconcile()
    expect(it.certificate()?.status?.revision).toBe(1)
    expect(it.events.map(({ type, reason }) => `${type} ${reason}`)).toEqual([
      'Normal Issued',
      'Warning NotAllowed',
      'Warning NotAllowed',
    ])
  })

  it.each(['malformed', 'forbidden'] as const)('and never will be (%s) does not keep Events back', async (code) => {
    const it = aCertificateController()
    it.put()
    const never = new SignetError(code, 'Certificate "web" is invalid: status.notAfter')
    for (let count = 0; count < 2; count += 1) {
      it.world.failNext('apply Certificate/status', never)
      await expect(it.reconcile()).rejects.toBe(never)
    }
    await it.reconcile()
    expect(it.events.map(({ reason }) => reason)).toEqual(['Issued'])
  })

  it('of a Certificate made again meanwhile says nothing of that one', async () => {
    const it = aCertificateController()
    it.put()
    it.world.failNext('apply Certificate/status', outage())
    await expect(it.reconcile()).rejects.toMatchObject({ code: 'unavailable' })
    it.world.remove(certificates, { namespace: 'shop', name: 'web' })
    it.world.remove(secrets, { namespace: 'shop', name: 'web-tls' })
    it.put({}, { uid: 'uid-again' })
    await it.reconcile()
    expect(it.certificate()?.status?.revision).toBe(1)
    expect(it.events).toHaveLength(1)
  })
})

describe('Events of renewals', () => {
  it('are equal, so that those in quick succession become one with a count', async () => {
    const it = aCertificateController()
    it.put()
    await it.reconcile()
    for (let count = 0; count < 2; count += 1) {
      it.advance(20 * hour)
      await it.reconcile()
    }
    const [, first, second] = it.events
    expect(first).toMatchObject({ reason: 'Issued', note: 'a certificate was issued (Renewing: its renewal was due)' })
    expect(second?.note).toBe(first?.note)
    expect(second?.reason).toBe(first?.reason)
  })
})

describe('a Secret that needs another certificate each time that it was written', () => {
  it('gets a few at once and then fewer and fewer', async () => {
    const it = aCertificateController()
    it.put()
    for (let second = 0; second < 600; second += 1) {
      await it.reconcile()
      stripAnnotations(it)
      it.advance(1000)
    }
    expect(it.ca.calls).toHaveLength(5 + 5)
    expect(it.certificate()?.status?.conditions).toMatchObject([
      { type: 'Ready', status: 'False' },
      {
        type: 'Issuing',
        status: 'True',
        reason: 'IssuedTooOften',
        message: 'Secret "web-tls" needs another certificate each time that it was written: who else changes it?',
      },
    ])
  })

  it('gets one at once again when it was left alone for long', async () => {
    const it = aCertificateController()
    it.put()
    for (let count = 0; count < 7; count += 1) {
      await it.reconcile()
      stripAnnotations(it)
    }
    expect(it.ca.calls).toHaveLength(5)
    it.advance(10_000)
    expect(await it.reconcile()).toBeGreaterThan(0)
    expect(it.ca.calls).toHaveLength(6)
    it.advance(hour)
    for (let count = 0; count < 5; count += 1) {
      stripAnnotations(it)
      await it.reconcile()
    }
    expect(it.ca.calls).toHaveLength(11)
  })
})

describe('a failure of the API server', () => {
  const error = new SignetError('forbidden', 'serviceaccounts "signet-operator" is forbidden')

  it('is no refusal by the authority', async () => {
    const it = aCertificateController()
    it.put()
    it.world.failNext('POST ', error)
    expect(await it.reconcile()).toBe(500)
    expect(it.certificate()?.status).toMatchObject({
      conditions: [
        { type: 'Ready', status: 'False', reason: 'KubernetesUnavailable' },
        {
          type: 'Issuing',
          status: 'True',
          reason: 'KubernetesUnavailable',
          message: 'the Kubernetes API server: serviceaccounts "signet-operator" is forbidden: trying again',
        },
      ],
    })
    expect(it.certificate()?.status?.failedIssuanceAttempts).toBeUndefined()
    await it.reconcile()
    expect(conditionsOf(it.certificate())).toEqual(['Ready=True Ready'])
  })

  it.each([
    { code: 'forbidden', message: 'exceeded quota: secrets', again: minute },
    { code: 'unavailable', message: 'failed calling webhook', again: 500 },
  ] as const)('to write the Secret ($code) costs no second certificate', async ({ code, message, again }) => {
    const it = aCertificateController()
    it.put()
    it.world.failNext('create Secret', new SignetError(code, message))
    expect(await it.reconcile()).toBe(again)
    expect(it.certificate()?.status?.conditions?.[1]).toMatchObject({
      reason: 'SecretNotWritten',
      message: `Secret "web-tls": ${message}`,
    })
    it.advance(again)
    await it.reconcile()
    expect(conditionsOf(it.certificate())).toEqual(['Ready=True Ready'])
    expect(it.ca.calls).toEqual(['sign'])
  })

  it('to write the Secret does not keep what another spec asked for', async () => {
    const it = aCertificateController()
    it.put()
    it.world.failNext('create Secret', new SignetError('forbidden', 'exceeded quota: secrets'))
    await it.reconcile()
    it.put({ dnsNames: ['api.shop.svc'] })
    await it.reconcile()
    expect(conditionsOf(it.certificate())).toEqual(['Ready=True Ready'])
    expect(it.ca.calls).toEqual(['sign', 'sign'])
  })

  it('to mend the Secret is told', async () => {
    const it = aCertificateController()
    it.put()
    await it.reconcile()
    it.put({ secretTemplate: { labels: { team: 'a b' } } })
    it.world.failNext('apply Secret', new SignetError('malformed', 'Secret "web-tls" is invalid: metadata.labels'))
    expect(await it.reconcile()).toBe(minute)
    expect(it.certificate()?.status?.conditions).toMatchObject([
      { type: 'Ready', status: 'True' },
      {
        type: 'Issuing',
        status: 'False',
        reason: 'SecretNotWritten',
        message: 'Secret "web-tls": Secret "web-tls" is invalid: metadata.labels',
      },
    ])
    expect(it.certificate()?.status?.revision).toBe(1)
  })
})

describe('an answer of the authority that passes', () => {
  const unauthorized = () => new SignetError('unauthorized', 'the authority answered 401')
  const refuseTokens = (it: Controller) => {
    it.put()
    for (const error of [unauthorized(), unauthorized()]) it.ca.failures.push({ call: 'sign', error })
  }

  it('is a token that is not accepted while the operator has just begun or ends', async () => {
    const it = aCertificateController()
    it.operator.settled = false
    refuseTokens(it)
    expect(await it.reconcile()).toBe(500)
    expect(it.certificate()?.status?.failedIssuanceAttempts).toBeUndefined()
    expect(conditionsOf(it.certificate())[1]).toBe('Issuing=True AuthorityUnavailable')
  })

  it('is none where the operator has worked for long', async () => {
    const it = aCertificateController()
    refuseTokens(it)
    expect(await it.reconcile()).toBe(minute)
    expect(conditionsOf(it.certificate())[1]).toBe('Issuing=False NotAccepted')
  })

  it('is a certificate of another intermediate than the Authority shows', async () => {
    const it = aCertificateController()
    const shown = anAuthorityObject(it.ca)
    const intermediate = { sha256: 'ab'.repeat(32), notAfter: '2036-01-01T00:00:00Z' }
    it.world.put(authorities, { ...shown, status: { ...shown.status, intermediate } })
    it.put()
    expect(await it.reconcile()).toBe(500)
    expect(conditionsOf(it.certificate())).toEqual([
      'Ready=False AuthorityUnavailable',
      'Issuing=True AuthorityUnavailable',
    ])
    it.world.put(authorities, shown)
    await it.reconcile()
    expect(conditionsOf(it.certificate())).toEqual(['Ready=True Ready'])
  })
})
