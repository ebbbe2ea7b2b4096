import { X509Certificate } from 'node:crypto'
import { rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { agreed, byOps, onAll, type CliUser } from '../support/cli-flow.ts'
import { contentOfFile } from '../support/flow.ts'
import { startPair, type Pair } from '../support/pair.ts'
import { giveCsr } from '../support/token-flow.ts'

let pair: Pair

beforeAll(async () => {
  pair = await startPair()
})
afterAll(() => pair.stop())

const said = (stdout: string, stderr = ''): object => ({ status: 0, stdout, stderr })

async function contentOf(user: CliUser, name: string): Promise<object> {
  const { validFrom, validTo, publicKey } = new X509Certificate(user.text(name))
  const { asymmetricKeyType, asymmetricKeyDetails } = publicKey
  return {
    kind: [asymmetricKeyType, asymmetricKeyDetails?.namedCurve, asymmetricKeyDetails?.modulusLength],
    life: Date.parse(validTo) - Date.parse(validFrom),
    content: await contentOfFile(user, name),
    blocks: user.text(name).split('BEGIN').length,
  }
}
const serialOf = (user: CliUser, name: string): string =>
  BigInt(`0x${new X509Certificate(user.text(name)).serialNumber}`).toString()

describe('certificates', () => {
  it.each([
    '',
    '--san web.test --san 10.0.0.1 --san me@web.test --san https://web.test/x --not-after 1h',
    '--kty RSA --size 3072',
    '--kty OKP --curve Ed25519',
    '--kty EC --curve P-384 --not-before 1m --not-after 10m',
  ])('are the same with %j', async (flags) => {
    const outcomes = await onAll(pair, { knows: true }, async (user) => {
      const line = `ca certificate web.test web.crt web.key ${flags}`.trim()
      const answer = await user.say(line, ...byOps(pair))
      const label = /BEGIN [A-Z ]+/.exec(user.text('web.key'))?.[0]
      const { mode } = user.look('web.key') as { mode: string }
      return {
        answer,
        label,
        mode,
        crt: (user.look('web.crt') as { mode: string }).mode,
        ...(await contentOf(user, 'web.crt')),
      }
    })
    expect(agreed(outcomes)).toMatchObject({ answer: { status: 0, stdout: '' }, mode: '600', crt: '600', blocks: 3 })
  })

  it('come of a token alone, which says where the authority is and which root it has', async () => {
    const outcomes = await onAll(pair, { knows: true }, async (user) => {
      const { stdout } = await user.sayPlain('ca token web.test --san a.test', ...byOps(pair))
      rmSync(user.file('.step'), { recursive: true })
      const answer = await user.say('ca certificate web.test web.crt web.key --token', stdout.trim())
      const again = await user.sayPlain('ca certificate web.test web.crt web.key --force --token', stdout.trim())
      return { answer, again: again.status, ...(await contentOf(user, 'web.crt')) }
    })
    expect(agreed(outcomes)).toMatchObject({ answer: { status: 0 }, again: 1 })
  })

  it('refuse a token for somebody else, in the words of step', async () => {
    const outcomes = await onAll(pair, { knows: true }, async (user) => {
      const { stdout } = await user.sayPlain('ca token web.test', ...byOps(pair))
      const answer = await user.say('ca certificate other.test web.crt web.key --token', stdout.trim())
      return { ...answer, stderr: answer.stderr.replace(/^signet: /m, ''), crt: user.look('web.crt') }
    })
    expect(agreed(outcomes)).toMatchObject({
      status: 1,
      stderr: "token subject 'web.test' and argument 'other.test' do not match\n",
    })
  })

  it('are signed for a CSR', async () => {
    const outcomes = await onAll(pair, { knows: true }, async (user) => {
      giveCsr(user)
      const answer = await user.say('ca sign web.csr web.crt --not-after 2h', ...byOps(pair))
      return { answer, mode: (user.look('web.crt') as { mode: string }).mode, ...(await contentOf(user, 'web.crt')) }
    })
    expect(agreed(outcomes)).toMatchObject({ answer: { status: 0 }, mode: '600', blocks: 3 })
  })

  it('are renewed, by TLS or by a token, when they are due', async () => {
    const outcomes = await onAll(pair, { knows: true }, async (user) => {
      await user.sayPlain('ca certificate web.test web.crt web.key', ...byOps(pair))
      const first = serialOf(user, 'web.crt')
      const early = await user.say('ca renew web.crt web.key --force --expires-in 1h')
      const kept = serialOf(user, 'web.crt') === first
      const renewed = await user.say('ca renew web.crt web.key --force --exec', 'echo done')
      const replaced = serialOf(user, 'web.crt') !== first
      const byToken = await user.say('ca renew web.crt web.key --mtls=false --out new.crt')
      const failed = await user.sayPlain('ca renew web.crt web.key --force --exec false')
      return {
        early: { ...early, stderr: early.stderr.replace(/23h59m\d+s|24h0m\d+s/, 'a day') },
        kept,
        renewed,
        replaced,
        byToken,
        failed: failed.status,
        mode: (user.look('new.crt') as { mode: string }).mode,
        ...(await contentOf(user, 'new.crt')),
      }
    })
    expect(agreed(outcomes)).toMatchObject({
      early: said('', 'certificate not renewed: expires in a day\n'),
      kept: true,
      renewed: said('done\n', 'Your certificate has been saved in web.crt.\n'),
      replaced: true,
      byToken: said('', 'Your certificate has been saved in new.crt.\n'),
      failed: 1,
      mode: '600',
    })
  })

  it('are revoked by a token or by themselves, and not renewed then', async () => {
    const outcomes = await onAll(pair, { knows: true }, async (user) => {
      await user.sayPlain('ca certificate web.test web.crt web.key', ...byOps(pair))
      const serial = serialOf(user, 'web.crt')
      const { stdout } = await user.sayPlain(`ca token ${serial} --revoke`, ...byOps(pair))
      const byToken = await user.say(`ca revoke ${serial} --reasonCode keyCompromise --token`, stdout.trim())
      const renewed = await user.sayPlain('ca renew web.crt web.key --force')
      await user.sayPlain('ca certificate own.test own.crt own.key', ...byOps(pair))
      const byItself = await user.say('ca revoke --cert own.crt --key own.key --reason', 'no use')
      const again = await user.sayPlain('ca revoke --cert own.crt --key own.key')
      return { byToken, renewed: renewed.status, byItself, again: again.status }
    })
    const message =
      '\x1b[32m\x1b[32m✔\x1b[0m \x1b[1mCA\x1b[0m\x1b[1m:\x1b[0m https://ca\nCertificate with Serial Number … has been revoked.\n'
    expect(agreed(outcomes)).toMatchObject({
      byToken: said('', message),
      renewed: 1,
      byItself: said('', message),
      again: 1,
    })
  })
})
