import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { agreed, byOps, onAll } from '../support/cli-flow.ts'
import { startPair, type Pair } from '../support/pair.ts'
import { describeToken } from '../support/token-flow.ts'

let pair: Pair

beforeAll(async () => {
  pair = await startPair()
})
afterAll(() => pair.stop())

describe('tokens', () => {
  it.each([
    '',
    '--san a.test --san 10.0.0.1',
    '--not-after 10m --set team=web --set n=1',
    '--not-before 1m --cnf abc',
    '--revoke',
    '--output-file token',
  ])('have the same claims with %j', async (flags) => {
    const outcomes = await onAll(pair, { knows: true }, async (user) => {
      const line = `ca token web.test ${flags}`.trim()
      const { status, stdout, stderr } = await user.sayPlain(line, ...byOps(pair))
      const token = stdout === '' ? user.text('token') : stdout
      return { status, stderr, ends: stdout.endsWith('\n'), token: describeToken(token.trim(), user) }
    })
    expect(agreed(outcomes)).toMatchObject({ status: 0, token: { id: true } })
  })

  it('are made by a key in a file', async () => {
    const outcomes = await onAll(pair, { knows: true }, async (user) => {
      const { key, kid } = pair.folder.provisioner
      user.write('key.json', JSON.stringify({ ...key.export({ format: 'jwk' }), kid, alg: 'ES256' }))
      const { status, stdout, stderr } = await user.sayPlain('ca token web.test --key key.json --provisioner ops')
      return { status, stderr, token: describeToken(stdout.trim(), user) }
    })
    expect(agreed(outcomes)).toMatchObject({ status: 0, token: { id: true } })
  })
})

describe('provisioners', () => {
  it('are listed', async () => {
    const outcomes = await onAll(pair, { knows: true }, ({ say }) => say('ca provisioner list'))
    expect(agreed(outcomes)).toMatchObject({ status: 0, stderr: '' })
  })
})
