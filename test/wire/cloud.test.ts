import { X509Certificate } from 'node:crypto'
import type { Agent } from 'node:https'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { encodePem } from '../../src/core/pem.ts'
import { aCsr } from '../builders/csr.ts'
import { startCloud, tenants, type FakeCloud } from '../harness/fake-cloud.ts'
import { startAuthority, type RunningAuthority } from '../harness/running-authority.ts'
import { agentFor, send, type WireAnswer } from '../harness/wire-client.ts'

let cloud: FakeCloud
let ca: RunningAuthority
let agent: Agent

beforeAll(async () => {
  cloud = await startCloud()
  for (const [name, value] of Object.entries(cloud.env)) vi.stubEnv(name, value)
  const provisioners = [
    { type: 'aws', name: 'ec2', iidroots: cloud.iidRoots, accounts: ['123456789012'] },
    { type: 'gcp', name: 'gce', projectids: ['shop'] },
    { type: 'azure', name: 'vms', tenantid: tenants[0], resourcegroups: ['backend'] },
    { type: 'Azure', name: 'unknown', tenantID: 'nobody' },
  ]
  ca = await startAuthority({ changes: { authority: { provisioners } } })
  agent = agentFor(ca.folder)
})
afterAll(async () => {
  agent.destroy()
  await ca.stop()
  cloud.stop()
  vi.unstubAllEnvs()
})

const sign = (ott: string, sans: readonly string[] = ['web.test']): Promise<WireAnswer> => {
  const csr = encodePem('CERTIFICATE REQUEST', aCsr({ sans }).der)
  return send(agent, `${ca.url}/1.0/sign`, { body: JSON.stringify({ csr, ott }) })
}
const errorOf = async ({ headers }: WireAnswer) => (await ca.lineOf(String(headers['x-request-id']))).err

const masked =
  'The request lacked necessary authorization to be completed. Please see the certificate authority logs for more info.'
const maskedBody = `${JSON.stringify({ status: 401, message: masked })}\n`

describe('POST /sign by an instance of', () => {
  const clouds: readonly (readonly [string, (options?: Parameters<FakeCloud['awsToken']>[1]) => string, string])[] = [
    [
      'AWS',
      (options) => cloud.awsToken('ec2', options),
      'the identity document is not signed by AWS: no certificate fits its signature',
    ],
    ['GCP', (options) => cloud.gcpToken('gce', options), 'the token is not valid: signature verification failed'],
    [
      'Azure',
      (options) => cloud.azureToken(tenants[0], options),
      'the token is not valid: signature verification failed',
    ],
  ]

  it.each(clouds)('%s answers 201 once, and then the masked 401', async (_, token) => {
    const ott = token()
    const first = await sign(ott)
    const { crt } = JSON.parse(first.body) as { crt: string }
    expect([first.status, new X509Certificate(crt).subjectAltName]).toEqual([201, 'DNS:web.test'])
    const second = await sign(ott)
    expect([second.status, second.body]).toEqual([401, maskedBody])
    expect(await errorOf(second)).toMatchObject({ reason: 'TokenReused', message: 'the token was used already' })
  })

  it.each(clouds)('%s remembers instances over a restart', async (_, token) => {
    const ott = token()
    expect((await sign(ott)).status).toBe(201)
    await ca.restart()
    const again = await sign(ott)
    expect([again.status, again.body]).toEqual([401, maskedBody])
    expect(await errorOf(again)).toMatchObject({ reason: 'TokenReused' })
  })

  it.each(clouds)('%s tells the log alone why it refuses', async (_, token, message) => {
    const answer = await sign(token({ key: 'another' }))
    expect([answer.status, answer.body]).toEqual([401, maskedBody])
    expect(await errorOf(answer)).toMatchObject({ reason: 'TokenInvalid', message })
  })

  it('Azure answers 503 where the keys cannot be had', async () => {
    const answer = await sign(cloud.azureToken('nobody'))
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '10'])
    expect(await errorOf(answer)).toMatchObject({ reason: 'ProviderUnavailable' })
  })
})

it('a file of certificates that is not there stops the start', async () => {
  const provisioners = [{ type: 'AWS', name: 'ec2', iidRoots: 'no/such.pem' }]
  await expect(startAuthority({ changes: { authority: { provisioners } } })).rejects.toMatchObject({
    code: 'malformed',
    message: 'authority.provisioners[0].iidRoots is not valid: no/such.pem: there is no such file',
  })
})
