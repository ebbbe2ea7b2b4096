import { describe, expect, it } from 'vitest'
import type { Flags } from '../../../src/cli/command.ts'
import { readFlags, type FlagSources } from '../../../src/cli/flag-values.ts'

const table = {
  flags: {
    text: { kind: 'string', aliases: ['words', 't'], description: 'a text' },
    format: { kind: 'string', description: 'a form', choices: ['text', 'json'], default: 'text' },
    quick: { kind: 'bool', description: 'soon' },
    on: { kind: 'bool', description: 'usual', default: true },
    names: { kind: 'strings', description: 'some', commas: true },
    sets: { kind: 'strings', description: 'pairs' },
    size: { kind: 'int', description: 'bits' },
    wait: { kind: 'duration', description: 'how long' },
    'not-after': { kind: 'time', description: 'when' },
    'on-line-only': { kind: 'string', description: 'not elsewhere', commandLineOnly: true },
    kms: { kind: 'string', description: 'none', refused: 'keys are in files' },
  },
  exclusive: [['text', 'quick']],
} as const satisfies { flags: Flags; exclusive: readonly (readonly string[])[] }

type Sources = { line?: Record<string, string[]>; env?: Record<string, string>; defaults?: Record<string, unknown> }

const sources = ({ line = {}, env = {}, defaults = {} }: Sources): FlagSources => ({
  commandLine: new Map(Object.entries(line)),
  env,
  defaults,
})

const read = (from: Sources) => readFlags(table, sources(from), 'signet test')

describe('the value of a flag', () => {
  it('is the table’s default where nothing gives one', () => {
    const { flags, isGiven } = read({})
    expect(flags).toEqual({
      text: undefined,
      format: 'text',
      quick: false,
      on: true,
      names: [],
      sets: [],
      size: undefined,
      wait: undefined,
      'not-after': undefined,
      'on-line-only': undefined,
      kms: undefined,
    })
    expect(isGiven('format')).toBe(false)
  })

  it('comes from the command line before the environment before defaults.json', () => {
    const [line, env, defaults] = [{ text: ['1'] }, { STEP_TEXT: '2' }, { text: '3' }]
    expect(read({ line, env, defaults }).flags['text']).toBe('1')
    expect(read({ env, defaults }).flags['text']).toBe('2')
    expect(read({ defaults }).flags['text']).toBe('3')
    expect(read({ defaults: { words: 'by its other name' } }).flags['text']).toBe('by its other name')
    expect(read({ defaults }).isGiven('text')).toBe(true)
  })

  it('is not taken from elsewhere where step takes it from the command line alone', () => {
    const elsewhere = { env: { STEP_ON_LINE_ONLY: 'x' }, defaults: { 'on-line-only': 'x' } }
    expect(read(elsewhere).flags['on-line-only']).toBeUndefined()
  })

  it('has the type of its kind', () => {
    const line = { quick: ['true'], on: ['false'], size: ['2048'], wait: ['1h30m'], 'not-after': ['24h'] }
    expect(read({ line }).flags).toMatchObject({
      quick: true,
      on: false,
      size: 2048,
      wait: 5_400_000,
      'not-after': { kind: 'in', in: 86_400_000 },
    })
    expect(read({ env: { STEP_QUICK: 'T', STEP_SIZE: '3072' } }).flags).toMatchObject({ quick: true, size: 3072 })
    expect(read({ defaults: { quick: true, size: 4096 } }).flags).toMatchObject({ quick: true, size: 4096 })
  })

  it('is the last of several, but for flags that collect', () => {
    const line = { text: ['a', 'b'], names: ['a,b', ' c '], sets: ['a=1,2', 'b=3'] }
    expect(read({ line }).flags).toMatchObject({ text: 'b', names: ['a', 'b', 'c'], sets: ['a=1,2', 'b=3'] })
    expect(read({ env: { STEP_SETS: 'a=1, b=2' } }).flags['sets']).toEqual(['a=1', 'b=2'])
    expect(read({ defaults: { names: ['a', 'b'] } }).flags['names']).toEqual(['a', 'b'])
  })

  it('is as if not given where the text is empty', () => {
    expect(read({ line: { text: [''], size: [''] } }).flags).toMatchObject({ text: undefined, size: undefined })
  })
})

describe('a flag', () => {
  it.each<[string, Sources, string]>([
    ['of a choice', { line: { format: ['yaml'] } }, "invalid value 'yaml' for flag '--format'; options are text, json"],
    ['of a choice, empty', { line: { format: [''] } }, "missing value for flag '--format'; options are text, json"],
    ['of a number', { line: { size: ['2a'] } }, "invalid value '2a' for flag '--size'; it must be a whole number"],
    [
      'of a duration',
      { defaults: { wait: 'soon' } },
      `invalid value 'soon' for flag '--wait'; "soon" is not a duration: write it as 24h or 1h30m`,
    ],
    ['of a truth', { env: { STEP_QUICK: 'yes' } }, 'invalid boolean value "yes" for --quick: write true or false'],
    [
      'that excludes another',
      { line: { text: ['x'], quick: ['true'] } },
      "flag '--text' and flag '--quick' are mutually exclusive",
    ],
    ['that is refused', { defaults: { kms: 'yubikey:' } }, "flag '--kms': keys are in files"],
  ])('%s tells what is wrong', (_what, from, message) => {
    expect(() => read(from)).toThrow(expect.objectContaining({ name: 'SignetError', message }))
  })

  it('that is required tells for which command', () => {
    const flags = { names: { kind: 'strings', description: '', required: true } } as const
    const name = 'signet test'
    expect(() => readFlags({ flags }, sources({}), name)).toThrow("'signet test' requires the '--names' flag")
    expect(() => readFlags({ flags }, sources({ line: { names: ['a'] } }), name)).not.toThrow()
  })
})
