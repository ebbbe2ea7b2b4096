import { X509Certificate } from 'node:crypto'
import { rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { agreed, onAll, type CliUser } from '../support/cli-flow.ts'
import { contentOfFile } from '../support/flow.ts'
import { startPair, type Pair } from '../support/pair.ts'
import { describeToken, giveCsr } from '../support/token-flow.ts'

let pair: Pair

beforeAll(async () => {
  pair = await startPair()
})
afterAll(() => pair.stop())

const said = (stdout: string, stderr = ''): object => ({ status: 0, stdout, stderr })

describe('signet ca beside step ca, each at signet and at step-ca', () => {
  it('bootstraps: the same files, modes and messages', async () => {
    const { fingerprint, root } = pair.folder
    const outcomes = await onAll(pair, { knows: false }, async ({ say, look, authority }) => ({
      said: await say('ca bootstrap --ca-url', authority.url, '--fingerprint', fingerprint),
      root: look('.step', 'certs', 'root_ca.crt'),
      defaults: look('.step', 'config', 'defaults.json'),
      folder: look('.step', 'contexts.json'),
    }))
    expect(agreed(outcomes)).toEqual({
      said: said(
        '',
        'The root certificate has been saved in ~/.step/certs/root_ca.crt.\nThe authority configuration has been saved in ~/.step/config/defaults.json.\n',
      ),
      root: { mode: '600', text: root },
      defaults: {
        mode: '644',
        text: `{\n  "ca-url": "https://ca",\n  "fingerprint": "${fingerprint}",\n  "root": "~/.step/certs/root_ca.crt"\n}`,
      },
    })
  })

  it('bootstraps contexts, of which the last is current', async () => {
    const { fingerprint } = pair.folder
    const outcomes = await onAll(pair, { knows: false }, async ({ say, look, authority }) => {
      const flags = ['--ca-url', authority.url, '--fingerprint', fingerprint]
      return {
        one: await say('ca bootstrap --context one', ...flags),
        two: await say(
          'ca bootstrap --context two --authority here --profile me --redirect-url https://done',
          ...flags,
        ),
        health: await say('ca health'),
        contexts: look('.step', 'contexts.json'),
        current: look('.step', 'current-context.json'),
        defaults: look('.step', 'authorities', 'here', 'config', 'defaults.json'),
        profile: look('.step', 'profiles', 'me', 'config', 'defaults.json'),
      }
    })
    expect(agreed(outcomes)).toMatchObject({ health: said('ok\n'), profile: { mode: '600', text: '{}' } })
  })

  it('refuses a root with another fingerprint, and leaves no file', async () => {
    const wrong = '0'.repeat(64)
    const outcomes = await onAll(pair, { knows: false }, async ({ sayPlain, look, authority }) => {
      const { status, stdout, stderr } = await sayPlain('ca bootstrap --ca-url', authority.url, '--fingerprint', wrong)
      const about = stderr.endsWith('\n')
      return { status, stdout, about, root: look('.step', 'certs', 'root_ca.crt') }
    })
    expect(agreed(outcomes)).toEqual({ status: 1, stdout: '', about: true, root: undefined })
  })

  it.each(['health', 'root', 'roots', 'federation'])('prints %s', async (verb) => {
    const outcomes = await onAll(pair, { knows: true }, ({ say }) => say(`ca ${verb}`))
    expect(agreed(outcomes)).toEqual(said(verb === 'health' ? 'ok\n' : pair.folder.root))
  })

  it.each([
    ['root', 'root certificate'],
    ['roots', 'root certificate bundle'],
    ['federation', 'federation certificate bundle'],
  ])('saves %s in a file', async (verb, what) => {
    const outcomes = await onAll(pair, { knows: true }, async ({ say, look, write }) => {
      write('old.pem', 'old')
      return {
        said: await say(`ca ${verb} new.pem`),
        file: look('new.pem'),
        forced: await say(`ca ${verb} old.pem --force`),
        replaced: look('old.pem'),
      }
    })
    expect(agreed(outcomes)).toMatchObject({
      said: said('', `The ${what} has been saved in new.pem.\n`),
      file: { mode: '600', text: pair.folder.root },
      forced: { status: 0 },
    })
  })

  it.each(['health', 'roots'])('needs an authority for %s', async (verb) => {
    const outcomes = await onAll(pair, { knows: false }, ({ sayPlain }) => sayPlain(`ca ${verb}`))
    const messages = Object.entries(outcomes)
      .filter(([who]) => who.endsWith('step-ca'))
      .map(([who, { status, stderr }]) => [who.split(' ')[0], status, stderr])
    expect(messages).toEqual([
      ['step', 1, `'step ca ${verb}' requires the '--ca-url' flag\n`],
      ['signet', 1, `signet: 'signet ca ${verb}' requires the '--ca-url' flag\n`],
    ])
  })
})

const ops = (): string[] => ['--provisioner', 'ops', '--provisioner-password-file', pair.folder.provisionerPasswordFile]
/** Kind of key, names and life of a certificate, and how many are in the file. */
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
      const { status, stdout, stderr } = await user.sayPlain(line, ...ops())
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
      const answer = await user.say(line, ...ops())
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
      const { stdout } = await user.sayPlain('ca token web.test --san a.test', ...ops())
      rmSync(user.file('.step'), { recursive: true })
      const answer = await user.say('ca certificate web.test web.crt web.key --token', stdout.trim())
      const again = await user.sayPlain('ca certificate web.test web.crt web.key --force --token', stdout.trim())
      return { answer, again: again.status, ...(await contentOf(user, 'web.crt')) }
    })
    expect(agreed(outcomes)).toMatchObject({ answer: { status: 0 }, again: 1 })
  })

  it('refuse a token for somebody else, in the words of step', async () => {
    const outcomes = await onAll(pair, { knows: true }, async (user) => {
      const { stdout } = await user.sayPlain('ca token web.test', ...ops())
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
      const answer = await user.say('ca sign web.csr web.crt --not-after 2h', ...ops())
      return { answer, mode: (user.look('web.crt') as { mode: string }).mode, ...(await contentOf(user, 'web.crt')) }
    })
    expect(agreed(outcomes)).toMatchObject({ answer: { status: 0 }, mode: '600', blocks: 3 })
  })

  it('are renewed, by TLS or by a token, when they are due', async () => {
    const outcomes = await onAll(pair, { knows: true }, async (user) => {
      await user.sayPlain('ca certificate web.test web.crt web.key', ...ops())
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
      await user.sayPlain('ca certificate web.test web.crt web.key', ...ops())
      const serial = serialOf(user, 'web.crt')
      const { stdout } = await user.sayPlain(`ca token ${serial} --revoke`, ...ops())
      const byToken = await user.say(`ca revoke ${serial} --reasonCode keyCompromise --token`, stdout.trim())
      const renewed = await user.sayPlain('ca renew web.crt web.key --force')
      await user.sayPlain('ca certificate own.test own.crt own.key', ...ops())
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

describe('provisioners', () => {
  it('are listed', async () => {
    const outcomes = await onAll(pair, { knows: true }, ({ say }) => say('ca provisioner list'))
    expect(agreed(outcomes)).toMatchObject({ status: 0, stderr: '' })
  })
})
