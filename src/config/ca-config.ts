import type { CrlSettings } from '../authority/publish-crl.ts'
import { readProvisioners } from '../authority/provisioners/index.ts'
import type { Provisioner, ReadFile } from '../authority/provisioners/provisioner.ts'
import { uncalledReason } from '../authority/webhooks/webhook.ts'
import { parseAddress } from '../core/address.ts'
import { builtInClaims, readClaimSettings, resolveClaims, type Claims } from '../core/claims.ts'
import { parseDuration } from '../core/duration.ts'
import {
  addFault,
  isObject,
  readFlag,
  readJson,
  readList,
  readMembers,
  readParsed,
  readText,
  readWord,
  type JsonNode,
  type Members,
} from '../core/json-reader.ts'
import { parseIp, parseName } from '../core/names/parse.ts'
import type { SubjectFields } from '../core/x509/name.ts'
import { readDatabase, type DatabaseSettings } from './database-settings.ts'
import type { StepPolicy } from '../core/policy/step/policy.ts'
import { readStepPolicy } from '../core/policy/step/read.ts'
import { judgeMembers, tellUnread } from './member-rules.ts'
import { readCrlSettings } from './crl-settings.ts'
import { readSignetSettings, type SignetSettings } from './signet-settings.ts'
import { readSubjectDefaults } from './subject-defaults.ts'
import { defaultTlsSettings, readTlsSettings, type TlsSettings } from './tls-settings.ts'
import type { Warning } from './warning.ts'

/** A whole ca.json, checked. Paths of files are as written: relative ones count from the working directory, as in step. */
export type CaConfig = {
  /** PEM files of the active roots. */
  readonly root: readonly string[]
  /** PEM files of roots that are served as federated. */
  readonly federatedRoots: readonly string[]
  /** PEM file of the intermediate, with further intermediates after it if there are any. */
  readonly crt: string
  /** PEM file of the intermediate's private key. */
  readonly key: string
  /** Of that key; a secret. Empty: none, or it comes from a password file. */
  readonly password: string
  /** `host:port` or `:port`. */
  readonly address: string
  readonly dnsNames: readonly string[]
  /** Of the authority's own serving certificate. */
  readonly commonName: string
  readonly database: DatabaseSettings
  readonly tls: TlsSettings
  /** Listen address without TLS for revocation lists and OCSP; undefined: none. */
  readonly insecureAddress: string | undefined
  /** Listen address of metrics and health; undefined: none. */
  readonly metricsAddress: string | undefined
  /** What provisioners inherit. */
  readonly claims: Claims
  /** Milliseconds that a certificate begins before it is issued. */
  readonly backdate: number
  readonly disableIssuedAtCheck: boolean
  /** None where the admin API keeps them. */
  readonly provisioners: readonly Provisioner[]
  /** What subjects of new certificates get where they lack it. */
  readonly subjectDefaults: SubjectFields
  /** Which names certificates may have. */
  readonly policy: StepPolicy | undefined
  /** The same as it stands in `authority.policy.x509`, for who asks what the rules are. */
  readonly writtenPolicy: unknown
  readonly crl: CrlSettings | undefined
  /** undefined: no admin API. */
  readonly administration: AdministrationSettings | undefined
  readonly signet: SignetSettings
  /** What the file says that holds otherwise here than in step-ca. */
  readonly warnings: readonly Warning[]
}

/** Where `authority.enableAdmin` is set. */
export type AdministrationSettings = {
  /** `authority.provisioners` as they stand there, unread: they count once, when the database has none. */
  readonly provisioners: unknown
}

/** Those that are read: what becomes of the others says the table in `member-rules.ts`. */
const topMembers =
  'root federatedRoots crt key password address insecureAddress dnsNames commonName db tls metricsAddress authority signet crl'.split(
    ' ',
  )
const authorityMembers = 'provisioners claims backdate disableIssuedAtCheck policy template enableAdmin'.split(' ')

/** step's default for the subject of its serving certificate. */
const defaultCommonName = 'Step Online CA'
const defaultBackdate = '1m'

/**
 * Checks a parsed ca.json: step's members under step's names in any case, ours under `signet`. Members that step knows and
 * Signet does not serve are faults where leaving them out would issue what the file forbids. `malformed` with all faults.
 * `readFile` reads what provisioners name; without it that is a fault. `named` is for faults, as in `readJson`.
 */
export function parseCaConfig(json: unknown, readFile?: ReadFile, named?: (path: string) => string): CaConfig {
  return deepFreeze(readJson(json, '', (node) => readCaConfig(node, readFile), named))
}

function readCaConfig(node: JsonNode, readFile: ReadFile | undefined): CaConfig {
  const members = readMembers(node, topMembers, 'as Go')
  const authority = readMembers(members.need('authority'), authorityMembers, 'as Go')
  const tls = members.get('tls')
  const warnings: Warning[] = []
  const warn = (warning: Warning): void => void warnings.push(warning)
  judgeMembers(node, warn)
  const administration = readAdministration(authority, members, warn)
  const policy = administration === undefined ? policyOf(authority) : undefined
  const config = {
    root: readFiles(members.need('root')),
    federatedRoots: textsOf(members, 'federatedRoots'),
    crt: readWord(members.need('crt')),
    key: readWord(members.need('key')),
    password: textOf(members, 'password'),
    address: checkAddress(members.need('address')),
    dnsNames: readDnsNames(members),
    commonName: textOf(members, 'commonName') || defaultCommonName,
    database: readDatabase(members.get('db'), warn),
    tls: tls === undefined ? defaultTlsSettings : readTlsSettings(tls, warn),
    insecureAddress: readOptionalAddress(members, 'insecureAddress'),
    metricsAddress: readOptionalAddress(members, 'metricsAddress'),
    claims: readClaims(authority),
    backdate: readBackdate(authority),
    disableIssuedAtCheck: flagOf(authority, 'disableIssuedAtCheck'),
    provisioners: administration === undefined ? readServed(authority, warn, readFile) : [],
    administration,
    subjectDefaults: readSubjectDefaults(authority.get('template')),
    policy: policy && readStepPolicy(policy),
    writtenPolicy: policy?.value,
    crl: readCrlSettings(members.get('crl')),
    signet: readSignetSettings(members.get('signet')),
    warnings,
  }
  tellUnread(node, warn)
  return config
}

const textOf = (members: Members, name: string): string => {
  const node = members.get(name)
  return node === undefined ? '' : readText(node)
}

const textsOf = (members: Members, name: string): string[] => {
  const node = members.get(name)
  return node === undefined ? [] : readList(node, readWord)
}

const flagOf = (members: Members, name: string): boolean => {
  const node = members.get(name)
  return node !== undefined && readFlag(node)
}

/** step writes one root as a text and several as a list. */
function readFiles(node: JsonNode): string[] {
  if (!Array.isArray(node.value)) return [readWord(node)]
  if (node.value.length === 0) addFault(node, 'must name at least one file')
  return readList(node, readWord)
}

function checkAddress(node: JsonNode): string {
  readParsed(node, parseAddress, undefined)
  return readText(node)
}

/** An empty text is none. */
function readOptionalAddress(members: Members, name: string): string | undefined {
  return textOf(members, name) === '' ? undefined : checkAddress(members.need(name))
}

/** The names that the authority answers to, which are also the audiences of its tokens; step's default without any. */
function readDnsNames(members: Members): string[] {
  const node = members.get('dnsNames')
  if (node === undefined) return ['localhost', '127.0.0.1', '::1']
  const names = readList(node, readDnsName)
  if (Array.isArray(node.value) && names.length === 0) addFault(node, 'must not be empty')
  return names
}

/** As it is written, for audiences are compared with that. */
function readDnsName(node: JsonNode): string {
  return readParsed(node, (text) => (parseIp(text) ?? parseName('dns', text)) && text, '')
}

/** As in step-ca, provisioners and policy are then those of the database, without which there are none. */
function readAdministration(
  authority: Members,
  members: Members,
  warn: (warning: Warning) => void,
): AdministrationSettings | undefined {
  if (!flagOf(authority, 'enableAdmin')) return undefined
  if (members.get('db') === undefined)
    addFault(authority.need('enableAdmin'), 'needs db: the admin API keeps its data there')
  if (authority.get('policy') !== undefined) {
    warn({ path: 'authority.policy', message: 'is ignored: with enableAdmin the policy is the one of the admin API' })
  }
  return { provisioners: authority.get('provisioners')?.value }
}

function readServed(
  authority: Members,
  warn: (warning: Warning) => void,
  readFile: ReadFile | undefined,
): readonly Provisioner[] {
  const provisioners = readProvisioners(authority.get('provisioners'), readFile)
  for (const [index, { unserved, options }] of provisioners.entries()) {
    const path = `authority.provisioners[${index}]`
    if (unserved !== undefined) warn({ path, message: unserved })
    for (const [place, webhook] of options.webhooks.entries()) {
      const message = uncalledReason(webhook)
      if (message !== undefined) warn({ path: `${path}.options.webhooks[${place}]`, message })
    }
  }
  return provisioners
}

function policyOf(authority: Members): JsonNode | undefined {
  const node = authority.get('policy')
  return node && readMembers(node, ['x509'], 'as Go').get('x509')
}

function readClaims(authority: Members): Claims {
  const node = authority.get('claims')
  if (node === undefined) return builtInClaims
  try {
    return resolveClaims(builtInClaims, readClaimSettings(node))
  } catch (error) {
    addFault(node, error instanceof Error ? error.message : String(error))
    return builtInClaims
  }
}

function readBackdate(authority: Members): number {
  const node = authority.get('backdate')
  if (node === undefined) return parseDuration(defaultBackdate)
  const backdate = readParsed(node, parseDuration, 0)
  if (backdate < 0) addFault(node, 'must not be negative')
  return backdate
}

/** Plain objects and arrays only: a key object keeps what it remembers. */
function deepFreeze<Value>(value: Value): Value {
  const plain = Array.isArray(value) || (isObject(value) && Object.getPrototypeOf(value) === Object.prototype)
  if (plain && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const part of Object.values(value as object)) deepFreeze(part as unknown)
  }
  return value
}
