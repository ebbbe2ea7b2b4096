import { SignetError } from '../../core/errors.ts'
import {
  addFault,
  readFlag,
  readList,
  readMembers,
  readParsed,
  readText,
  readWord,
  type JsonNode,
  type Members,
} from '../../core/json-reader.ts'
import type { ReadFile } from '../provisioners/provisioner.ts'
import { webhookCertTypes, webhookKinds, type Webhook } from './webhook.ts'
import { checkWebhookUrl } from './webhook-url.ts'

const memberNames = ['id', 'name', 'url', 'kind', 'disableTLSClientAuth', 'certType', 'signet']
/** step has these in its admin database only, so in ca.json they stand in our own member. */
const secretNames = ['secret', 'secretFile', 'bearerToken', 'bearerTokenFile', 'basicAuth']

/** All of them are asked for each certificate, one after the other, and each may take seconds. */
const maximumWebhooks = 16

/** Reads `options.webhooks` of a provisioner of ca.json. `readFile` reads the files of secrets. */
export function readWebhooks(node: JsonNode | undefined, readFile: ReadFile): readonly Webhook[] {
  if (node === undefined) return []
  const webhooks = readList(node, (item) => readWebhook(item, readFile))
  if (webhooks.length > maximumWebhooks) addFault(node, `must have at most ${maximumWebhooks} webhooks`)
  return webhooks
}

/** A hook as Go writes it back, for the list of provisioners: without anything secret. */
export function listedWebhook({ id, name, url, kind, disableTlsClientAuth, certType }: Webhook): object {
  return { id, name, url, kind, ...(disableTlsClientAuth && { disableTLSClientAuth: true }), certType }
}

function readWebhook(node: JsonNode, readFile: ReadFile): Webhook {
  const members = readMembers(node, memberNames, 'as Go')
  const url = members.need('url')
  readParsed(url, checkWebhookUrl, undefined)
  const [id, flag, certType] = ['id', 'disableTLSClientAuth', 'certType'].map((name) => members.get(name))
  return {
    id: id === undefined ? '' : readHeaderText(id, readText(id)),
    name: readWord(members.need('name')),
    url: readText(url),
    kind: readUpperCase(members.need('kind'), webhookKinds),
    disableTlsClientAuth: flag !== undefined && readFlag(flag),
    certType: certType === undefined ? '' : readUpperCase(certType, webhookCertTypes),
    ...readSecrets(members.get('signet'), readFile),
  }
}

type Secrets = Pick<Webhook, 'secret' | 'bearerToken' | 'basicAuth'>

function readSecrets(node: JsonNode | undefined, readFile: ReadFile): Secrets {
  if (node === undefined) return { secret: '' }
  const members = readMembers(node, secretNames, 'exact')
  const secret = readSecret(members, 'secret', readFile)
  const bearer = readSecret(members, 'bearerToken', readFile)
  const basic = members.get('basicAuth')
  if (bearer !== undefined && basic !== undefined) addFault(basic, 'must not be there beside a bearer token')
  return {
    secret: secret === undefined ? '' : readBase64(secret.node, secret.text),
    ...(bearer && { bearerToken: readHeaderText(bearer.node, bearer.text) }),
    ...(basic && { basicAuth: readBasicAuth(basic, readFile) }),
  }
}

function readBasicAuth(node: JsonNode, readFile: ReadFile): NonNullable<Webhook['basicAuth']> {
  const members = readMembers(node, ['username', 'password', 'passwordFile'], 'exact')
  return {
    username: readText(members.need('username')),
    password: (readSecret(members, 'password', readFile) ?? { text: readText(members.need('password')) }).text,
  }
}

/** A secret by its value (`name`) or, so that ca.json itself has none, by the path of a file (`nameFile`) that holds it. */
function readSecret(
  members: Members,
  name: string,
  readFile: ReadFile,
): { readonly node: JsonNode; readonly text: string } | undefined {
  const [value, file] = [members.get(name), members.get(`${name}File`)]
  if (value !== undefined && file !== undefined) addFault(file, `must not be there beside ${name}`)
  if (value !== undefined) return { node: value, text: readText(value) }
  if (file === undefined) return undefined
  // Editors and shells end a file with a line break, which is not part of the secret.
  return { node: file, text: readParsed(file, (path) => readFile(path).replace(/\r?\n$/, ''), '') }
}

/** Faults about secrets do not quote them. */
function readBase64(node: JsonNode, text: string): string {
  const plain = text.replaceAll(/[\r\n]/g, '')
  if (Buffer.from(plain, 'base64').toString('base64') !== plain) addFault(node, 'must be base64, with padding')
  return plain
}

function readHeaderText(node: JsonNode, text: string): string {
  if (!/^[\x20-\x7e]*$/.test(text)) addFault(node, 'must be one line of printable ASCII')
  return text
}

/** step compares kinds in any case. A type of certificate in another case it never calls: nobody can mean that. */
function readUpperCase<Word extends string>(node: JsonNode, words: readonly [Word, ...Word[]]): Word {
  const parse = (text: string): Word => {
    const found = words.find((word) => word === text.toUpperCase())
    if (found !== undefined) return found
    throw new SignetError('malformed', `use ${words.filter((word) => word !== '').join(', ')}`)
  }
  return readParsed(node, parse, words[0])
}
