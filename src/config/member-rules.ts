import { addFault, isObject, unreadMembers, type JsonNode } from '../core/json-reader.ts'
import { nameKinds } from '../core/policy/step/policy.ts'
import type { Warning } from './warning.ts'

/**
 * What becomes of each member of ca.json. `honoured`: another reader reads it, and where it has no rows below it, all that is
 * in it. `warned`: it is left out, which the log says. `refused`: it is a fault, for to leave it out would be to issue what it
 * forbids, or to let in whom it keeps out.
 */
type Rule =
  | { readonly kind: 'honoured' }
  | {
      readonly kind: 'warned' | 'refused'
      /** Goes on from the path. */
      readonly message: string
      /** In lower case: means the same as nothing. */
      readonly usual?: string
    }

const honoured: Rule = { kind: 'honoured' }
const warned = (message: string, usual?: string): Rule => ({ kind: 'warned', message, ...(usual && { usual }) })
const refused = (message: string, usual?: string): Rule => ({ kind: 'refused', message, ...(usual && { usual }) })

const noSsh = 'is ignored: SSH certificates are not served'
const noRegistration = 'is ignored: it is for a registration authority'
const noKms = 'is ignored: keys are files'
const stepDatabase = 'is ignored: it is for databases of step-ca'
const unknown = 'is ignored: it is not known'
const remove = 'is not supported: remove it'

/** By path, in step's spelling and the order of its structs (authority/config/config.go). */
export const memberRules: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['root', honoured],
  ['federatedRoots', honoured],
  ['crt', honoured],
  ['key', honoured],
  ['address', honoured],
  ['insecureAddress', honoured],
  ['dnsNames', honoured],
  ['kms.type', refused('is not supported: keys are files', 'softkms')],
  ['kms.uri', refused('is not supported: keys are files', 'softkms:')],
  ['kms.credentialsFile', warned(noKms)],
  ['kms.pin', warned(noKms)],
  ['kms.managementKey', warned(noKms)],
  ['kms.region', warned(noKms)],
  ['kms.profile', warned(noKms)],
  ['kms.storageDirectory', warned(noKms)],
  ['ssh', warned(noSsh)],
  ['logger.format', warned('is ignored: each line of the log is JSON', 'json')],
  ['logger.traceHeader', warned('is ignored: requests are known by X-Request-Id')],
  ['db.type', honoured],
  ['db.dataSource', honoured],
  ['db.valueDir', warned(stepDatabase)],
  ['db.database', warned(stepDatabase)],
  ['db.badgerFileLoadingMode', warned(stepDatabase)],
  ['monitoring', warned('is ignored: set metricsAddress, and metrics are served there')],
  ['authority.type', refused(remove, 'softcas')],
  ['authority.certificateAuthority', warned(noRegistration)],
  ['authority.certificateAuthorityFingerprint', warned(noRegistration)],
  ['authority.certificateIssuer', warned(noRegistration)],
  ['authority.credentialsFile', warned(noRegistration)],
  ['authority.config', warned(noRegistration)],
  ['authority.authorityId', warned('is ignored: it is for linked deployments')],
  ['authority.deploymentType', warned('is ignored: it is for linked deployments', 'standalone')],
  ['authority.provisioners', honoured],
  ['authority.template', honoured],
  ['authority.claims', honoured],
  ...policyRows('authority.policy.x509'),
  ['authority.policy.ssh', warned(noSsh)],
  ['authority.disableIssuedAtCheck', honoured],
  ['authority.backdate', honoured],
  ['authority.enableAdmin', honoured],
  ['authority.disableGetSSHHosts', warned(noSsh)],
  ['tls', honoured],
  ['password', honoured],
  ['templates', warned(noSsh)],
  ['commonName', honoured],
  ['crl.enabled', honoured],
  ['crl.generateOnRevoke', honoured],
  ['crl.cacheDuration', honoured],
  ['crl.renewPeriod', honoured],
  ['crl.idpURL', honoured],
  ['metricsAddress', honoured],
  ['signet', honoured],
])

/** Down to the lists of rules: a misspelt `deny` forbids nothing, so it has to be told. */
function policyRows(path: string): [string, Rule][] {
  const rows = ['allow', 'deny'].flatMap((list) => nameKinds.map((kind) => `${path}.${list}.${kind}`))
  return [...rows, `${path}.allowWildcardNames`].map((row) => [row, honoured])
}

/** Rows and what has rows below it, by path in lower case: Go, and so step, takes any case. */
const known = new Map<string, { readonly path: string; readonly rule: Rule | undefined }>()
for (const [path, rule] of memberRules) {
  for (let dot = path.indexOf('.'); dot !== -1; dot = path.indexOf('.', dot + 1)) {
    known.set(path.slice(0, dot).toLowerCase(), { path: path.slice(0, dot), rule: undefined })
  }
  known.set(path.toLowerCase(), { path, rule })
}

/** Judges every member of a ca.json that says anything; one that neither step-ca nor Signet has is told as well. */
export function judgeMembers(node: JsonNode, warn: (warning: Warning) => void): void {
  if (!isObject(node.value)) return
  for (const [name, value] of Object.entries(node.value)) {
    if (!saysAnything(value)) continue
    const written = node.path === '' ? name : `${node.path}.${name}`
    const found = known.get(written.toLowerCase())
    const { path } = found ?? { path: written }
    if (found === undefined) warn({ path, message: unknown })
    else if (found.rule === undefined) judgeMembers({ ...node, value, path }, warn)
    else applyRule(found.rule, { ...node, value, path }, warn)
  }
}

/**
 * Tells of members that nobody has read inside what is honoured as a whole: `tls`, claims, provisioners and the like. To be
 * called after everything was read; `signet` refuses what it does not know.
 */
export function tellUnread(node: JsonNode, warn: (warning: Warning) => void): void {
  for (const { path, value } of unreadMembers(node)) {
    if (saysAnything(value) && isInsideHonoured(path)) warn({ path, message: unknown })
  }
}

/** Is a member above it honoured with all that is in it? */
function isInsideHonoured(path: string): boolean {
  const plain = path.replaceAll(/\[\d+\]/g, '')
  return [...memberRules].some(([row, { kind }]) => kind === 'honoured' && plain.startsWith(`${row}.`))
}

function applyRule(rule: Rule, node: JsonNode, warn: (warning: Warning) => void): void {
  if (rule.kind === 'honoured' || isUsual(rule, node.value)) return
  if (rule.kind === 'warned') warn({ path: node.path, message: rule.message })
  else addFault(node, rule.message)
}

function isUsual({ usual }: Exclude<Rule, { kind: 'honoured' }>, value: unknown): boolean {
  return usual !== undefined && typeof value === 'string' && value.toLowerCase() === usual
}

/** Go's zero values, and what holds nothing else, are as good as absent. */
function saysAnything(value: unknown): boolean {
  if (typeof value === 'object') return Object.values(value ?? {}).some(saysAnything)
  return value !== '' && value !== false && value !== 0
}
