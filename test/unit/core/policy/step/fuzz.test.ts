import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { isSignetError } from '../../../../../src/core/errors.ts'
import { readJson } from '../../../../../src/core/json-reader.ts'
import { explainStepPolicy } from '../../../../../src/core/policy/step/decide.ts'
import { nameKinds, type StepPolicy } from '../../../../../src/core/policy/step/policy.ts'
import { readStepPolicy } from '../../../../../src/core/policy/step/read.ts'
import { chance, fuzzInputs, mutate } from '../../../../builders/fuzz.ts'

/** The longest that one input may take, in milliseconds; how much memory all of them may leave behind, in octets. */
const mostMs = 50
const mostGrowth = 20 * 1024 * 1024

const rules = {
  dns: [
    '*.example.com',
    'a.b',
    'bücher.de',
    'xn--bcher-kva.de',
    'straße.test',
    '例え.jp',
    '1.2.3',
    'a-b.c',
    'אבג.test',
  ],
  ip: ['10.0.0.0/8', '192.0.2.1', '::1', '2001:db8::/32', '::ffff:10.0.0.0/104', '0.0.0.0/0', '::/0', 'fe80::/10'],
  email: ['@example.com', 'example.org', 'me@a.b', 'a.b+c@d.e', 'root@localhost', 'X@Y.Z'],
  uri: ['*.example.com', 'localhost', 'a.b.c', 'xn--n3h.test'],
  cn: ['Jane Doe', 'a.b', '10.0.0.1', 'Ärger', 'a(b)[c]', 'https://a.b/c'],
} as const
const lists = ['allow', 'deny'] as const
/** One policy for each rule in each list, and one of all. */
const policies = [
  ...lists.flatMap((list) => nameKinds.flatMap((kind) => rules[kind].map((rule) => ({ [list]: { [kind]: [rule] } })))),
  { allow: rules, deny: rules, allowWildcardNames: true },
].map((policy) => JSON.stringify(policy))
const names = [
  ...nameKinds.flatMap((kind) => rules[kind]),
  '"a b"@c.d',
  'spiffe://a.b/c',
  'https://u:p@h:1/x?y#z',
  'urn:a:b',
  '[::1]',
  'xn--',
  '.a',
  '*',
]
const pieces = [
  ...'{}[]":,.*@-_/%\\ aZ09'.split(''),
  '..',
  'xn--',
  '://',
  '\u0000',
  'é',
  '\u0301',
  '\u200d',
  '\ud800',
  '😀',
  'א',
  '。',
  'İ',
  '/33',
]

/** Octets that are still reachable; the size of the process also shows when the collector ran last. */
function memoryInUse(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Of this process: others on the machine do not count. */
function millisecondsSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1000
}

const read = (text: string): StepPolicy | undefined => readJson(JSON.parse(text), 'policy', readStepPolicy)

describe('policies and names of others', { timeout: Math.max(20_000, fuzzInputs) }, () => {
  it('come from enough seeds, which are all valid', () => {
    expect(policies.length).toBeGreaterThan(50)
    expect(policies.map((text) => read(text)).filter((policy) => policy === undefined)).toEqual([])
  })

  it('are refused or decided in time, whatever they hold', () => {
    const random = chance(1)
    const outcomes = { json: 0, refused: 0, allowed: 0, denied: 0 }
    const slow: string[] = []
    let settled = 0
    for (let count = 0; count < fuzzInputs; count++) {
      // By then everything is compiled.
      if (count === Math.floor(fuzzInputs / 10)) settled = memoryInUse()
      const text = random.next() < 0.5 ? mutate(random, policies, pieces) : withMutatedRule(random)
      const name = mutate(random, names, pieces)
      const start = process.cpuUsage()
      outcomes[outcomeOf(text, name)]++
      if (millisecondsSince(start) > mostMs) slow.push(text)
    }
    expect(slow).toEqual([])
    expect(memoryInUse() - settled).toBeLessThan(mostGrowth)
    expect(Math.min(...Object.values(outcomes))).toBeGreaterThan(fuzzInputs / 50)
  })

  it('take no time for rules and names that are long', () => {
    for (const unit of ['a', 'a.', '*.', '@', 'xn--', 'é', '\u0301', '%41', '[', ':', '"', '\\', 'א.']) {
      const long = unit.repeat(20_000)
      for (const kind of nameKinds) {
        const start = process.cpuUsage()
        outcomeOf(JSON.stringify({ allow: { [kind]: [long] } }), long)
        outcomeOf(policies.at(-1) ?? '', long)
        expect([unit, kind, millisecondsSince(start) < 20 * mostMs]).toEqual([unit, kind, true])
      }
    }
  })

  function withMutatedRule(random: ReturnType<typeof chance>): string {
    const kind = random.pick(nameKinds)
    const rule = mutate(random, rules[kind], pieces)
    return JSON.stringify({ [random.pick(lists)]: { [kind]: [rule] }, allowWildcardNames: random.next() < 0.5 })
  }

  /** Any error but those that are meant fails the test with its input. */
  function outcomeOf(text: string, name: string): 'json' | 'refused' | 'allowed' | 'denied' {
    try {
      const policy = read(text)
      if (policy === undefined) return 'allowed'
      const decisions = nameKinds.map((kind) => {
        const own = { dns: [], ips: [], emails: [], uris: [] }
        const key = { dns: 'dns', ip: 'ips', email: 'emails', uri: 'uris', cn: undefined }[kind]
        return explainStepPolicy(policy, {
          names: key === undefined ? own : { ...own, [key]: [name] },
          commonName: key === undefined ? name : '',
        })
      })
      return decisions.some((decision) => decision.allowed) ? 'allowed' : 'denied'
    } catch (error) {
      if (error instanceof SyntaxError) return 'json'
      if (isSignetError(error, 'malformed')) return 'refused'
      throw new Error(`policy ${text}, name ${JSON.stringify(name)}`, { cause: error })
    }
  }
})
