import { X509Certificate, generateKeyPairSync } from 'node:crypto'
import type { Agent } from 'node:https'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodePem } from '../../src/core/pem.ts'
import { aCsr } from '../builders/csr.ts'
import { anIdentity } from '../harness/issued-identity.ts'
import { startAuthority, type RunningAuthority } from '../harness/running-authority.ts'
import { agentFor, send, type WireAnswer, type WireRequest } from '../harness/wire-client.ts'
import { brokenSignature } from './bad-requests.ts'

let ca: RunningAuthority
let plain: Agent
const agents: Agent[] = []

beforeAll(async () => {
  ca = await startAuthority()
  plain = pool({})
})
afterAll(async () => {
  for (const agent of agents) agent.destroy()
  await ca.stop()
})

/** A pool that ends with the tests. */
function pool(options: Parameters<typeof agentFor>[1]): Agent {
  const agent = agentFor(ca.folder, options)
  agents.push(agent)
  return agent
}

/** Of a client with a fresh certificate for `web.test`. */
async function poolOfClient(): Promise<Agent> {
  const { chain, key } = await anIdentity(ca, plain)
  return pool({ cert: chain, key })
}

const csrPem = (der: Uint8Array): string => encodePem('CERTIFICATE REQUEST', der)
const refusal = (status: number, message: string): object => ({ status, message })
const post = (agent: Agent, path: string, request: WireRequest): Promise<WireAnswer> =>
  send(agent, `${ca.url}${path}`, { method: 'POST', ...request })

describe('POST /rekey', () => {
  it.each(['/rekey', '/1.0/rekey'])('on %s gives the same certificate for the key of the CSR', async (path) => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const csr = csrPem(aCsr({ privateKey, subject: { commonName: 'other.test' }, sans: ['other.test'] }).der)
    const answer = await post(await poolOfClient(), path, { body: JSON.stringify({ csr }) })
    expect(answer.status).toBe(201)
    const { crt, certChain } = JSON.parse(answer.body) as { crt: string; certChain: string[] }
    const leaf = new X509Certificate(crt)
    expect([leaf.subject, leaf.subjectAltName, certChain.length]).toEqual(['CN=web.test', 'DNS:web.test', 2])
    expect(leaf.checkPrivateKey(privateKey)).toBe(true)
    const next = pool({ cert: crt, key: privateKey.export({ type: 'sec1', format: 'pem' }) as string })
    expect((await post(next, '/renew', {})).status).toBe(201)
  })

  it.each([
    ['nothing', '', 'error decoding json'],
    ['no CSR', '{}', 'missing csr'],
    ['a CSR that is none', '{"csr":"x"}', 'error decoding json'],
    ['a CSR that its key did not sign', JSON.stringify({ csr: csrPem(brokenSignature()) }), 'invalid csr'],
  ])('refuses %s', async (_, body, problem) => {
    const answer = await post(await poolOfClient(), '/rekey', { body })
    expect(JSON.parse(answer.body)).toEqual(refusal(400, `The request could not be completed: ${problem}.`))
  })

  it.each([{}, { Authorization: 'Bearer a.b.c' }])(
    'refuses who has no certificate but the headers %j',
    async (headers) => {
      const answer = await post(plain, '/rekey', { body: '{}', headers })
      expect(JSON.parse(answer.body)).toEqual(
        refusal(400, 'The request could not be completed: missing client certificate.'),
      )
    },
  )

  it('is told in the log and the metrics as what it is', async () => {
    const answer = await post(await poolOfClient(), '/rekey', { body: '{}' })
    const line = await ca.lineOf(String(answer.headers['x-request-id']))
    expect(line).toMatchObject({ route: '/rekey', status: 400, err: { message: 'missing csr' } })
  })
})
