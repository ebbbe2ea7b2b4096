import { X509Certificate, generateKeyPairSync, randomUUID, sign as signText, type KeyObject } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { Agent } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { encodePem } from '../../src/core/pem.ts'
import { aCsr } from '../builders/csr.ts'
import { aProvisionerKey, aToken } from '../builders/tokens.ts'
import { startAuthority, type RunningAuthority } from '../harness/running-authority.ts'
import { agentFor, send, type WireAnswer } from '../harness/wire-client.ts'

type ProviderKey = { readonly kid: string; readonly privateKey: KeyObject }

const aKey = (kid: string): ProviderKey => ({
  kid,
  privateKey: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
})

/** What the provider publishes now, and how often its keys were asked for. */
const provider = { keys: [aKey('one')], cacheControl: '', asked: 0 }
const servers: Server[] = []
let url: string
let slowUrl: string
let ca: RunningAuthority
let agent: Agent
let ahead = 0

async function listen(server: Server): Promise<string> {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const people = { type: 'oidc', name: 'people', ClientId: 'step' }
const ops = aProvisionerKey('ops')

beforeAll(async () => {
  url = await listen(
    createServer((request, response) => {
      if (request.url !== '/keys') return response.end(JSON.stringify({ issuer: url, jwks_uri: `${url}/keys` }))
      provider.asked += 1
      response.setHeader('cache-control', provider.cacheControl)
      const keys = provider.keys.map(({ kid, privateKey }) => {
        const { kty, n, e } = privateKey.export({ format: 'jwk' })
        return { kid, kty, n, e }
      })
      return response.end(JSON.stringify({ keys }))
    }),
  )
  slowUrl = await listen(createServer(() => undefined))
  const provisioners = [
    { ...people, configurationEndpoint: url },
    { ...people, name: 'slow', ClientId: 'slow', configurationEndpoint: slowUrl },
    { type: 'JWK', name: 'ops', key: ops.jwk },
  ]
  ca = await startAuthority({ changes: { authority: { provisioners } }, clock: { now: () => Date.now() + ahead } })
  agent = agentFor(ca.folder)
})
afterAll(async () => {
  agent.destroy()
  await ca.stop()
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
})
beforeEach(() => {
  provider.keys = [aKey(randomUUID())]
  provider.cacheControl = ''
  // So that the new key is asked for.
  ahead += 10_000
})

const seconds = (): number => Math.floor((Date.now() + ahead) / 1000)

function token(changes: object = {}, { kid, privateKey } = provider.keys[0] ?? aKey('none')): string {
  const claims = { iss: url, aud: 'step', sub: 'jane', iat: seconds(), exp: seconds() + 300, nonce: randomUUID() }
  const parts = [
    { alg: 'RS256', kid },
    { ...claims, ...changes },
  ]
  const text = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${text}.${signText('sha256', Buffer.from(text), privateKey).toString('base64url')}`
}

const csr = encodePem('CERTIFICATE REQUEST', aCsr().der)
const sign = (ott: string): Promise<WireAnswer> =>
  send(agent, `${ca.url}/1.0/sign`, { body: JSON.stringify({ csr, ott }) })
const errorOf = async ({ headers }: WireAnswer) => (await ca.lineOf(String(headers['x-request-id']))).err

describe('POST /sign after a login', () => {
  it('answers 201 once, also over a restart, and then 401', async () => {
    const ott = token()
    const first = await sign(ott)
    const { crt } = JSON.parse(first.body) as { crt: string }
    expect([first.status, new X509Certificate(crt).subjectAltName]).toEqual([201, `URI:${url}#jane`])
    await ca.restart()
    const again = await sign(ott)
    expect([again.status, await errorOf(again)]).toMatchObject([401, { reason: 'TokenReused' }])
  })

  it('keeps nobody waiting for a provider that never answers, but those who come from it', async () => {
    const slow = sign(token({ aud: 'slow' }))
    const claims = { iss: 'ops', aud: 'https://localhost/sign', sub: 'a.b', iat: seconds(), exp: seconds() + 60 }
    const others = await Promise.all([sign(token()), sign(aToken(claims, ops.privateKey, { kid: 'ops' }))])
    expect(others.map(({ status }) => status)).toEqual([201, 201])
    servers[1]?.closeAllConnections()
    const answer = await slow
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '10'])
    const why = `cannot fetch ${slowUrl}/.well-known/openid-configuration: socket hang up`
    expect(await errorOf(answer)).toMatchObject({
      reason: 'ProviderUnavailable',
      message: `the keys for provisioner "slow" cannot be had: ${why}`,
    })
  })

  it('learns a new key when a token of it comes, ten seconds after it last asked', async () => {
    expect((await sign(token())).status).toBe(201)
    const { asked } = provider
    const next = aKey('two')
    provider.keys.push(next)
    ahead += 5000
    expect((await sign(token({}, next))).status).toBe(401)
    ahead += 5000
    expect((await sign(token({}, next))).status).toBe(201)
    expect(provider.asked - asked).toBe(1)
  })

  it('forgets a key that is not published any more, when the keys are as old as the provider lets them be', async () => {
    provider.cacheControl = 'max-age=12'
    const ott = [token(), token()]
    expect((await sign(ott[0] ?? '')).status).toBe(201)
    provider.keys = [aKey('another')]
    ahead += 12_000
    const answer = await sign(ott[1] ?? '')
    expect([answer.status, await errorOf(answer)]).toMatchObject([
      401,
      { reason: 'TokenInvalid', message: 'the token is not valid: signature verification failed' },
    ])
  })
})
