import { addFault, isObject, readMembers, type JsonNode } from '../../core/json-reader.ts'
import { parseConstraint } from '../../core/policy/step/constraint.ts'
import type { StepPolicy } from '../../core/policy/step/policy.ts'
import { readStepPolicy } from '../../core/policy/step/read.ts'
import { SignetError } from '../../core/errors.ts'
import type { LinkedPolicy } from './messages.ts'

/** Names of lists of rules: in step's messages, and in ca.json. */
const listNames = [
  ['dns', 'dns'],
  ['ips', 'ip'],
  ['emails', 'email'],
  ['uris', 'uri'],
  ['commonNames', 'cn'],
] as const

type LinkedRules = NonNullable<NonNullable<LinkedPolicy['x509']>['allow']>
type Values = Readonly<Record<string, unknown>>

/** The members of a policy of X.509 names as ca.json has them. */
export function x509ToCaJson({ allow, deny, allowWildcardNames }: NonNullable<LinkedPolicy['x509']>): Values {
  return {
    ...(allow !== undefined && { allow: rulesToCaJson(allow) }),
    ...(deny !== undefined && { deny: rulesToCaJson(deny) }),
    ...(allowWildcardNames === true && { allowWildcardNames }),
  }
}

function rulesToCaJson(rules: LinkedRules): Values {
  return Object.fromEntries(listNames.map(([linked, caJson]) => [caJson, rules[linked] ?? []]))
}

/** The policy in these members of ca.json, such as those of `options.x509`; undefined where there is none. */
export function x509ToLinked(node: JsonNode): LinkedPolicy | undefined {
  const members = readMembers(node, ['allow', 'deny', 'allowWildcardNames'], 'as Go')
  const [allow, deny] = [members.get('allow'), members.get('deny')].map((rules) => rules && rulesToLinked(rules))
  if (allow === undefined && deny === undefined) return undefined
  const wildcards = members.get('allowWildcardNames')?.value === true
  return {
    x509: {
      ...(allow !== undefined && { allow }),
      ...(deny !== undefined && { deny }),
      ...(wildcards && { allowWildcardNames: true as const }),
    },
  }
}

function rulesToLinked(node: JsonNode): LinkedRules {
  const members = readMembers(
    node,
    listNames.map(([, caJson]) => caJson),
    'as Go',
  )
  return Object.fromEntries(
    listNames.flatMap(([linked, caJson]) => {
      const list = members.get(caJson)?.value
      return Array.isArray(list) && list.length > 0 ? [[linked, list as readonly string[]]] : []
    }),
  )
}

/** The rules for X.509 names, checked; undefined where there is none. Faults are added to `node`. */
export function readLinkedPolicy({ x509, ssh }: LinkedPolicy, node: JsonNode): StepPolicy | undefined {
  if (ssh !== undefined) checkSsh({ ...node, value: ssh, path: 'ssh' })
  return x509 && readStepPolicy({ ...node, value: x509ToCaJson(x509), path: 'x509' })
}

/** Rules for SSH names are kept and, as long as SSH certificates are not served, decide nothing: their form is checked. */
const sshKinds = { dns: 'dns', ips: 'ip', emails: 'email' } as const

function checkSsh(node: JsonNode): void {
  if (!isObject(node.value)) return
  for (const [name, value] of Object.entries(node.value)) {
    const child = { ...node, value, path: `${node.path}.${name}` }
    const kind = sshKinds[name as keyof typeof sshKinds] as (typeof sshKinds)[keyof typeof sshKinds] | undefined
    if (!Array.isArray(value)) checkSsh(child)
    else if (kind !== undefined) for (const rule of value as readonly string[]) checkRule(kind, rule, child)
  }
}

function checkRule(kind: (typeof sshKinds)[keyof typeof sshKinds], rule: string, node: JsonNode): void {
  try {
    parseConstraint(kind, rule)
  } catch (error) {
    if (!(error instanceof SignetError)) throw error
    addFault(node, `is not valid: ${error.message}`)
  }
}

/** Each rule once in its list, in the order in which they come, as step-ca keeps them. */
export function withoutDuplicates<Part>(part: Part): Part {
  if (Array.isArray(part)) return [...new Set(part as readonly string[])] as Part
  if (!isObject(part)) return part
  return Object.fromEntries(Object.entries(part).map(([name, value]) => [name, withoutDuplicates(value)])) as Part
}
