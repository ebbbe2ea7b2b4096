import { createHmac, generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { SignetError } from '../../../../src/core/errors.ts'
import { loadTextTemplates } from '../../../../src/core/templates/text-templates.ts'
import { describeForCaller } from '../../../../src/http/errors.ts'
import { aConfig, anAuthority, noon, someProvisioners } from '../../../builders/authority.ts'
import { aCsr } from '../../../builders/csr.ts'
import { ops, request, token } from '../jwk-harness.ts'

await loadTextTemplates()

const context = { requestId: 'r-1' }
const people = { id: 'p-1', name: 'people', kind: 'ENRICHING', url: 'https://hooks.test/people' }
const gate = { id: 'g-1', name: 'gate', kind: 'AUTHORIZING', url: 'https://hooks.test/gate' }

function withHooks(webhooks: readonly object[], x509?: object) {
  const provisioner = { ...ops, options: { ...(x509 && { x509 }), webhooks } }
  return anAuthority(aConfig({ provisioners: someProvisioners(provisioner) }))
}
type Body = Readonly<Record<string, Readonly<Record<string, unknown>>>>
const bodyOf = (call: { readonly body: string } | undefined): Body => JSON.parse(call?.body ?? '{}') as Body

describe('webhooks', () => {
  it('are asked with the request before the template, and with the certificate after it', async () => {
    const template = '{"subject": {"commonName": {{ toJson .Webhooks.people.team }}}, "sans": {{ toJson .SANs }}}'
    const { authority, webhooks, store } = withHooks([gate, people], { template })
    webhooks.answers.set(people.url, { allow: true, data: { team: 'red' } }).set(gate.url, { allow: true })
    const { chain } = await authority.signX509(request(), context)
    const commonName = { oid: '2.5.4.3', value: 'red' }
    expect(chain[0].subject.attributes).toEqual([commonName])
    expect(webhooks.calls.map(({ url }) => url.pathname)).toEqual(['/people', '/gate'])
    const [asked, judged] = webhooks.calls.map(bodyOf)
    expect(Object.keys(asked ?? {})).toEqual(['timestamp', 'x509CertificateRequest'])
    expect(asked).toMatchObject({
      timestamp: '2026-01-01T12:00:00.000Z',
      x509CertificateRequest: { version: 0, raw: expect.any(String) as string },
    })
    expect(Object.keys(judged ?? {})).toEqual(['timestamp', 'x509Certificate'])
    expect(judged?.['x509Certificate']).toMatchObject({
      subject: { commonName: 'red' },
      sans: [
        { type: 'dns', value: 'web.example.com' },
        { type: 'ip', value: '10.0.0.1' },
      ],
      notBefore: '2026-01-01T11:59:00Z',
      notAfter: '2026-01-02T12:00:00Z',
      raw: null,
    })
    expect(await store.find(chain[0].serial)).toBeDefined()
  })

  it('are told who signed with which key, and which request it is', async () => {
    const signet = { secret: 'c2VjcmV0', bearerToken: 'b' }
    const { authority, webhooks } = withHooks([
      { ...gate, signet },
      { ...gate, id: '', disableTLSClientAuth: true },
    ])
    webhooks.answers.set(gate.url, { allow: true })
    await authority.signX509(request(), context)
    const [first, second] = webhooks.calls
    const hmac = (key: string, body = '') => createHmac('sha256', key).update(body).digest('hex')
    expect(first?.headers).toEqual({
      'X-Request-Id': 'r-1',
      'X-Smallstep-Signature': hmac('secret', first?.body),
      'X-Smallstep-Webhook-Id': 'g-1',
      Authorization: 'Bearer b',
    })
    expect(second?.headers).toEqual({
      'X-Request-Id': 'r-1',
      'X-Smallstep-Signature': hmac('', second?.body),
      'X-Smallstep-Webhook-Id': '',
    })
    expect([first?.showCertificate, second?.showCertificate]).toEqual([true, false])
  })

  it('are told the kind of the key, and nothing else for one that Go does not know', async () => {
    const keys = [
      ['ECDSA', generateKeyPairSync('ec', { namedCurve: 'P-384' })],
      ['RSA', generateKeyPairSync('rsa', { modulusLength: 2048 })],
      ['Ed25519', generateKeyPairSync('ed25519')],
      ['ML-DSA-44', generateKeyPairSync('ml-dsa-44')],
    ] as const
    for (const [publicKeyAlgorithm, { privateKey }] of keys) {
      const provisioners = someProvisioners({ ...ops, options: { webhooks: [people, gate] } })
      const { authority, webhooks } = anAuthority(aConfig({ provisioners, mlDsa: true }))
      webhooks.answers.set(people.url, { allow: true }).set(gate.url, { allow: true })
      await authority.signX509(request({ csr: aCsr({ privateKey }) }), context)
      const told = webhooks.calls.map(bodyOf)
      expect(told[0]?.['x509CertificateRequest']).toMatchObject({ publicKeyAlgorithm })
      expect(told[1]?.['x509Certificate']).toMatchObject({ publicKeyAlgorithm })
    }
  })

  it('log in with a name and a password', async () => {
    const basicAuth = { username: 'ca', password: 'p:w' }
    const { authority, webhooks } = withHooks([{ ...gate, signet: { basicAuth } }])
    webhooks.answers.set(gate.url, { allow: true })
    await authority.signX509(request(), context)
    expect(webhooks.calls[0]?.headers['Authorization']).toBe(`Basic ${Buffer.from('ca:p:w').toString('base64')}`)
  })

  it('never get the token', async () => {
    const { authority, webhooks } = withHooks([people, gate])
    webhooks.answers.set(people.url, { allow: true }).set(gate.url, { allow: true })
    const asked = request()
    await authority.signX509(asked, context)
    for (const { body, url, headers } of webhooks.calls) {
      expect(`${body}${url.href}${JSON.stringify(headers)}`).not.toContain(asked.token.split('.')[2])
    }
  })

  it('are found at a URL that knows what the others gave', async () => {
    const url = 'https://hooks.test/{{ .Webhooks.people.team }}/{{ .Token.sub }}'
    const { authority, webhooks } = withHooks([people, { ...gate, url }])
    webhooks.answers.set(people.url, { allow: true, data: { team: 'red' } })
    webhooks.answers.set('https://hooks.test/red/web.example.com', { allow: true })
    await authority.signX509(request(), context)
    expect(webhooks.calls).toHaveLength(2)
  })

  it('are not asked about renewals, nor about other kinds of certificates', async () => {
    const { authority, webhooks } = withHooks([
      { ...people, certType: 'SSH' },
      { ...people, kind: 'SCEPCHALLENGE' },
      { ...people, kind: 'NOTIFYING' },
      { ...gate, certType: 'x509' },
    ])
    webhooks.answers.set(gate.url, { allow: true })
    const { chain } = await authority.signX509(request(), context)
    await authority.renewX509([chain[0].der], context)
    expect(webhooks.calls.map(({ url }) => url.href)).toEqual([gate.url])
  })

  it('are seen in events and in the line of the request', async () => {
    const { authority, webhooks, events } = withHooks([people, gate])
    webhooks.answers.set(people.url, { allow: true })
    const noted: Record<string, unknown> = {}
    const note = (details: object) => void Object.assign(noted, details)
    await expect(authority.signX509(request(), { ...context, note })).rejects.toThrow('webhook "gate"')
    const call = { provisioner: 'ops', seconds: 0 }
    expect(events.webhookCalls).toEqual([
      { ...call, webhook: 'people', outcome: 'allowed' },
      { ...call, webhook: 'gate', outcome: 'failed' },
    ])
    expect(noted).toEqual({
      webhooks: [
        { name: 'people', kind: 'ENRICHING', outcome: 'allowed', seconds: 0 },
        { name: 'gate', kind: 'AUTHORIZING', outcome: 'failed', seconds: 0 },
      ],
    })
  })

  it('may take their time: the life of the certificate begins when they have answered', async () => {
    const { authority, webhooks, clock } = withHooks([people])
    webhooks.answers.set(people.url, { allow: true })
    webhooks.beforeAnswer = () => clock.advance(9000)
    const { chain } = await authority.signX509(request(), context)
    expect(chain[0].notBefore).toBe(noon + 9000 - 60_000)
  })
})

const denied = 'webhook server did not allow request'
const unusable = (name: string) => `webhook "${name}" gave no usable answer`

describe('a webhook that does not clearly allow it ends the request, and nothing is spent or stored', () => {
  it.each<[string, unknown, string, string]>([
    ['says no', { allow: false }, 'Denied', denied],
    ['says nothing', {}, 'Denied', denied],
    ['says null', { allow: null }, 'Denied', denied],
    ['says why', { allow: false, error: { code: 'E1', message: 'not today' } }, 'Denied', 'not today (E1)'],
    ['says why in other letters', { ERROR: { Code: 'E1', MESSAGE: 'no' } }, 'Denied', 'no (E1)'],
    ['has an empty error', { allow: false, error: {} }, 'Denied', ' ()'],
    ['says too much', { error: { message: 'x'.repeat(5000) } }, 'Denied', 'x'.repeat(1024)],
    ['says yes as a text', { allow: 'true' }, 'Failed', 'unusable'],
    ['says yes as a number', { allow: 1 }, 'Failed', 'unusable'],
    ['says a list', '[{"allow":true}]', 'Failed', 'unusable'],
    ['says no JSON', '{"allow":true', 'Failed', 'unusable'],
    ['says more than JSON', '{"allow":true} {}', 'Failed', 'unusable'],
    ['says nothing at all', '', 'Failed', 'unusable'],
    ['says it very deeply', `{"allow":true,"data":${'['.repeat(501)}${']'.repeat(501)}}`, 'Failed', 'unusable'],
    ['has a faulty error', { allow: true, error: 1 }, 'Failed', 'unusable'],
    ['redirects', 307, 'Failed', 'Webhook server responded with 307'],
    ['does not know us', 401, 'Failed', 'Webhook server responded with 401'],
    ['is busy', 503, 'Failed', 'Webhook server responded with 503'],
    ['does not answer', new SignetError('unavailable', 'no answer within 10 s'), 'Failed', 'unusable'],
  ])('%s', async (_, answer, outcome, text) => {
    for (const hook of [people, gate]) {
      const { authority, webhooks, store, events } = withHooks([hook])
      webhooks.answers.set(hook.url, answer)
      const message = text === 'unusable' ? unusable(hook.name) : text
      const kind = hook === people ? 'Enriching' : 'Authorizing'
      const asked = request()
      const error: unknown = await authority.signX509(asked, context).catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ code: 'forbidden', message, reason: `${kind}Webhook${outcome}` })
      // As step-ca: of what authorizing ones say the caller hears nothing.
      const shown = hook === people ? message : 'error creating certificate'
      expect(describeForCaller(error as SignetError)).toEqual({
        status: 403,
        message: `The request was forbidden by the certificate authority: ${shown}.`,
      })
      expect(events.webhookCalls).toMatchObject([{ outcome: outcome.toLowerCase() }])
      expect(await store.find('1')).toBeUndefined()
      // The same token once more, when the hook has changed its mind.
      webhooks.answers.set(hook.url, { allow: true })
      await authority.signX509(asked, context)
    }
  })

  it('nor is the next one asked', async () => {
    const { authority, webhooks } = withHooks([people, { ...people, name: 'other' }, gate])
    webhooks.answers.set(people.url, { allow: false })
    await expect(authority.signX509(request(), context)).rejects.toMatchObject({ message: denied })
    expect(webhooks.calls).toHaveLength(1)
  })

  it.each([
    ['leads elsewhere', '..', 'it gives no usable URL'],
    [
      'would be another by what the caller says',
      'a?may=yes',
      'at <{{.Token.path}}>: what is filled in has "?", which has a meaning in the path of a URL: end the action with | urlquery',
    ],
  ])('where its URL %s', async (_, path, why) => {
    const { authority, webhooks } = withHooks([{ ...people, url: 'https://hooks.test/a/{{ .Token.path }}' }])
    const asked = request({ token: token({ path }) })
    await expect(authority.signX509(asked, context)).rejects.toMatchObject({
      code: 'forbidden',
      message: unusable('people'),
      cause: { message: expect.stringContaining(why) as string },
    })
    expect(webhooks.calls).toEqual([])
  })

  it('where its URL cannot be made', async () => {
    const { authority, webhooks } = withHooks([{ ...people, url: 'https://hooks.test/{{ .Token.iss.x }}' }])
    await expect(authority.signX509(request(), context)).rejects.toMatchObject({
      code: 'forbidden',
      message: unusable('people'),
      cause: { message: expect.stringContaining("at <.Token.iss.x>: can't evaluate field x") as string },
    })
    expect(webhooks.calls).toEqual([])
  })

  it('but what was wrong with the request itself is said before anybody is asked', async () => {
    const { authority, webhooks } = withHooks([people, gate])
    const wrong = request({ csr: aCsr({ sans: ['elsewhere.example.com'] }) })
    await expect(authority.signX509(wrong, context)).rejects.toMatchObject({ reason: 'NameNotAllowed' })
    await expect(authority.signX509(request({ token: 'x' }), context)).rejects.toMatchObject({ code: 'unauthorized' })
    expect(webhooks.calls).toEqual([])
  })

  it('and nobody is told a secret', async () => {
    const signet = { secret: 'c2VjcmV0c2VjcmV0', basicAuth: { username: 'ca', password: 'hunter2' } }
    const { authority, events } = withHooks([{ ...gate, signet }])
    const error: unknown = await authority.signX509(request(), context).catch((thrown: unknown) => thrown)
    const told = JSON.stringify([
      events,
      String(error),
      (error as Error).cause,
      authority.config().provisioners[0]?.json,
    ])
    for (const secret of ['c2VjcmV0c2VjcmV0', 'secretsecret', 'hunter2']) expect(told).not.toContain(secret)
  })
})
