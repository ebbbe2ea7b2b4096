import { describe, expect, it } from 'vitest'
import { SignetError } from '../../../src/core/errors.ts'
import { applyPatch } from '../../builders/apply-patch.ts'
import { anAdmitter } from '../../builders/decision.ts'
import { aPod, annotated, aReview, type PodManifest } from '../../builders/pod.ts'

const uid = '7a1c0c2e-1111-4222-8333-944445555666'
const named = annotated({ 'signet.dev/name': 'web.shop.svc' })

const envelope = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' }

describe('admit', () => {
  it('answers with a patch in base64 that injects', async () => {
    const { admit, log, metrics } = anAdmitter()
    const pod = aPod(named)
    const { response, ...rest } = await admit(aReview(pod))
    expect(rest).toEqual(envelope)
    expect(response).toEqual({ uid, allowed: true, patchType: 'JSONPatch', patch: expect.any(String) as string })
    const patch = JSON.parse(Buffer.from(response.patch ?? '', 'base64').toString()) as Parameters<typeof applyPatch>[1]
    const injected = applyPatch(pod, patch) as PodManifest & { spec: { initContainers: { name: string }[] } }
    expect(injected.spec.initContainers.map(({ name }) => name)).toEqual(['signet-bootstrap', 'signet-renew'])
    expect(log.lines).toEqual([
      {
        level: 'info',
        message: 'review',
        fields: { uid, namespace: 'shop', pod: 'web-5d7c-', outcome: 'injected' },
      },
    ])
    expect([...metrics.values]).toEqual([
      ['signet_webhook_reviews_total{outcome="injected"}', 1],
      ['signet_webhook_review_duration_seconds{}', 1],
    ])
  })

  it('answers a dry run like any other', async () => {
    const { admit } = anAdmitter()
    const wet = await admit(aReview(aPod(named)))
    expect(await admit(aReview(aPod(named), { dryRun: true }))).toEqual(wet)
  })

  it.each([
    ['nothing to do', aReview(aPod()), 'no annotation asks for a certificate'],
    ['another operation', aReview(aPod(named), { operation: 'UPDATE' }), 'not the creation of a pod'],
    [
      'another resource',
      aReview(aPod(named), { resource: { group: 'apps', version: 'v1', resource: 'deployments' } }),
      'not the creation of a pod',
    ],
    ['a subresource', aReview(aPod(named), { subResource: 'ephemeralcontainers' }), 'not the creation of a pod'],
  ])('allows without a patch: %s', async (_, review, why) => {
    const { admit, log } = anAdmitter()
    expect(await admit(review)).toEqual({ ...envelope, response: { uid, allowed: true } })
    expect(log.lines[0]?.fields).toMatchObject({ outcome: 'left', why })
  })

  it('warns where something half asks for a certificate', async () => {
    const { response } = await anAdmitter().admit(aReview(aPod(annotated({ 'autocert.step.sm/sans': 'a' }))))
    expect(response.warnings).toEqual(['autocert.step.sm/name is not set, so no certificate is injected'])
  })

  it.each([
    ['signet.dev/nmae', 'x', 422, 'Invalid', /^annotation signet.dev\/nmae is not known/],
    ['signet.dev/name', 'a.b', 403, 'Forbidden', /^DNS name "a.b" is not allowed by rule default$/],
    ['signet.dev/authority', 'b', 503, 'ServiceUnavailable', /^there is no Authority "b"/],
  ])('refuses %s=%s with %i', async (key, value, code, reason, message) => {
    const { admit, log } = anAdmitter()
    const { response } = await admit(aReview(aPod(annotated({ [key]: value }))))
    expect(response).toEqual({
      uid,
      allowed: false,
      status: { code, reason, message: expect.stringMatching(message) as string },
    })
    expect(log.lines[0]?.fields).toMatchObject({ outcome: 'refused', why: response.status?.message })
  })

  it('refuses a pod that it cannot read', async () => {
    const { response } = await anAdmitter().admit(aReview({ metadata: {}, spec: { containers: [{}] } }))
    expect(response.status).toEqual({
      code: 422,
      reason: 'Invalid',
      message: 'pod.spec.containers.0 must have required properties name',
    })
  })

  it('asks for a namespace that no watch has told of', async () => {
    const { admit, fetched } = anAdmitter({
      policy: { policies: () => [], ready: () => true, namespaceLabels: () => undefined },
    })
    const { response } = await admit(aReview(aPod(named)))
    expect(response.status?.message).toBe('namespace "shop" is not known yet: try again')
    expect(fetched).toEqual(['shop'])
  })

  it('takes the labels that the API server then gives', async () => {
    const { admit } = anAdmitter({
      policy: { policies: () => [], ready: () => true, namespaceLabels: () => undefined },
      fetchNamespaceLabels: () => Promise.resolve({}),
    })
    expect((await admit(aReview(aPod(named)))).response.allowed).toBe(true)
  })

  it.each([
    ['policies', { policy: { policies: () => [], ready: () => false, namespaceLabels: () => ({}) } }],
    ['Authorities', { ready: () => false }],
  ])('refuses every pod before it has read %s', async (_, changes) => {
    const { response } = await anAdmitter(changes).admit(aReview(aPod(named)))
    expect(response.status?.message).toBe('signet has not read policies and Authorities yet: try again')
  })

  it('refuses with a fixed text, and logs the fault, where something unexpected happens', async () => {
    const fault = new TypeError('secret detail')
    const { admit, log } = anAdmitter({
      fetchNamespaceLabels: () => Promise.reject(fault),
      authority: () => {
        throw fault
      },
    })
    const { response } = await admit(aReview(aPod(named)))
    expect(response.status).toEqual({
      code: 500,
      reason: 'InternalError',
      message: 'signet failed to decide about this pod: see the log of signet-webhook',
    })
    expect(log.lines[0]).toEqual({ level: 'error', message: 'review failed', fields: { err: fault } })
  })

  it.each([
    ['nothing', undefined],
    ['a text', 'x'],
    ['a list', []],
    ['v1beta1', { ...aReview(aPod()), apiVersion: 'admission.k8s.io/v1beta1' }],
    ['another kind', { ...aReview(aPod()), kind: 'Pod' }],
    ['no request', envelope],
    ['no uid', { ...envelope, request: { operation: 'CREATE' } }],
    ['an empty uid', aReview(aPod(), { uid: '' })],
  ])('fails for %s', async (_, body) => {
    await expect(anAdmitter().admit(body)).rejects.toThrow(
      new SignetError('malformed', 'body is not an AdmissionReview of admission.k8s.io/v1'),
    )
  })
})
