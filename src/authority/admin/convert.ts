import { toBase64, utf8Bytes } from '../../core/bytes.ts'
import type { Claims } from '../../core/claims.ts'
import { SignetError } from '../../core/errors.ts'
import { parseJson } from '../../core/json.ts'
import { readMembers, type JsonNode } from '../../core/json-reader.ts'
import type { Provisioner, ReadFile } from '../provisioners/provisioner.ts'
import type { Webhook } from '../webhooks/webhook.ts'
import { claimsToCaJson, claimsToLinked } from './claims.ts'
import { detailsKinds, detailsOf, rowsToCaJson, rowsToLinked } from './details.ts'
import { detailsNames, type LinkedProvisioner, type LinkedTemplate, type LinkedWebhook } from './messages.ts'
import { x509ToCaJson, x509ToLinked } from './policy.ts'

type Values = Readonly<Record<string, unknown>>

/** A provisioner as step's messages have it, with what they have no place for. */
export type Converted = { readonly linked: LinkedProvisioner; readonly beside: Values }

/** A provisioner as ca.json has it, with what was kept beside it; `malformed` where it has no details. */
export function toCaJson({ linked, beside }: Converted): Values {
  const { name: detailsName, values } = detailsOf(linked)
  if (detailsName === undefined) throw refuse('provisioner does not have any details')
  const { enumName, type, rows, decrypter } = detailsKinds[detailsName]
  if (linked.type !== enumName) throw refuse(`details of a provisioner of type ${enumName} do not fit its type`)
  return {
    type,
    name: linked.name ?? '',
    ...rowsToCaJson(rows, values),
    ...(decrypter && rowsToCaJson(decrypter, (values['decrypter'] ?? {}) as Values)),
    ...beside,
    ...(linked.claims !== undefined && { claims: claimsToCaJson(linked.claims) }),
    // step-ca's have none for SSHPOP.
    ...(detailsName !== 'SSHPOP' && { options: optionsOf(linked) }),
  }
}

function optionsOf({ x509Template, sshTemplate, policy, webhooks = [] }: LinkedProvisioner): Values {
  return {
    x509: { ...templateToCaJson(x509Template), ...(policy?.x509 && x509ToCaJson(policy.x509)) },
    ssh: templateToCaJson(sshTemplate),
    ...(webhooks.length > 0 && { webhooks: webhooks.map(webhookToCaJson) }),
  }
}

function templateToCaJson({ template, data }: LinkedTemplate = {}): Values {
  return {
    ...(template !== undefined && { template: decode(template) }),
    ...(data !== undefined && { templateData: parseData(decode(data)) }),
  }
}

function parseData(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    throw refuse('template data is not valid JSON')
  }
}

/** Secrets stand in ca.json in our own member. */
function webhookToCaJson(webhook: LinkedWebhook): Values {
  const { id, name, url, kind, certType, disableTlsClientAuth, secret, bearerToken, basicAuth } = webhook
  const signet = {
    ...(secret !== undefined && { secret }),
    ...(bearerToken?.bearerToken !== undefined && { bearerToken: bearerToken.bearerToken }),
    ...(basicAuth !== undefined && {
      basicAuth: { username: basicAuth.username ?? '', password: basicAuth.password ?? '' },
    }),
  }
  return {
    id: id ?? '',
    name: name ?? '',
    url: url ?? '',
    kind: kind ?? 'NO_KIND',
    certType: certType ?? 'ALL',
    ...(disableTlsClientAuth === true && { disableTLSClientAuth: true }),
    signet,
  }
}

/** A provisioner of ca.json, which `provisioner` was read from, without an id. Its templates are read from their files. */
export function toLinked(node: JsonNode, provisioner: Provisioner, claims: Claims, readFile: ReadFile): Converted {
  const detailsName = detailsNames.find((name) => detailsKinds[name].type === provisioner.type)
  if (detailsName === undefined) throw new SignetError('internal', `no message for type ${provisioner.type}`)
  const { enumName, rows, decrypter = [], beside = [], files = [] } = detailsKinds[detailsName]
  const { webhooks } = provisioner.options
  const caJsonNames = [...rows, ...decrypter].map(([, caJson]) => caJson)
  const members = readMembers(node, ['claims', 'options', ...caJsonNames, ...beside], 'as Go')
  const find = (name: string): unknown => members.get(name)?.value
  const details = {
    ...rowsToLinked(rows, find),
    ...(decrypter.length > 0 && { decrypter: rowsToLinked(decrypter, find) }),
  }
  return {
    linked: {
      type: enumName,
      name: provisioner.name,
      details: { [detailsName]: details },
      ...(find('claims') !== undefined && { claims: claimsToLinked(provisioner.claims, claims) }),
      ...optionsToLinked(members.get('options'), readFile),
      ...(webhooks.length > 0 && { webhooks: webhooks.map(webhookToLinked) }),
    },
    beside: withFiles(
      Object.fromEntries(beside.flatMap((name) => (find(name) === undefined ? [] : [[name, find(name)]]))),
      files,
      readFile,
    ),
  }
}

/** With what is in files where they were named. What `signet` has already counts more than a file, here and in ca.json. */
function withFiles(values: Values, files: readonly string[], readFile: ReadFile): Values {
  const named = files.filter((name) => typeof values[name] === 'string' && values[name] !== '')
  if (named.length === 0) return values
  const read = Object.fromEntries(named.map((name) => [name, readFile(String(values[name]))]))
  const rest = Object.entries(values).filter(([name]) => !named.includes(name))
  return { ...Object.fromEntries(rest), signet: { ...read, ...(values['signet'] as Values | undefined) } }
}

function optionsToLinked(node: JsonNode | undefined, readFile: ReadFile): Partial<LinkedProvisioner> {
  if (node === undefined) return {}
  const members = readMembers(node, ['x509', 'ssh'], 'as Go')
  const [x509, ssh] = [members.get('x509'), members.get('ssh')]
  const [x509Template, sshTemplate] = [x509, ssh].map((part) => part && templateToLinked(part, readFile))
  const policy = x509 && x509ToLinked(x509)
  return {
    ...(x509Template !== undefined && { x509Template }),
    ...(sshTemplate !== undefined && { sshTemplate }),
    ...(policy !== undefined && { policy }),
  }
}

function templateToLinked(node: JsonNode, readFile: ReadFile): LinkedTemplate | undefined {
  const members = readMembers(node, ['template', 'templateFile', 'templateData'], 'as Go')
  const [inline, file] = ['template', 'templateFile'].map((name) => members.get(name)?.value)
  const hasInline = typeof inline === 'string' && inline.trim() !== ''
  const text = hasInline ? inline : typeof file === 'string' && file !== '' ? readFile(file) : undefined
  if (text === undefined) return undefined
  const data = members.get('templateData')?.value
  return { template: encode(text), ...(data !== undefined && { data: encode(JSON.stringify(data)) }) }
}

function webhookToLinked(webhook: Webhook): LinkedWebhook {
  const { id, name, url, kind, certType, disableTlsClientAuth, secret, bearerToken, basicAuth } = webhook
  return {
    name,
    ...(id !== '' && { id }),
    url,
    kind,
    ...(secret !== '' && { secret }),
    ...(bearerToken !== undefined && { bearerToken: { bearerToken } }),
    ...(basicAuth !== undefined && bearerToken === undefined && { basicAuth }),
    ...(disableTlsClientAuth && { disableTlsClientAuth }),
    ...(certType !== '' && certType !== 'ALL' && { certType }),
  }
}

const decode = (base64: string): string => Buffer.from(base64, 'base64').toString('utf8')
const encode = (text: string): string => toBase64(utf8Bytes(text))

function refuse(message: string): SignetError {
  return new SignetError('malformed', message, { reason: 'BadRequest' })
}
