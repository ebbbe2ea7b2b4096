import { parseJson } from '../../../../src/core/json.ts'
import { SignetError } from '../../../../src/core/errors.ts'
import { readJson } from '../../../../src/core/json-reader.ts'
import { noNames } from '../../../../src/core/names/names.ts'
import { explainStepPolicy } from '../../../../src/core/policy/step/decide.ts'
import { nameKinds, type NameKind, type StepPolicy } from '../../../../src/core/policy/step/policy.ts'
import { readStepPolicy } from '../../../../src/core/policy/step/read.ts'
import { fuzzed, type FuzzedParser } from '../fuzz.ts'
import { jsonGrammar } from '../grammars/json.ts'
import { textGrammar } from '../grammars/text.ts'

/** Rules for names, and the names that they decide about. */

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
const all = { allow: rules, deny: rules, allowWildcardNames: true }
/** One policy for each rule in each list, and one of all. */
const policies = [
  ...(['allow', 'deny'] as const).flatMap((list) =>
    nameKinds.flatMap((kind) => rules[kind].map((rule) => ({ [list]: { [kind]: [rule] } }))),
  ),
  all,
].map((policy) => JSON.stringify(policy))

const strange = ['"a b"@c.d', 'spiffe://a.b/c', 'https://u:p@h:1/x?y#z', 'urn:a:b', '[::1]', 'xn--', '.a', '*', 'a..b']
const names = [...new Set([...nameKinds.flatMap((kind): readonly string[] => rules[kind]), ...strange])]
names.push(...Array.from({ length: 20 }, (_, index) => `${'x'.repeat(index)}.n${index}.example.com`))
const pieces = [
  '@',
  '.',
  '*',
  '..',
  'xn--',
  '://',
  '/33',
  '%41',
  '[',
  ']',
  '"',
  '\\',
  'א',
  '。',
  'İ',
  '\u0301',
  '\u200d',
]

const read = (text: string): StepPolicy | undefined => {
  try {
    return readJson(parseJson(text), 'policy', readStepPolicy)
  } catch (error) {
    if (error instanceof SyntaxError) throw new SignetError('malformed', 'no JSON', { cause: error })
    throw error
  }
}

/** Members of `Names` by kind of rule; the common name is none of them. */
const members = { dns: 'dns', ip: 'ips', email: 'emails', uri: 'uris', cn: undefined } as const

function decide(policy: StepPolicy, kind: NameKind, name: string) {
  const member = members[kind]
  const own = member === undefined ? noNames : { ...noNames, [member]: [name] }
  return explainStepPolicy(policy, { names: own, commonName: member === undefined ? name : '' })
}

const everything = read(JSON.stringify(all))

export const policyParsers: readonly FuzzedParser[] = [
  fuzzed({
    title: 'policies',
    grammar: jsonGrammar(
      nameKinds.flatMap((kind) => rules[kind].map((rule) => [rule])),
      pieces,
    ),
    seeds: policies,
    parse(text) {
      const policy = read(text)
      return policy && nameKinds.flatMap((kind) => names.slice(0, 5).map((name) => decide(policy, kind, name)))
    },
    refusals: ['malformed'],
  }),
  fuzzed({
    title: 'names that policies decide about',
    grammar: textGrammar(pieces),
    seeds: names,
    parse(name) {
      const decisions = everything === undefined ? [] : nameKinds.map((kind) => decide(everything, kind, name))
      // So that both happen: for the harness a name that nothing allows is as good as refused.
      if (!decisions.some(({ allowed }) => allowed) && !names.includes(name))
        throw new SignetError('forbidden', 'denied')
    },
    refusals: ['forbidden'],
  }),
]
