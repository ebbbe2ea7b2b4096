import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decodePem } from '../../src/core/pem.ts'
import type { RunResult } from '../cluster/harness/run.ts'
import { agentFor, send } from '../harness/wire-client.ts'
import { onBoth, type User } from './support/flow.ts'
import type { Pair } from './support/pair.ts'
import { byKey, describeToken, giveCsr, password, startTokenPair, tokenFlow, use } from './support/token-flow.ts'

let pair: Pair
let offlineConfig: string

beforeAll(async () => {
  pair = await startTokenPair()
  // `step --offline` opens the database, which one process at a time may have.
  offlineConfig = pair.folder.variant('offline.json', { db: undefined })
})
afterAll(() => pair.stop())

const fingerprintOf = (user: User): string =>
  createHash('sha256')
    .update(decodePem(user.text('web.csr'))[0]?.der ?? '')
    .digest('base64url')

describe('step ca token makes the same of signet and step-ca by files:', () => {
  it('--set-file', async () => {
    const script = (user: User): Promise<object> => {
      writeFileSync(user.file('data.json'), '{"team":"shop"}')
      return tokenFlow(user, '--issuer shop --set-file data.json', byKey(user))
    }
    const { ours, theirs } = await onBoth(pair, script)
    expect(ours).toEqual(theirs)
    expect(ours).toMatchObject({
      used: { content: expect.arrayContaining([expect.stringMatching(/O ?= ?shop/)]) as unknown },
    })
  })

  it('--key, the key of the provisioner in the clear', async () => {
    const { ours, theirs } = await onBoth(pair, (user) => tokenFlow(user, '--issuer ops', byKey(user)))
    expect(ours).toEqual(theirs)
    expect(ours).toMatchObject({ used: { said: { status: 0 } } })
  })

  it('--cnf and --cnf-file, which bind it to one CSR', async () => {
    const script = async (user: User): Promise<object> => {
      const make = async (flags: string, ...more: readonly string[]): Promise<string> =>
        (await user.say(`ca token web.test --issuer ops ${flags}`, ...more, ...byKey(user))).stdout.trim()
      giveCsr(user)
      const tokens = [await make('--cnf', fingerprintOf(user)), await make('--cnf-file', 'web.csr')]
      const named = tokens.map((token) => JSON.stringify(describeToken(token, user)).includes(fingerprintOf(user)))
      const right = [await use(user, tokens[0] ?? ''), await use(user, await make('--cnf-file', 'web.csr'))]
      await user.say(
        'certificate create --csr --force --no-password --insecure --san web.test web.test web.csr web.key',
      )
      const wrong = await user.say('ca sign web.csr web.crt --force --token', tokens[1] ?? '')
      return {
        named,
        right,
        wrong: { ...wrong, stderr: wrong.stderr.replace(/does not match ".*"/, 'does not match') },
      }
    }
    const { ours, theirs } = await onBoth(pair, script)
    expect(ours).toEqual(theirs)
    expect(ours).toMatchObject({
      named: [true, true],
      right: [{ said: { status: 0 } }, { said: { status: 0 } }],
      wrong: { status: 1, stderr: expect.stringContaining('certificate request fingerprint does not match') as string },
    })
  })
})

describe('step ca token for other ends', () => {
  it('--revoke: a token that revokes, and does not sign', async () => {
    const script = async (user: User): Promise<object> => {
      giveCsr(user)
      const make = async (subject: string): Promise<string> =>
        (await user.say(`ca token ${subject} --issuer ops --revoke`, ...byKey(user))).stdout.trim()
      // `step` sends it only if its subject is the common name of the CSR.
      const signed = await use(user, await make('web.test'))
      const token = await make('4711')
      const revoked = await user.say('ca revoke 4711 --token', token)
      return { token: describeToken(token, user), signed, revoked }
    }
    const { ours, theirs } = await onBoth(pair, script)
    expect(ours).toEqual(theirs)
    expect(ours).toMatchObject({
      signed: {
        said: { status: 1, stderr: expect.stringContaining('The request lacked necessary authorization') as string },
      },
      revoked: { status: 0 },
    })
  })

  it('--renew: a token of a certificate that renews it, once', async () => {
    const script = async (user: User): Promise<object> => {
      await user.say('ca certificate web.test web.crt web.key --issuer ops', ...password(user))
      const made = await user.say('ca token web.test --renew --x5c-cert web.crt --x5c-key web.key')
      const agent = agentFor(pair.folder)
      const headers = { Authorization: `Bearer ${made.stdout.trim()}` }
      const answers: number[] = []
      for (const path of ['/renew', '/renew']) {
        const answer = await send(agent, `${user.authority.url}${path}`, { method: 'POST', headers })
        answers.push(answer.status)
      }
      agent.destroy()
      const [header, payload] = made.stdout.split('.').map((part) => Buffer.from(part, 'base64url').toString())
      const names = [header, payload].map((text) => Object.keys(JSON.parse(text ?? '') as object))
      return { said: made.stderr, names, answers }
    }
    const { ours, theirs } = await onBoth(pair, script)
    expect(ours).toEqual(theirs)
    expect(ours).toMatchObject({ answers: [201, 401] })
  })

  it('--offline: by ca.json alone, or by the key alone', async () => {
    const script = async (user: User): Promise<object> => {
      const { kid } = user.folder.provisioner
      const files = [...password(user), '--password-file', user.folder.passwordFile]
      const byConfig = await tokenFlow(user, '--issuer ops --offline --ca-config', [offlineConfig, ...files])
      const byKeyAlone = await tokenFlow(user, `--offline --issuer ops --kid ${kid}`, [
        ...byKey(user),
        '--root',
        user.file('.step', 'certs', 'root_ca.crt'),
        '--ca-url',
        user.authority.url,
      ])
      return { byConfig, byKeyAlone }
    }
    const { ours, theirs } = await onBoth(pair, script)
    expect(ours).toEqual(theirs)
    expect(ours).toMatchObject({
      byConfig: { used: { said: { status: 0 } } },
      byKeyAlone: { used: { said: { status: 0 } } },
    })
  })
})

it('a token is spent by one certificate, whoever spends it', async () => {
  const script = async (user: User): Promise<readonly RunResult[]> => {
    giveCsr(user)
    const token = (await user.say('ca token web.test --issuer ops', ...byKey(user))).stdout.trim()
    const sign = (): Promise<RunResult> => user.say('ca sign web.csr web.crt --force --token', token)
    return [await sign(), await sign()]
  }
  const { ours, theirs } = await onBoth(pair, script)
  expect(ours).toEqual(theirs)
  expect(ours.map(({ status }) => status)).toEqual([0, 1])
})
