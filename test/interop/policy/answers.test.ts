import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodePem } from '../../../src/core/pem.ts'
import { aCsr } from '../../builders/csr.ts'
import { aProvisionerKey } from '../../builders/tokens.ts'
import { aStepToken } from '../../harness/wire-client.ts'
import { seenOf, startPair, type Member, type Pair } from '../support/pair.ts'

const { jwk, kid, privateKey } = aProvisionerKey()
const policy = {
  x509: {
    allow: {
      cn: ['Jane Doe'],
      dns: ['*.web.test', 'bücher.test'],
      ip: ['10.0.0.0/8', '::1'],
      email: ['@web.test'],
      uri: ['*.web.test'],
    },
    deny: { dns: ['bad.web.test'], ip: ['10.0.0.1'] },
  },
}

let pair: Pair

beforeAll(async () => {
  pair = await startPair({ authority: { provisioners: [{ type: 'JWK', name: 'ops', key: jwk }], policy } })
})
afterAll(() => pair.stop())

/** What both answer to the same CSR with the same token. */
async function sign(subject: string, sans: readonly string[]) {
  const provisioner = { name: 'ops', kid, key: privateKey }
  const ott = aStepToken({ provisioner }, { sub: subject, sans })
  const body = JSON.stringify({ csr: encodePem('CERTIFICATE REQUEST', aCsr().der), ott })
  const post = async ({ send }: Member) => seenOf(await send('/1.0/sign', { body }))
  const [ours, theirs] = await Promise.all([post(pair.signet), post(pair.stepCa)])
  return { ours, theirs }
}

describe('under the same policy signet and step-ca', () => {
  it.each([
    ['a.web.test', ['a.web.test', '10.1.2.3', '::1', 'me@web.test', 'spiffe://a.web.test/b']],
    ['xn--bcher-kva.test', ['xn--bcher-kva.test']],
    ['Jane Doe', ['a.web.test']],
    ['me@web.test', ['a.web.test']],
  ])('issue for %s', async (subject, sans) => {
    const { ours, theirs } = await sign(subject, sans)
    expect([ours.status, theirs.status]).toEqual([201, 201])
  })

  it.each([
    ['dns', 'web.test', ['web.test']],
    ['dns', 'a.b.web.test', ['a.b.web.test']],
    ['dns', '*.web.test', ['*.web.test']],
    ['dns', 'bad.web.test', ['bad.web.test']],
    ['ip', '10.0.0.1', ['a.web.test', '10.0.0.1']],
    ['ip', '::2', ['a.web.test', '::2']],
    ['email', 'me@example.test', ['me@example.test']],
    ['uri', 'spiffe://b/c', ['spiffe://b/c']],
    ['cn', 'b.test', ['a.web.test']],
    ['cn', '192.0.2.1', ['a.web.test']],
  ])('refuse the %s name %s in the same words', async (kind, name, sans) => {
    const { ours, theirs } = await sign(name, sans)
    expect(ours).toEqual(theirs)
    expect([ours.status, JSON.parse(ours.body)]).toEqual([
      403,
      {
        status: 403,
        message: `The request was forbidden by the certificate authority: ${kind} name "${name}" not allowed`,
      },
    ])
  })

  it('refuse what is no name: signet with the reason, step-ca as a fault of its own', async () => {
    const { ours, theirs } = await sign('_srv.web.test', ['_srv.web.test'])
    expect([ours.status, JSON.parse(ours.body)]).toEqual([
      403,
      {
        status: 403,
        message: 'The request was forbidden by the certificate authority: cannot parse dns domain "_srv.web.test"',
      },
    ])
    expect([theirs.status, JSON.parse(theirs.body)]).toEqual([
      500,
      { status: 500, message: 'error creating certificate' },
    ])
  })
})
