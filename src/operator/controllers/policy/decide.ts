import { isSignetError } from '../../../core/errors.ts'
import { matchesLabels, policyRule } from '../../../core/policy/rules.ts'
import type { CertificatePolicy, CertificatePolicyStatus } from '../../../core/resources/index.ts'
import { stampConditions, type ConditionFact } from '../../conditions.ts'

export type PolicyInput = {
  readonly policy: CertificatePolicy
  /** Of every namespace. */
  readonly namespaceLabels: readonly Readonly<Record<string, string>>[]
}

/** The whole status: whether authority and webhook can read the policy, and whether it is about anybody. */
export function policyStatus(input: PolicyInput, now: number): CertificatePolicyStatus {
  const { metadata, status } = input.policy
  const generation = metadata.generation ?? 0
  return {
    conditions: stampConditions([decideReady(input)], status?.conditions, generation, now),
    observedGeneration: generation,
  }
}

const inForce = {
  Enforce: { reason: 'Enforced', message: 'what it does not allow, and no other policy does, is refused' },
  Audit: { reason: 'Audited', message: 'what it would refuse is told by Events, and allowed' },
} as const

function decideReady({ policy, namespaceLabels }: PolicyInput): ConditionFact {
  const { metadata, spec } = policy
  try {
    const { namespaceSelector, mode } = policyRule(metadata.name, spec)
    const selected =
      namespaceSelector === undefined || namespaceLabels.some((labels) => matchesLabels(namespaceSelector, labels))
    if (selected) return { type: 'Ready', status: 'True', ...inForce[mode] }
    const message = 'no namespace has the labels of spec.namespaceSelector'
    return { type: 'Ready', status: 'True', reason: 'SelectsNothing', message }
  } catch (error) {
    if (!isSignetError(error)) throw error
    return { type: 'Ready', status: 'False', reason: 'Invalid', message: error.message }
  }
}
