import { beforeAll, describe, expect, it } from 'vitest'
import { SignetError } from '../../../src/core/errors.ts'
import { readJson } from '../../../src/core/json-reader.ts'
import { explainStepPolicy, type NameDecision } from '../../../src/core/policy/step/decide.ts'
import type { StepPolicy } from '../../../src/core/policy/step/policy.ts'
import { readStepPolicy } from '../../../src/core/policy/step/read.ts'
import { run } from '../../cluster/harness/run.ts'
import { buildGoProgram } from '../support/go-program.ts'
import { decisions, texts, type Difference, type Pair } from './differences.ts'
import { generateQuestions, type CertificateNames, type Question } from './generate.ts'

type StepAnswer = { readonly error?: string; readonly verdicts?: readonly string[] }

/** What Go does not take for a URI gets into no CSR that step accepts. */
const notUri = 'not a URI'

let pairs: readonly Pair[]

beforeAll(async () => {
  const program = await buildGoProgram(import.meta.dirname)
  const questions = [...generateQuestions(20_260_115, 5000, 8)]
  const input = questions.map((question) => `${JSON.stringify(question)}\n`).join('')
  const lines = (await run(program, [], { input })).trim().split('\n')
  pairs = questions.flatMap((question, index) => pairsOf(question, JSON.parse(lines[index] ?? '') as StepAnswer))
  // The Go program is built where it is not cached.
}, 600_000)

function pairsOf(question: Question, { error, verdicts = [] }: StepAnswer): Pair[] {
  const { policy, names: certificates } = question
  const read = readPolicy(policy)
  if (error !== undefined || read.fault !== '') {
    return [{ policy, names: {}, step: error ?? '', ours: read.fault, decision: undefined }]
  }
  return certificates.flatMap((names, index) => {
    const step = verdicts[index] ?? ''
    const decision = read.policy && refusalOf(read.policy, names)
    const ours = decision?.allowed === false ? decision.message : ''
    return step === notUri ? [] : [{ policy, names, step, ours, decision }]
  })
}

function readPolicy(json: object): { readonly policy: StepPolicy | undefined; readonly fault: string } {
  try {
    return { policy: readJson(json, 'policy', readStepPolicy), fault: '' }
  } catch (error) {
    if (!(error instanceof SignetError)) throw error
    return { policy: undefined, fault: error.message }
  }
}

function refusalOf(policy: StepPolicy, certificate: CertificateNames): NameDecision | undefined {
  const { dns = [], ips = [], emails = [], uris = [], cn: commonName = '' } = certificate
  const { allowed, names } = explainStepPolicy(policy, { names: { dns, ips, emails, uris }, commonName })
  return allowed ? undefined : names.at(-1)
}

const refusedPolicies = () => pairs.filter(({ names }) => Object.keys(names).length === 0)
const differing = () => pairs.filter(({ step, ours }) => (step === '') !== (ours === ''))
/** Texts of faulty policies are our own. */
const worded = () =>
  pairs.filter(({ names, step, ours }) => Object.keys(names).length > 0 && step !== '' && ours !== '' && step !== ours)

const undeclared = (found: readonly Pair[], table: readonly Difference[]) =>
  found.filter((pair) => !table.some(({ covers }) => covers(pair)))

describe('step’s policy engine and ours', () => {
  it('are asked about enough, and both allow and refuse often', () => {
    expect(pairs.length).toBeGreaterThan(20_000)
    expect(pairs.filter(({ step, ours }) => step === '' && ours === '').length).toBeGreaterThan(5000)
    expect(pairs.filter(({ step, ours }) => step !== '' && ours !== '').length).toBeGreaterThan(5000)
    expect(refusedPolicies().length).toBeGreaterThan(500)
  })

  it('decide the same but for the differences that are declared', () => {
    expect(undeclared(differing(), decisions)).toEqual([])
  })

  it('agree on all that step refuses', () => {
    expect(pairs.filter(({ step, ours }) => step !== '' && ours === '')).toEqual([])
  })

  it('say the same of what they refuse but for the differences that are declared', () => {
    expect(undeclared(worded(), [...decisions, ...texts])).toEqual([])
  })

  it.each([...decisions, ...texts])('differ still: $step', ({ covers }) => {
    expect([...differing(), ...worded()].some((pair) => covers(pair))).toBe(true)
  })
})
