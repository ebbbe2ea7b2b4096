import { addFault, isObject, readMembers, type JsonNode } from '../../core/json-reader.ts'
import type { StepPolicy } from '../../core/policy/step/policy.ts'
import { policyMembers, readStepPolicy } from '../../core/policy/step/read.ts'
import { listedTemplate, readCustomTemplate, templateMembers, type CustomTemplate } from './custom-template.ts'
import { listedWebhook, readWebhooks } from '../webhooks/read-webhooks.ts'
import type { Webhook } from '../webhooks/webhook.ts'
import type { ReadFile } from './provisioner.ts'

/** `options` of a provisioner, checked. */
export type ProvisionerOptions = {
  readonly x509: X509Options
  /** Servers that have a say in what is issued, in the order in which they are asked. */
  readonly webhooks: readonly Webhook[]
}

/** What a provisioner decides about its X.509 certificates. */
export type X509Options = {
  /** Which names they may have, beside the authority's own rules; undefined: any. */
  readonly policy: StepPolicy | undefined
  /** What they look like; undefined: as the kind has it. */
  readonly template: CustomTemplate | undefined
}

export type ReadOptions = {
  readonly options: ProvisionerOptions
  /** As Go writes them back, for the list of provisioners; undefined where there are none. */
  readonly listed: Readonly<Record<string, unknown>> | undefined
}

const parts = ['x509', 'ssh', 'webhooks']
/** Members of `options.x509` that are served: who serves one adds it here and reads it in `readX509`. */
const x509Members: readonly string[] = [...policyMembers, ...templateMembers]
const unserved = 'is not supported: templates for SSH are not served'

/**
 * Reads `options` of a provisioner of ca.json, the only place that does. Whatever is set and not served is a fault: to skip
 * it would be to issue what it forbids. step's CLI writes `{"x509":{},"ssh":{}}` for nothing at all.
 */
export function readOptions(node: JsonNode | undefined, readFile: ReadFile): ReadOptions {
  if (node === undefined) return { options: { x509: readX509(undefined, readFile), webhooks: [] }, listed: undefined }
  const members = readMembers(node, parts, 'as Go')
  const [x509, ssh, hooks] = parts.map((part) => members.get(part))
  const webhooks = readWebhooks(hooks, readFile)
  if (setsOther(node, parts) || setsOther(x509, x509Members) || setsOther(ssh, [])) addFault(node, unserved)
  const listed = {
    ...(x509 !== undefined && { x509: isObject(x509.value) ? listedTemplate(x509) : {} }),
    ...(ssh !== undefined && { ssh: {} }),
    ...(webhooks.length > 0 && { webhooks: webhooks.map(listedWebhook) }),
  }
  return { options: { x509: readX509(x509, readFile), webhooks }, listed }
}

function readX509(node: JsonNode | undefined, readFile: ReadFile): X509Options {
  return {
    policy: node && readStepPolicy(node),
    template: isObject(node?.value) ? readCustomTemplate(node, readFile) : undefined,
  }
}

/** Does it set any member but these, which Go knows in any case? */
function setsOther(node: JsonNode | undefined, known: readonly string[]): boolean {
  if (!isObject(node?.value)) return node !== undefined
  const served = new Set(known.map((name) => name.toLowerCase()))
  return Object.entries(node.value).some(([name, value]) => !served.has(name.toLowerCase()) && setsAnything(value))
}

function setsAnything(value: unknown): boolean {
  if (typeof value !== 'object') return true
  return Object.values(value ?? {}).some((part: unknown) => setsAnything(part))
}
