import { createHmac, generateKeyPairSync, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { toBase64 } from '../../src/core/bytes.ts'
import { encodePem } from '../../src/core/pem.ts'
import { pemOf } from '../builders/ca-material.ts'
import { aCsr, sharedKey, type CsrOptions } from '../builders/csr.ts'
import { aToken } from '../builders/tokens.ts'
import { jwkOf, startWebhookServer, type WebhookRequest, type WebhookServer } from '../harness/webhook-server.ts'
import { contentOf } from './support/content-of.ts'
import { corp, credential, intermediate } from './support/credentials.ts'
import { seenOf, startPair, type Member, type Pair, type Seen } from './support/pair.ts'

/** As `step` would have written it for everything that a webhook may say about a certificate. */
const template = `{
  "subject": {"commonName": {{ toJson .Subject.CommonName }}, "organization": {{ toJson .Webhooks.people.team }}},
  "sans": {{ toJson .SANs }},
  "dnsNames": "alias.test",
  "ipAddresses": ["10.0.0.1", "2001:DB8:0:0::1"],
  "emailAddresses": ["a@b.test"],
  "uris": {{ toJson .Webhooks.people.uris }},
  "keyUsage": ["keyEncipherment", "digitalSignature"],
  "extKeyUsage": ["clientAuth", "codeSigning"],
  "unknownExtKeyUsage": ["1.2.3.4"],
  "ocspServer": "http://ocsp.test",
  "issuingCertificateURL": ["http://ca.test/i"],
  "crlDistributionPoints": ["http://ca.test/crl"],
  "policyIdentifiers": ["1.2.3.4.5"],
  "basicConstraints": {"isCA": false},
  "extensions": [{"id": "1.2.3.4.5.6", "value": "BQA="}]
}`

type Hook = { readonly name: string; readonly kind: string; readonly path: string } & Readonly<Record<string, unknown>>
const hooks: Readonly<Record<string, { readonly hooks: readonly Hook[]; readonly options?: object }>> = {
  enriched: {
    hooks: [{ name: 'people', kind: 'ENRICHING', path: '/enrich' }],
    options: { x509: { template } },
  },
  authorized: { hooks: [{ name: 'gate', kind: 'AUTHORIZING', path: '/authorize', certType: 'X509' }] },
  both: {
    hooks: [
      { name: 'gate', kind: 'authorizing', path: '/authorize', certType: 'ALL' },
      { name: 'people', kind: 'Enriching', path: '/enrich', disableTLSClientAuth: true },
    ],
    options: { x509: { template } },
  },
  addressed: {
    hooks: [
      {
        name: 'people',
        kind: 'ENRICHING',
        path: '/at/{{ .Subject.CommonName }}/{{ .Token.iss }}?cr={{ .Insecure.CR | urlquery }}&none={{ .None | urlquery }}',
      },
      {
        name: 'gate',
        kind: 'AUTHORIZING',
        path: '/at/{{ .Webhooks.people.team }}/{{ .Token.iss | upper }}?cn={{ .Insecure.CR.Subject.CommonName }}',
      },
    ],
  },
  unasked: {
    hooks: [
      { name: 'ssh', kind: 'ENRICHING', path: '/missing', certType: 'SSH' },
      { name: 'scep', kind: 'SCEPCHALLENGE', path: '/missing' },
      { name: 'news', kind: 'NOTIFYING', path: '/missing' },
    ],
  },
  lost: { hooks: [{ name: 'no', kind: 'ENRICHING', path: '/{{ .Token.iss.x }}' }] },
  denied: { hooks: [{ name: 'no', kind: 'ENRICHING', path: '/no' }] },
  refused: { hooks: [{ name: 'no', kind: 'ENRICHING', path: '/error' }] },
  broken: { hooks: [{ name: 'no', kind: 'ENRICHING', path: '/missing' }] },
  forbidden: { hooks: [{ name: 'no', kind: 'AUTHORIZING', path: '/error' }] },
  failing: { hooks: [{ name: 'no', kind: 'AUTHORIZING', path: '/busy' }] },
}

let server: WebhookServer
let pair: Pair
const files = mkdtempSync(join(tmpdir(), 'signet-webhooks-'))

beforeAll(async () => {
  server = await startWebhookServer()
  server.on('/enrich', { allow: true, data: { team: ['Å<&>', 'b'], uris: ['spiffe://a/b'], n: 1e21 } })
  server.on('/authorize', { allow: true })
  for (const place of ['/at/web.test/addressed', '/at/red/ADDRESSED']) {
    server.on(place, { allow: true, data: { team: 'red' } })
  }
  server.on('/no', { allow: false })
  server.on('/error', { allow: false, error: { code: 'E1', message: 'not <today>' } })
  server.on('/busy', (response) => response.writeHead(503).end())
  const roots = join(files, 'roots.pem')
  writeFileSync(roots, pemOf(server.root))
  const provisioners = Object.entries(hooks).map(([name, { hooks, options }]) => ({
    type: 'JWK',
    name,
    key: jwkOf(sharedKey, name),
    options: {
      ...options,
      webhooks: hooks.map(({ path, ...hook }) => ({ id: `id-of-${hook.name}`, url: server.url + path, ...hook })),
    },
  }))
  const url = (path: string) => ({ url: server.url + path })
  const both = [
    { name: 'people', kind: 'ENRICHING', ...url('/enrich') },
    { name: 'gate', kind: 'AUTHORIZING', ...url('/authorize') },
  ]
  const x5c = { ...corp, options: { webhooks: both } }
  pair = await startPair({ authority: { provisioners: [...provisioners, x5c] } }, { SSL_CERT_FILE: roots })
})
afterAll(async () => {
  await pair.stop()
  await server.stop()
  rmSync(files, { recursive: true })
})

type Wish = { readonly csr?: CsrOptions; readonly sans?: readonly string[]; readonly subject?: string }

function tokenOf(name: string, { sans = ['web.test'], subject = 'web.test' }: Wish): string {
  const now = Math.floor(Date.now() / 1000)
  const x5c = name === 'corp'
  const claims = {
    aud: `https://localhost/1.0/sign${x5c ? '#x5c/corp' : ''}`,
    iss: name,
    sub: subject,
    sans,
    jti: randomUUID(),
    iat: now,
    nbf: now,
    exp: now + 300,
  }
  const chain = [credential(), intermediate.certificate].map(({ der }) => toBase64(der))
  return aToken(claims, sharedKey, x5c ? { x5c: chain } : { kid: name })
}

type Round = { readonly answer: Seen; readonly calls: readonly WebhookRequest[] }

/** Sends the same CSR with the same token to both, and gives back what each answers and what it asked the hooks. */
async function sign(name: string, wish: Wish = {}): Promise<{ ours: Round; theirs: Round }> {
  const csr = encodePem('CERTIFICATE REQUEST', aCsr({ subject: { commonName: 'web.test' }, ...wish.csr }).der)
  const body = JSON.stringify({ csr, ott: tokenOf(name, wish) })
  const on = async (member: Member): Promise<Round> => {
    server.take()
    const answer = seenOf(await member.send('/1.0/sign', { body, headers: { 'X-Request-Id': 'the-same' } }))
    return { answer, calls: server.take() }
  }
  return { ours: await on(pair.signet), theirs: await on(pair.stepCa) }
}

/** Go's time is finer than ours; and it is later by the time that the other took. */
const masked = (body: string): string => body.replace(/"(timestamp|notBefore|notAfter)":"\d{4}-[^"]*Z"/g, '"$1":"time"')

/** Belong to the program or the connection. */
const passing = new Set([
  'host',
  'user-agent',
  'accept-encoding',
  'connection',
  'content-length',
  'x-smallstep-signature',
])

const sent = ({ calls }: Round) =>
  calls.map(({ method, path, headers, body, clientName }) => ({
    method,
    path,
    clientName,
    headers: Object.entries(headers)
      .filter(([header]) => !passing.has(header))
      .map(([header, value]) => `${header}: ${String(value)}`)
      .toSorted(),
    body: masked(body),
  }))

/** Templates of their own put extensions into an order of their own. */
async function partsOf(answer: Seen) {
  const { text, ...rest } = (await contentOf(answer)) as { readonly text: string }
  return { ...rest, text: text.split('\n').toSorted() }
}

const key = (type: 'ec' | 'rsa' | 'ed25519', options: object = {}) =>
  generateKeyPairSync(type as 'ec', options as { namedCurve: string }).privateKey
const four = ['web.test', '10.1.2.3', 'a@b.test', 'spiffe://cluster.local/ns/a/sa/b']

describe('webhooks are asked the same, octet by octet, and the same comes of it', () => {
  it.each<[string, string, number, Wish]>([
    ['an enriching one', 'enriched', 1, {}],
    ['an authorizing one', 'authorized', 1, {}],
    ['names of all kinds', 'authorized', 1, { sans: four, csr: { sans: four } }],
    ['both kinds', 'both', 2, { csr: { sans: ['web.test'] } }],
    ['RSA', 'both', 2, { csr: { privateKey: key('rsa', { modulusLength: 2048 }) } }],
    ['Ed25519', 'both', 2, { csr: { privateKey: key('ed25519') } }],
    ['P-384', 'authorized', 1, { csr: { privateKey: key('ec', { namedCurve: 'P-384' }) } }],
    ['a CSR that asks for a CA', 'both', 2, { csr: { isCA: true } }],
    ['a CSR that asks for no CA', 'both', 2, { csr: { isCA: false } }],
    ['a CSR without a subject', 'both', 2, { csr: { subject: {}, sans: ['web.test'] } }],
    [
      'a CSR with a whole subject',
      'both',
      2,
      {
        csr: {
          subject: {
            commonName: 'web.test',
            organization: ['A', 'B<&>'],
            country: ['DE'],
            serialNumber: '7',
            extraNames: [{ type: '0.9.2342.19200300.100.1.1', value: 'uid' }],
          },
        },
      },
    ],
    ['a certificate behind the token', 'corp', 2, {}],
    ['a template in the URL', 'addressed', 2, {}],
    ['hooks for others', 'unasked', 0, {}],
  ])('%s', async (_, name, calls, wish) => {
    const { ours, theirs } = await sign(name, wish)
    expect(theirs.calls).toHaveLength(calls)
    expect(sent(ours)).toEqual(sent(theirs))
    expect([ours.answer.status, theirs.answer.status]).toEqual([201, 201])
    expect(await partsOf(ours.answer)).toEqual(await partsOf(theirs.answer))
  })
})

describe('what is sent', () => {
  it('is signed with an empty key, for ca.json has none for step-ca', async () => {
    const { ours, theirs } = await sign('both')
    for (const { headers, body } of [...ours.calls, ...theirs.calls]) {
      expect(headers['x-smallstep-signature']).toBe(createHmac('sha256', '').update(body).digest('hex'))
    }
  })

  it('comes with the certificate of the authority, but where that is switched off', async () => {
    const { ours } = await sign('both')
    expect(ours.calls.map(({ path, clientName }) => [path, clientName])).toEqual([
      ['/enrich', undefined],
      ['/authorize', 'Step Online CA'],
    ])
  })
})

describe('the same refusal comes of', () => {
  const forbidden = 'The request was forbidden by the certificate authority: '
  it.each([
    ['an enriching hook that says no', 'denied', `${forbidden}webhook server did not allow request.`],
    ['one that says why', 'refused', `${forbidden}not <today> (E1).`],
    ['one that is not there', 'broken', `${forbidden}Webhook server responded with 404.`],
    ['an authorizing hook that says why', 'forbidden', `${forbidden}error creating certificate.`],
    ['one that fails twice', 'failing', `${forbidden}error creating certificate.`],
  ])('%s', async (_, name, message) => {
    const { ours, theirs } = await sign(name)
    expect(ours.answer).toEqual(theirs.answer)
    expect(JSON.parse(ours.answer.body)).toEqual({ status: 403, message })
    expect(ours.calls.length).toBe(theirs.calls.length)
  })
})

it('they are listed the same', async () => {
  const [ours, theirs] = await Promise.all([pair.signet, pair.stepCa].map((member) => member.send('/provisioners')))
  expect(ours?.body).toBe(theirs?.body)
})

it('nobody is asked where the URL cannot be made', async () => {
  const { ours, theirs } = await sign('lost')
  expect([ours.answer.status, ours.calls, theirs.answer.status, theirs.calls]).toEqual([403, [], 403, []])
})
