import { X509Certificate, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../cluster/harness/run.ts'
import { agentFor, aStepToken, send, type WireAnswer } from '../harness/wire-client.ts'
import { startPair, seenOf, type Member, type Pair, type Seen } from './support/pair.ts'
import { words } from './support/programs.ts'
import { stepHome, type StepHome } from './support/step-home.ts'

let pair: Pair

beforeAll(async () => {
  pair = await startPair({ crl: { enabled: true, generateOnRevoke: true, cacheDuration: '2h' } })
})
afterAll(() => pair.stop())

/** What both answer to the same body. */
async function ask(body: object | string): Promise<{ ours: Seen; theirs: Seen }> {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const post = async ({ send }: Member): Promise<Seen> => seenOf(await send('/1.0/revoke', { body: text }))
  const [ours, theirs] = await Promise.all([post(pair.signet), post(pair.stepCa)])
  return { ours, theirs }
}

const revokeToken = (sub: string, claims: object = {}): string =>
  aStepToken(pair.folder, { aud: 'https://localhost/1.0/revoke', sub, sans: undefined, ...claims })
const right = (serial: string, changes: object = {}): object => ({
  serial,
  ott: revokeToken(serial),
  passive: true,
  ...changes,
})

describe('signet and step-ca answer the same', () => {
  it.each<[string | object, number]>([
    ['', 400],
    ['{', 400],
    ['null', 400],
    ['{}', 400],
    [{ serial: 5 }, 400],
    [{ serial: 'x' }, 400],
    [{ serial: '<0>' }, 400],
    [{ serial: '08' }, 400],
    [{ serial: '5', reasonCode: 11, passive: true }, 400],
    [{ serial: '5', reasonCode: -1, passive: true }, 400],
    [{ serial: '5', reasonCode: '1', passive: true }, 400],
    [{ serial: '5', reasonCode: 1.5, passive: true }, 400],
    [{ serial: '5', reasonCode: 1 }, 501],
    [{ serial: '5', passive: false }, 501],
    [{ serial: '5', passive: 'yes' }, 400],
    [{ serial: '5', passive: true }, 400],
    [{ serial: '0x5', passive: true, ott: '' }, 400],
    [{ serial: '5', passive: true, ott: 'x' }, 401],
    [{ serial: '5', passive: true, ott: 'a.b.c' }, 401],
  ])('to %j', async (body, status) => {
    const { ours, theirs } = await ask(body)
    expect([ours, ours.status]).toEqual([theirs, status])
  })

  it('to a right token, also for a certificate that nobody knows, and to a second one', async () => {
    for (const [serial, status] of [
      ['1001', 200],
      ['1001', 400],
      ['1002', 200],
    ] as const) {
      const { ours, theirs } = await ask(right(serial, { reasonCode: 4, reason: 'replaced' }))
      expect([ours, ours.status]).toEqual([theirs, status])
    }
  })

  it('to other ways of writing a serial number', async () => {
    for (const [written, serial] of [
      ['0x7d1', '2001'],
      ['0b11111010010', '2002'],
      ['0o3723', '2003'],
      ['03724', '2004'],
      ['2_005', '2005'],
      ['+2006', '2006'],
    ] as const) {
      const { ours, theirs } = await ask({ ...right(serial), serial: written })
      expect([written, ours, ours.status]).toEqual([written, theirs, 200])
    }
  })

  it('to a token that is used again, is for another certificate or for something else', async () => {
    const ott = revokeToken('3001', { jti: randomUUID() })
    expect((await ask({ serial: '3001', ott, passive: true })).ours.status).toBe(200)
    for (const [body, status] of [
      [{ serial: '3001', ott, passive: true }, 401],
      [right('3002', { ott: revokeToken('3003') }), 403],
      [right('3004', { ott: revokeToken('3004', { aud: 'https://localhost/1.0/sign' }) }), 401],
      [right('3005', { ott: revokeToken('3005', { aud: 'https://elsewhere/1.0/revoke' }) }), 401],
      [right('3006', { ott: revokeToken('3006', { exp: 1 }) }), 401],
      [right('3007', { ott: revokeToken('') }), 401],
    ] as const) {
      const { ours, theirs } = await ask(body)
      expect([ours, ours.status]).toEqual([theirs, status])
    }
  })
})

describe.each(['signet', 'stepCa'] as const)('the real step against %s', (name) => {
  let home: StepHome
  const member = (): Member => pair[name]

  beforeAll(async () => {
    home = await stepHome(pair.folder, member().url)
  })
  afterAll(() => home.remove())

  const step = (line: string) => home.step(...words(line))
  const password = (): string => `--provisioner-password-file ${pair.folder.provisionerPasswordFile}`

  async function issue(file: string): Promise<string> {
    const { status, stderr } = await step(`ca certificate ${file}.test ${file}.crt ${file}.key --force ${password()}`)
    if (status !== 0) throw new Error(stderr)
    return BigInt(`0x${new X509Certificate(home.text(`${file}.crt`)).serialNumber}`).toString()
  }
  const lastLine = (text: string): string | undefined => text.trimEnd().split('\n').at(-1)
  const revoked = (serial: string): string => `Certificate with Serial Number ${serial} has been revoked.`
  const already = (serial: string): string =>
    `The request could not be completed: certificate with serial number '${serial}' is already revoked.`
  const masked =
    'The request lacked necessary authorization to be completed. Please see the certificate authority logs for more info.'

  it('revokes by token, once, and then renews no more', async () => {
    const serial = await issue('token')
    expect((await step('ca renew --force token.crt token.key')).stderr).toBe(
      'Your certificate has been saved in token.crt.\n',
    )
    const newer = BigInt(`0x${new X509Certificate(home.text('token.crt')).serialNumber}`).toString()
    const { stdout: token } = await step(`ca token ${newer} --revoke ${password()}`)
    const first = await step(`ca revoke ${newer} --token ${token.trim()} --reasonCode keyCompromise --reason lost`)
    expect([lastLine(first.stderr), first.status]).toEqual([revoked(newer), 0])
    const { stdout: another } = await step(`ca token ${newer} --revoke ${password()}`)
    const second = await step(`ca revoke ${newer} --token ${another.trim()}`)
    expect([second.stderr.includes(already(newer)), second.status]).toEqual([true, 1])
    const renewal = await step('ca renew --force token.crt token.key')
    expect([renewal.stderr.includes(masked), renewal.status]).toEqual([true, 1])
    const old = await send(agentFor(pair.folder), `${member().url}/revoke`, { body: JSON.stringify(right(serial)) })
    expect(old.status).toBe(200)
  })

  it('revokes by the certificate itself, once', async () => {
    const serial = await issue('web')
    const first = await step('ca revoke --cert web.crt --key web.key')
    expect([lastLine(first.stderr), first.status]).toEqual([revoked(serial), 0])
    const second = await step('ca revoke --cert web.crt --key web.key')
    expect([second.stderr.includes(already(serial)), second.status]).toEqual([true, 1])
  })

  it('cannot revoke another certificate with a certificate', async () => {
    await issue('one')
    const agent = agentFor(pair.folder, { cert: home.text('one.crt'), key: home.text('one.key') })
    const answer = await send(agent, `${member().url}/revoke`, { body: JSON.stringify({ serial: '4', passive: true }) })
    agent.destroy()
    const serial = BigInt(`0x${new X509Certificate(home.text('one.crt')).serialNumber}`).toString()
    expect([answer.status, JSON.parse(answer.body)]).toEqual([
      403,
      {
        status: 403,
        message: `The request was forbidden by the certificate authority: request serial number "4" and certificate serial number "${serial}" do not match.`,
      },
    ])
  })
})

describe('the revocation list', () => {
  /** All of a list but numbers, times, key and signature: its head, then its entries in the order of their numbers. */
  async function listOf({ send }: Member): Promise<string[]> {
    const { body } = await send('/crl?pem')
    const text = await run('openssl', ['crl', '-noout', '-text'], { input: body })
    const [head = '', ...entries] = text
      .replace(/(Update|Date): .*/g, '$1: …')
      .replace(/X509v3 CRL Number: \n.*/, 'number')
      .replace(/ *Signature Algorithm: \S+\n *Signature Value:[^]*/, '')
      .split(/^ *Serial Number: /m)
    return [head, ...entries.filter((entry) => entry.startsWith('ABCD')).toSorted()]
  }

  it('has the same content, and each revocation at once', async () => {
    for (const [index, reasonCode] of [0, 1, 6, 10].entries()) {
      const serial = String(0xabcd00 + index)
      const { ours, theirs } = await ask(right(serial, { reasonCode }))
      expect([ours, ours.status]).toEqual([theirs, 200])
    }
    const ours = await listOf(pair.signet)
    expect(ours).toEqual(await listOf(pair.stepCa))
    expect(ours).toHaveLength(5)
  })

  /** Status and headers, without the hour at which it ends. */
  const headersOf = (answer: WireAnswer) => [
    answer.status,
    ...seenOf(answer).headers.map((header) => header.replace(/(expires: \w+, ).*( UTC)/, '$1…$2')),
  ]

  it.each(['/crl', '/1.0/crl', '/crl?pem', '/crl?pem=0', '/crl?x=pem', '/crl/'])(
    'has the same headers at %s',
    async (path) => {
      const [ours, theirs] = await Promise.all([pair.signet.send(path), pair.stepCa.send(path)])
      expect(headersOf(ours)).toEqual(headersOf(theirs))
    },
  )

  it('expires two hours after it was made', async () => {
    const [ours, theirs] = await Promise.all([pair.signet.send('/crl'), pair.stepCa.send('/crl')])
    const [one = Number.NaN, other = Number.NaN] = [ours, theirs].map(({ headers }) =>
      Date.parse(headers.expires ?? ''),
    )
    expect(Math.abs(one - other)).toBeLessThan(5000)
  })

  it.each(['signet', 'stepCa'] as const)('of %s is verified by the real step', async (name) => {
    const home = await stepHome(pair.folder, pair[name].url)
    const ca = pair.folder.file('certs', 'intermediate_ca.crt')
    const root = home.file('.step', 'certs', 'root_ca.crt')
    const said = await home.step('crl', 'inspect', '--ca', ca, '--roots', root, `${pair[name].url}/1.0/crl`)
    home.remove()
    expect([said.status, said.stderr]).toEqual([0, ''])
    expect(said.stdout).toContain('URI:https://localhost/1.0/crl')
  })
})
