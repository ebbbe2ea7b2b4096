import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { isSignetError, type ErrorCode } from '../../../src/core/errors.ts'
import { chance } from '../../builders/fuzz.ts'
import type { FuzzInput, Grammar } from './grammars/grammar.ts'
import { shortest } from './shorten.ts'

/** One parser under test: a row of a table. */
export type FuzzedParser<Input extends FuzzInput = FuzzInput> = {
  readonly title: string
  readonly grammar: Grammar<Input>
  /** Valid inputs, at least 50, all different. */
  readonly seeds: readonly Input[]
  /**
   * Reads an input, and uses what it read as the program does. What breaks a rule of the parser (the second pass gives
   * something else than the first) throws a plain Error.
   */
  readonly parse: (input: Input) => unknown
  /** Codes of the SignetErrors with which it may refuse; everything else that it throws is a finding. */
  readonly refusals: readonly ErrorCode[]
}

/** A row of any kind, for tables of several. */
export function fuzzed<Input extends FuzzInput>(parser: FuzzedParser<Input>): FuzzedParser {
  return parser as unknown as FuzzedParser
}

export type FuzzOptions = { readonly inputs: number; readonly seed: number }

export type FuzzReport = {
  readonly parsed: number
  readonly refused: number
  /** What went wrong, each with a short input that shows it; the run ends with the third. */
  readonly findings: readonly string[]
  /** Octets that the process has grown by since the first tenth of the run. */
  readonly growth: number
}

/** Milliseconds that one input may take. */
export const mostMs = 50
/** Octets that the process may have grown by at the end of a run. */
export const mostGrowth = 20 * 1024 * 1024
const mostFindings = 3
const mostShown = 2000

/** Tries `inputs` mutations of the seeds: the same ones for the same number as seed. */
export function fuzz<Input extends FuzzInput>(parser: FuzzedParser<Input>, { inputs, seed }: FuzzOptions): FuzzReport {
  const { grammar, seeds } = parser
  const random = chance(seed)
  const findings: string[] = []
  let parsed = 0
  let refused = 0
  let settled = Infinity
  for (let count = 0; count < inputs && findings.length < mostFindings; count++) {
    // By then everything is compiled and every table is made.
    if (count === Math.floor(inputs / 10)) settled = residentSize()
    const input = grammar.mutate(random, seeds)
    const problem = problemOf(parser, input)
    if (problem === undefined) parsed += 1
    else if (problem === refusal) refused += 1
    else {
      const short = shortest(input, (candidate) => problemOf(parser, candidate) === problem)
      findings.push(`input ${count} of seed ${seed}: ${problem}\n  ${shown(short)}`)
    }
  }
  return { parsed, refused, findings, growth: residentSize() - settled }
}

const refusal = 'refused as it should be'

/** undefined: parsed; `refusal`; or what is wrong. */
function problemOf<Input extends FuzzInput>(parser: FuzzedParser<Input>, input: Input): string | undefined {
  const start = performance.now()
  const problem = outcomeOf(parser, input)
  if (performance.now() - start <= mostMs) return problem
  // The machine may have paused: only what takes long three times, of this process's own time, is slow.
  return [1, 2, 3].every(() => ownMs(() => void outcomeOf(parser, input)) > mostMs)
    ? `takes more than ${mostMs} ms`
    : problem
}

function outcomeOf<Input extends FuzzInput>({ parse, refusals }: FuzzedParser<Input>, input: Input) {
  try {
    parse(input)
    return undefined
  } catch (error) {
    if (isSignetError(error) && refusals.includes(error.code)) return refusal
    return describe(error)
  }
}

/** The error and where it was thrown, without what depends on the input, so that a shorter input is known to show the same. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return `throws ${String(error)}`
  const code = isSignetError(error) ? ` (${error.code})` : ''
  const [place = ''] = /[^/(]+\.ts:\d+/.exec(error.stack?.slice(error.message.length) ?? '') ?? []
  return `throws ${error.name}${code} at ${place}: ${error.message.slice(0, 200)}`
}

function ownMs(work: () => void): number {
  const start = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1000
}

/** Of the process, after the collector has run. */
function residentSize(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as (options: object) => void
  for (let round = 0; round < 2; round++) collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
  return process.memoryUsage().rss
}

/** As it can be put into a test: hexadecimal for octets, a literal for texts. */
export function shown(input: FuzzInput): string {
  const text = typeof input === 'string' ? JSON.stringify(input) : Buffer.from(input).toString('hex')
  return text.length <= mostShown ? text : `${text.slice(0, mostShown)} … (${input.length} in all)`
}
