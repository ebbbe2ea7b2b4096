import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { agreed, onAll } from '../support/cli-flow.ts'
import { startPair, type Pair } from '../support/pair.ts'

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
