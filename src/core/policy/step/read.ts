import { readFlag, readList, readMembers, readParsed, type JsonNode } from '../../json-reader.ts'
import { parseConstraint } from './constraint.ts'
import { nameKinds, type NameKind, type StepPolicy, type StepRule, type StepRules } from './policy.ts'

/** The members in which ca.json has a policy. */
export const policyMembers = ['allow', 'deny', 'allowWildcardNames'] as const

/**
 * Reads a policy out of an object that has `policyMembers`, beside others or not: `authority.policy.x509` and `options.x509`
 * of a provisioner. undefined where it has no rule, which allows everything, as in step.
 */
export function readStepPolicy(node: JsonNode): StepPolicy | undefined {
  const members = readMembers(node, policyMembers, 'as Go')
  const wildcards = members.get('allowWildcardNames')
  const policy = {
    allow: readRules(members.get('allow'), 'allow'),
    deny: readRules(members.get('deny'), 'deny'),
    allowWildcardNames: wildcards !== undefined && readFlag(wildcards),
  }
  return nameKinds.some((kind) => policy.allow[kind].length + policy.deny[kind].length > 0) ? policy : undefined
}

function readRules(node: JsonNode | undefined, list: 'allow' | 'deny'): StepRules {
  const members = node && readMembers(node, nameKinds, 'as Go')
  const rules = (kind: NameKind): StepRule[] => {
    const texts = members?.get(kind)
    if (texts === undefined) return []
    return readList(texts, (item) => readParsed(item, (text) => parseConstraint(kind, text), '')).map(
      (constraint, index) => {
        return { path: `${list}.${kind}[${index}]`, constraint }
      },
    )
  }
  return { dns: rules('dns'), ip: rules('ip'), email: rules('email'), uri: rules('uri'), cn: rules('cn') }
}
