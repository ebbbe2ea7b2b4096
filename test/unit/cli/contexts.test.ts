import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runCommandLine } from '../../../src/cli/program.ts'
import { chooseContext, forgetContext, readContexts, saveContext } from '../../../src/cli/contexts.ts'
import { openStepFolder, readDefaults } from '../../../src/cli/step-path.ts'
import { fakeCliIo, type CliWorld } from '../../fakes/cli-io.ts'

let base: string
const one = { name: 'one', authority: 'one.test', profile: 'mine' }
const two = { name: 'two', authority: 'two.test', profile: 'ours' }

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'signet-step-'))
})
afterEach(() => rmSync(base, { recursive: true }))

const world = (more: CliWorld = {}) => fakeCliIo({ ...more, env: { STEPPATH: base, ...more.env } })
const write = (name: string, value: unknown): void => {
  mkdirSync(join(base, name, '..'), { recursive: true })
  writeFileSync(join(base, name), typeof value === 'string' ? value : JSON.stringify(value))
}
const read = (name: string): string => readFileSync(join(base, name), 'utf8')

async function path(flags: readonly string[], more: CliWorld = {}) {
  const io = world(more)
  const code = await runCommandLine(['path', ...flags], io, [])
  return [code, io.said.out, io.said.err]
}

describe('signet path', () => {
  it('is $STEPPATH, else .step in the home folder', async () => {
    expect(await path([])).toEqual([0, `${base}\n`, ''])
    expect(await path([], { env: { STEPPATH: '', HOME: '/home/me' } })).toEqual([0, '/home/me/.step\n', ''])
  })

  it('is in the folders of the current context', async () => {
    write('contexts.json', { one: { authority: 'one.test', profile: 'mine' } })
    write('current-context.json', { context: 'one' })
    expect(await path([])).toEqual([0, `${base}/authorities/one.test\n`, ''])
    expect(await path(['--profile'])).toEqual([0, `${base}/profiles/mine\n`, ''])
    expect(await path(['--base'])).toEqual([0, `${base}\n`, ''])
  })

  it.each([
    ['{', /^signet: error parsing \S+contexts\.json: /],
    ['[]', /^signet: error parsing \S+contexts\.json: it is not a JSON object\n$/],
    [
      { a: { profile: 'b' } },
      /^signet: error in context 'a': context cannot have an empty authority value; check your \$STEPPATH\/contexts\.json file\n$/,
    ],
  ])('tells what is wrong with a contexts.json %j', async (text, message) => {
    write('contexts.json', text)
    expect(await path([])).toEqual([1, '', expect.stringMatching(message)])
  })
})

describe('contexts', () => {
  it('are written as step writes them, the first as the current one', async () => {
    await saveContext(world(), two)
    await saveContext(world(), one)
    expect(read('contexts.json')).toBe(
      '{\n    "one": {\n        "profile": "mine",\n        "authority": "one.test"\n    },\n' +
        '    "two": {\n        "profile": "ours",\n        "authority": "two.test"\n    }\n}',
    )
    expect(read('current-context.json')).toBe('{"context":"two"}')
    await expect(forgetContext(world(), 'two')).rejects.toThrow(
      "cannot remove current context; use 'signet context select' to switch contexts",
    )
    await forgetContext(world(), 'one')
    expect([...readContexts(world()).all.keys()]).toEqual(['two'])
    await expect(forgetContext(world(), 'one')).rejects.toThrow("context 'one' not found")
  })

  it('are chosen by name, else the current one', async () => {
    await saveContext(world(), one)
    await saveContext(world(), two)
    expect(await chooseContext(world(), undefined)).toEqual(one)
    expect(await chooseContext(world(), 'two')).toEqual(two)
    await expect(chooseContext(world(), 'three')).rejects.toThrow("could not load context 'three'")
  })

  it('are asked about where none is current, and kept', async () => {
    write('contexts.json', { one, two })
    await expect(chooseContext(world(), undefined)).rejects.toThrow('give --context')
    expect(await chooseContext(world({ keys: 'j\r' }), undefined)).toEqual(two)
    expect(read('current-context.json')).toBe('{"context":"two"}')
  })
})

describe('defaults.json', () => {
  it('of the profile is laid over that of the authority, without what decides between them', async () => {
    write('authorities/one.test/config/defaults.json', { 'ca-url': 'https://one.test', root: 'a', profile: 'x' })
    write('profiles/mine/config/defaults.json', { root: 'b' })
    const io = world()
    expect(readDefaults(io, openStepFolder(io, one))).toEqual({ 'ca-url': 'https://one.test', root: 'b' })
    expect(io.said.err).toBe("cannot set 'profile' attribute in config files\n")
  })

  it('gives flags their values, and may be another file', async () => {
    write('config/defaults.json', { profile: true })
    write('other.json', '{')
    // `profile` of `signet path` is one of the flags that no file gives.
    expect(await path([])).toEqual([0, `${base}\n`, ''])
    const io = world()
    expect(await runCommandLine(['--config', join(base, 'other.json'), 'path'], io, [])).toBe(1)
    expect(io.said.err).toMatch(/^signet: error parsing \S+other\.json: /)
  })
})

it('paths in the configuration are relative to it, unless they say otherwise', () => {
  const folder = openStepFolder({ env: { STEPPATH: '/s', HOME: '/h' } }, one)
  const paths = ['certs/a', '~/a', '/a'].map((each) => folder.resolve(each))
  expect(paths).toEqual(['/s/authorities/one.test/certs/a', '/h/a', '/a'])
  expect(folder.resolve('./a')).toBe(join(process.cwd(), 'a'))
})
