import type { NameDecision } from '../../../src/core/policy/step/decide.ts'
import type { CertificateNames, PolicyJson } from './generate.ts'

/** What step's engine and ours say of one policy and the names of one certificate; `''` allows. */
export type Pair = {
  readonly policy: PolicyJson
  readonly names: CertificateNames
  readonly step: string
  readonly ours: string
  /** What decided here; undefined where the names are allowed, or the policy itself was refused. */
  readonly decision: NameDecision | undefined
}

/** A difference that is meant to be: step's answer, ours, and why. */
export type Difference = {
  readonly step: string
  readonly ours: string
  readonly why: string
  readonly covers: (pair: Pair) => boolean
}

const denied = (pair: Pair, kind: string) => pair.decision?.rule?.startsWith(`deny.${kind}`) ?? false
const all = ({ names }: Pair) => Object.values(names).flat()
/** The kind of refusal without the name that it quotes. */
const gist = (text: string) => text.replace(/".*"/s, '')

/** Every way in which decisions differ; none of them allows what step refuses. */
export const decisions: readonly Difference[] = [
  {
    step: 'a rule of deny.cn decides nothing: the name goes on to the rules of what it looks like',
    ours: 'it denies',
    why: 'whoever writes it means it',
    covers: (pair) => denied(pair, 'cn'),
  },
  {
    step: 'without allowWildcardNames, *.a.test is not denied by the rule *.a.test',
    ours: 'it is',
    why: 'a rule must not deny less because less may be issued',
    covers: (pair) =>
      (pair.decision?.name.startsWith('*.') ?? false) && !pair.policy.allowWildcardNames && denied(pair, ''),
  },
  {
    step: 'crashes on names with an empty domain, such as me@',
    ours: 'refused',
    why: 'no name has one',
    covers: ({ step }) => step.startsWith('panic: runtime error: index out of range'),
  },
  {
    step: 'xn-- is an empty label; of e-mail domains only the encoding of A-labels is checked, not what they encode',
    ours: 'an A-label that encodes nothing valid is refused, in names and in rules',
    why: 'nobody can look it up',
    covers: ({ ours }) =>
      /xn--/i.test(ours) && /cannot parse \w+ domain|is not (?:a domain|an e-mail address)/.test(ours),
  },
  {
    step: 'takes e-mail rules without a domain, or with a quoted part that it cannot read again, which match nothing',
    ours: 'the policy is refused',
    why: 'a rule without effect is a mistake',
    covers: ({ ours }) => /\.email\[\d\] is not valid: ".*(?:@|\\.*)" is not an e-mail address/.test(ours),
  },
  {
    step: 'takes URIs with a bracket or zone in the host, as long as no rule looks at it',
    ours: 'refused, as no URI or as none that a rule can be asked about',
    why: 'no host is written so',
    covers: (pair) => pair.ours !== '' && all(pair).some((name) => /:\/\/[^/]*(?:\]|%25)/.test(name)),
  },
]

/** Ways in which only the text differs. */
export const texts: readonly Difference[] = [
  {
    step: 'URIs are written as Go writes them',
    ours: 'as they stand in the certificate',
    why: 'that is what was refused',
    covers: (pair) =>
      gist(pair.step) === gist(pair.ours) && all(pair).some((name) => /^[a-z][a-z0-9+.-]*:/i.test(name)),
  },
  {
    step: 'characters that nobody sees are written as \\u00ad',
    ours: 'as they are',
    why: 'so does JSON',
    covers: ({ step, ours }) => gist(step) === gist(ours) && /\\u[0-9a-f]{4}/.test(step),
  },
]
