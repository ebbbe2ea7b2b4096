import { X509Certificate, generateKeyPairSync, randomUUID } from 'node:crypto'
import type { Agent } from 'node:https'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodePem } from '../../src/core/pem.ts'
import { aCsr } from '../builders/csr.ts'
import { aToken, forgersKey } from '../builders/tokens.ts'
import { startAuthority, type RunningAuthority } from '../harness/running-authority.ts'
import { agentFor, aStepToken, send, type WireAnswer } from '../harness/wire-client.ts'
import * as bad from './bad-requests.ts'

let ca: RunningAuthority
let agent: Agent

beforeAll(async () => {
  ca = await startAuthority()
  agent = agentFor(ca.folder)
})
afterAll(async () => {
  agent.destroy()
  await ca.stop()
})

const post = (path: string, body: string): Promise<WireAnswer> => send(agent, `${ca.url}${path}`, { body })
const sign = (body: object, path = '/1.0/sign'): Promise<WireAnswer> => post(path, JSON.stringify(body))
const pem = (der: Uint8Array): string => encodePem('CERTIFICATE REQUEST', der)
const csr = pem(aCsr({ subject: { commonName: 'web.test' }, sans: ['web.test'] }).der)
const token = (claims = {}, header = {}): string => aStepToken(ca.folder, claims, header)

const masked =
  'The request lacked necessary authorization to be completed. Please see the certificate authority logs for more info.'
const errorBody = (status: number, message: string): string => `${JSON.stringify({ status, message })}\n`
const badRequest = (text: string): string => errorBody(400, `The request could not be completed: ${text}.`)

/** What the log says about the request of this answer. */
const reasonOf = async ({ headers }: WireAnswer): Promise<string | undefined> => {
  const line = await ca.lineOf(String(headers['x-request-id']))
  return line.err?.reason
}

describe('POST /sign', () => {
  it.each(['/sign', '/1.0/sign'])('on %s answers 201 with step-ca’s body', async (path) => {
    const answer = await sign({ csr, ott: token(), notBefore: '', notAfter: '' }, path)
    expect([answer.status, answer.headers['content-type']]).toEqual([201, 'application/json'])
    const body = JSON.parse(answer.body) as { crt: string; ca: string; certChain: string[] }
    expect(Object.keys(body)).toEqual(['crt', 'ca', 'certChain', 'tlsOptions'])
    expect(body.certChain).toEqual([body.crt, body.ca])
    expect(answer.body).toMatch(
      /,"tlsOptions":\{"cipherSuites":\["TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256","TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"\],"minVersion":1\.2,"maxVersion":1\.3,"renegotiation":false\}\}\n$/,
    )
    const [leaf, intermediate] = body.certChain.map((text) => new X509Certificate(text))
    expect([leaf?.subject, leaf?.subjectAltName]).toEqual(['CN=web.test', 'DNS:web.test'])
    expect(leaf?.verify(intermediate?.publicKey as never)).toBe(true)
    expect(Date.parse(leaf?.validTo ?? '') - Date.parse(leaf?.validFrom ?? '')).toBe(24 * 3_600_000 + 60_000)
    expect(await ca.lineOf(String(answer.headers['x-request-id']))).toMatchObject({
      status: 201,
      route: '/sign',
      serial: BigInt(`0x${leaf?.serialNumber}`).toString(),
      provisioner: 'ops',
      issuedTo: { kind: 'token', subject: 'web.test' },
    })
  })

  it('reads members in any case, ignores others and takes null for absent', async () => {
    const answer = await sign({ CSR: csr, Ott: token(), NOTAFTER: null, templateData: { a: 1 }, more: [] })
    expect(answer.status).toBe(201)
  })

  it.each([
    ['1h', 3_600_000 + 60_000],
    ['', 24 * 3_600_000 + 60_000],
  ])('with notAfter %j issues for its time and the backdate', async (notAfter, span) => {
    const { crt } = JSON.parse((await sign({ csr, ott: token(), notAfter })).body) as { crt: string }
    const { validFrom, validTo } = new X509Certificate(crt)
    expect(Date.parse(validTo) - Date.parse(validFrom)).toBe(span)
  })

  it.each([
    ['no JSON', '{', 'error decoding json'],
    ['an empty body', '', 'error decoding json'],
    ['an array', '[]', 'error decoding json'],
    ['null', 'null', 'missing csr'],
    ['no csr', '{}', 'missing csr'],
    ['an empty csr', '{"csr":"","ott":"x"}', 'missing csr'],
    ['a csr that is a number', '{"csr":7,"ott":"x"}', 'error decoding json'],
    ['a csr that is no PEM', '{"csr":"x","ott":"x"}', 'error decoding json'],
    ['a token that is a list', JSON.stringify({ csr, ott: ['x'] }), 'error decoding json'],
    ['no token', JSON.stringify({ csr }), 'missing ott'],
    ['a notAfter that is neither', JSON.stringify({ csr, ott: 'x', notAfter: 'tomorrow' }), 'error decoding json'],
    ['an unknown member of ours', JSON.stringify({ csr, ott: 'x', signet: { nope: 1 } }), 'error decoding json'],
  ])('refuses %s with 400', async (_, body, text) => {
    const answer = await post('/sign', body)
    expect([answer.status, answer.body]).toEqual([400, badRequest(text)])
  })

  it('refuses a body of 1 MiB with 400', async () => {
    const answer = await post('/sign', JSON.stringify({ csr, ott: 'x'.repeat(1024 * 1024) }))
    expect([answer.status, answer.body]).toEqual([400, badRequest('request body is longer than 262144 bytes')])
  })

  it.each([
    ['an RSA key of 1024 bits', bad.rsa1024, 'certificate request RSA key must be at least 2048 bits (256 bytes)'],
    ['an RSA key with an even modulus', bad.evenModulus, 'RSA modulus must be odd'],
    ['a key on P-224', bad.p224, 'elliptic curve 1.3.132.0.33 is not supported: use P-256, P-384 or P-521'],
    ['a broken signature', bad.brokenSignature, 'invalid csr'],
  ])('refuses a CSR with %s with 400', async (_, make, text) => {
    const answer = await sign({ csr: pem(make()), ott: token() })
    expect([answer.status, answer.body]).toEqual([400, badRequest(text)])
  })

  it('refuses names that are not the token’s with 403', async () => {
    const other = pem(aCsr({ subject: { commonName: 'web.test' }, sans: ['db.test'] }).der)
    const answer = await sign({ csr: other, ott: token() })
    expect([answer.status, answer.body]).toEqual([
      403,
      errorBody(
        403,
        'The request was forbidden by the certificate authority: certificate request does not contain the valid DNS names - got [db.test], want [web.test].',
      ),
    ])
  })

  it('refuses durations outside of the claims with 403', async () => {
    const answer = await sign({ csr, ott: token(), notAfter: '48h' })
    const text = 'requested duration of 48h1m0s is more than the authorized maximum certificate duration of 24h1m0s'
    const message = `The request was forbidden by the certificate authority: ${text}.`
    expect([answer.status, answer.body]).toEqual([403, errorBody(403, message)])
  })

  it.each([
    ['is no JWT', () => 'not.a.jwt', 'TokenInvalid'],
    ['someone else signed', () => forged(), 'TokenInvalid'],
    ['is expired', () => token({ exp: now() - 120, iat: now() - 400, nbf: now() - 400 }), 'TokenExpired'],
    ['is from before this authority', () => token({ iat: now() - 3600 }), 'TokenInvalid'],
    ['is for another authority', () => token({ aud: 'https://ca.example.com/1.0/sign' }), 'WrongAudience'],
    ['is for renewals', () => token({ aud: 'https://localhost/1.0/renew' }), 'WrongAudience'],
    ['is of an unknown key', () => token({}, { kid: 'nobody' }), 'WrongAudience'],
    ['has no subject', () => token({ sub: '' }), 'TokenInvalid'],
    ['claims no algorithm', () => unsigned(), 'TokenInvalid'],
  ])('masks why a token that %s is refused; the log knows', async (_, make, reason) => {
    const answer = await sign({ csr, ott: make() })
    expect([answer.status, answer.body]).toEqual([401, errorBody(401, masked)])
    expect(await reasonOf(answer)).toBe(reason)
  })

  it('takes a token once, also after a restart', async () => {
    const ott = token()
    expect((await sign({ csr, ott })).status).toBe(201)
    const again = await sign({ csr, ott })
    expect([again.status, again.body, await reasonOf(again)]).toEqual([401, errorBody(401, masked), 'TokenReused'])
    await ca.restart()
    const later = await sign({ csr, ott })
    expect([later.status, await reasonOf(later)]).toEqual([401, 'TokenReused'])
  })

  it('takes a token once of fifty requests at a time', async () => {
    const ott = token()
    const answers = await Promise.all(Array.from({ length: 50 }, () => sign({ csr, ott })))
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(49)
  })

  it('does not spend a token whose request is refused', async () => {
    const ott = token()
    expect((await sign({ csr, ott, notAfter: '48h' })).status).toBe(403)
    expect((await sign({ csr, ott })).status).toBe(201)
  })

  it('never logs a token or a key', () => {
    const text = JSON.stringify(ca.log)
    expect(text).not.toMatch(/eyJ[\w-]{20}/)
    expect(text).not.toContain('PRIVATE KEY')
  })
})

const now = (): number => Math.floor(Date.now() / 1000)
const forged = (): string =>
  aToken(
    { aud: 'https://localhost/1.0/sign', iss: 'ops', sub: 'web.test', jti: randomUUID(), iat: now(), exp: now() + 300 },
    forgersKey,
    { kid: ca.folder.provisioner.kid },
  )
const unsigned = (): string => {
  const [, body] = token().split('.')
  const header = { alg: 'none', kid: ca.folder.provisioner.kid }
  return `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${body}.AA`
}

describe('keys that may be certified', () => {
  it.each([
    ['P-384', () => generateKeyPairSync('ec', { namedCurve: 'P-384' })],
    ['P-521', () => generateKeyPairSync('ec', { namedCurve: 'P-521' })],
    ['Ed25519', () => generateKeyPairSync('ed25519')],
    ['RSA-2048', () => generateKeyPairSync('rsa', { modulusLength: 2048 })],
  ])('%s', async (_, make) => {
    const { privateKey } = make()
    const request = pem(aCsr({ subject: { commonName: 'web.test' }, privateKey }).der)
    const answer = await sign({ csr: request, ott: token() })
    expect(answer.status).toBe(201)
  })
})
