import { describe, expect, it } from 'vitest'
import type { CommandGroup, CommandSpec } from '../../../src/cli/command.ts'
import { rootGroup } from '../../../src/cli/commands/index.ts'
import { runCommandLine } from '../../../src/cli/program.ts'
import { fakeCliIo } from '../../fakes/cli-io.ts'

async function run(line: string, env: Record<string, string> = {}) {
  const io = fakeCliIo({ env })
  const code = await runCommandLine(line.split(' ').filter(Boolean), io, [{ name: 'authority', summary: 'serve it' }])
  return { code, ...io.said }
}

type Verb = readonly [name: string, summary: string, command: CommandSpec]

async function verbsOf({ commands, examples }: CommandGroup, path: string): Promise<Verb[]> {
  expect([path, examples.length > 0]).toEqual([path, true])
  const below = Object.entries(commands).map(async ([name, { summary, load }]): Promise<Verb[]> => {
    const loaded = await load()
    const word = `${path} ${name}`
    return 'group' in loaded ? verbsOf(loaded.group, word) : [[word, summary, loaded.command]]
  })
  return (await Promise.all(below)).flat()
}

const verbs = await verbsOf(rootGroup, 'signet')

describe.each(verbs)('%s', (name, summary, command) => {
  it('has a help with its flags and examples that are its own', async () => {
    const { code, out, err } = await run(`${name.slice('signet '.length)} --help`)
    expect([code, err]).toEqual([0, ''])
    expect(out.startsWith(`Usage: ${name} `)).toBe(true)
    for (const [flag, { hidden }] of Object.entries(command.flags)) {
      // At the start of a line: an example may show one that is hidden.
      const isListed = new RegExp(`^ +(?:-\\w, )?--${flag} `, 'm').test(out)
      expect([flag, isListed]).toEqual([flag, hidden !== true])
    }
    expect(command.examples.length).toBeGreaterThan(0)
    for (const { comment, command: line } of command.examples)
      expect([comment, line.includes(name)]).toEqual([comment, true])
  })

  it('is described in the project’s style', () => {
    const texts = [summary, ...Object.values(command.flags).map(({ description }) => description)]
    for (const text of texts) expect(text).toMatch(/[^.]$/)
  })
})

describe('the program', () => {
  it.each(['', 'help', '--help', '-h'])('lists nouns and processes for %j', async (line) => {
    const { code, out, err } = await run(line)
    expect([code, err]).toEqual([0, ''])
    expect(out).toContain('Usage: signet <command> [arguments] [options]\n')
    expect(out).toMatch(/\n {2}path +print the folder of the configuration\n/)
    expect(out).toContain('\n  authority  serve it\n')
  })

  it.each(['ca', 'help ca', 'ca --help'])('lists the verbs of a noun for %j', async (line) => {
    const { code, out } = await run(line)
    expect(code).toBe(0)
    expect(out).toContain('Usage: signet ca <command> [arguments] [options]\n')
    expect(out).toContain('  # Make an authority in the folder that `signet path` prints\n  signet ca init')
  })

  it.each([
    ['version', 'signet test\n'],
    ['--version', 'signet test\n'],
    ['-v', 'signet test\n'],
  ])('prints its version for %j', async (line, out) => {
    expect(await run(line)).toEqual({ code: 0, out, err: '' })
  })

  it.each([
    ['pth', 3, "signet: unknown command 'pth'\n(Did you mean path?)\n(signet --help lists what there is)\n"],
    ['ca ini', 3, "signet: unknown command 'ini'\n(Did you mean init?)\n(signet ca --help lists what there is)\n"],
    [
      'path --bas',
      1,
      "signet: unknown option '--bas'\n(Did you mean --base?)\n(signet path --help lists what there is)\n",
    ],
    ['path x', 1, "signet: too many positional arguments were provided in 'signet path'\n"],
    [
      'ca policy test',
      1,
      "signet: not enough positional arguments were provided in 'signet ca policy test <config> [names...]'\n",
    ],
    [
      'ca init --name',
      1,
      "signet: option '--name <value>' argument missing\n(signet ca init --help lists what there is)\n",
    ],
    ['ca init --name x', 1, "signet: 'signet ca init' requires the '--dns' flag\n"],
    ['--config', 1, "signet: missing value for flag '--config'\n"],
  ])('tells what is wrong with %j', async (line, code, err) => {
    expect(await run(line)).toEqual({ code, out: '', err })
  })

  it('shows where an error arose with STEPDEBUG=1', async () => {
    const { code, err } = await run('path x', { STEPDEBUG: '1' })
    expect(code).toBe(1)
    expect(err).toMatch(/^signet: SignetError: too many positional arguments .*\n {4}at .*usage-errors\.ts/)
  })

  it('says of a fault of its own that it is one', async () => {
    const io = {
      ...fakeCliIo(),
      out: () => {
        throw new TypeError('out is broken')
      },
    }
    expect(await runCommandLine(['version'], io, [])).toBe(2)
    expect(io.said.err).toBe(
      'signet: this is a fault of signet itself: out is broken\nRun it again with STEPDEBUG=1 for the place in the program.\n',
    )
  })
})
