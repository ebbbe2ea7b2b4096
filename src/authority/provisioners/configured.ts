import { toBase64, utf8Bytes } from '../../core/bytes.ts'
import { SignetError } from '../../core/errors.ts'
import {
  addFault,
  readFlag,
  readInteger,
  readList,
  readMembers,
  readText,
  type JsonNode,
} from '../../core/json-reader.ts'
import { decodePem } from '../../core/pem.ts'
import { parseCertificate } from '../../core/x509/certificate.ts'
import type { CommonSettings, Provisioner, ProvisionerKind } from './provisioner.ts'

/**
 * Kinds that are configured and listed, as step-ca lists them, but let nobody do anything here: so a ca.json that has them
 * starts, and clients find the others beside them. A token for one is refused.
 */

/** How a member is read; what Go's `omitempty` leaves out of a list is given back as undefined. */
type Read = (node: JsonNode) => unknown

type Fields = Readonly<Record<string, Read>>
type Values = Readonly<Record<string, unknown>>

type ConfiguredKind = {
  readonly type: string
  readonly typeNumber: number
  /** In step's order. */
  readonly fields: Fields
  /** Members that follow the fields in the list, in step's order. */
  readonly last: readonly ('claims' | 'options')[]
  /** Why step-ca would not initialise it, in its words; undefined: it would. */
  readonly problem?: (values: Values, common: CommonSettings) => string | undefined
  /** What is listed in place of the values. */
  readonly listed?: (values: Values) => Values
}

const text: Read = (node) => readText(node) || undefined
const flag: Read = (node) => readFlag(node) || undefined
const texts: Read = (node) => orNothing(readList(node, readText))
const number: Read = (node) => readInteger(node, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER) || undefined
/** Octets as Go has them in JSON. */
const octets: Read = (node) => {
  const base64 = readText(node).replaceAll(/[\r\n]/g, '')
  if (toBase64(Buffer.from(base64, 'base64')) !== base64) addFault(node, 'must be base64')
  return base64 || undefined
}

const orNothing = <Item>(list: readonly Item[]): readonly Item[] | undefined => (list.length === 0 ? undefined : list)

const challenges = ['http-01', 'dns-01', 'tls-alpn-01', 'device-attest-01', 'wire-oidc-01', 'wire-dpop-01']
const attestationFormats = ['apple', 'step', 'tpm']

const acme: ConfiguredKind = {
  type: 'ACME',
  typeNumber: 6,
  fields: {
    forceCN: flag,
    termsOfService: text,
    website: text,
    caaIdentities: texts,
    requireEAB: flag,
    challenges: texts,
    attestationFormats: texts,
    attestationRoots: octets,
  },
  last: ['claims', 'options'],
  problem: (values, common) =>
    unknownWord('acme challenge', values['challenges'], challenges) ??
    unknownWord('acme attestation format', values['attestationFormats'], attestationFormats) ??
    rootsProblem(values['attestationRoots']) ??
    wireProblem(values['challenges'], common),
}

const redacted = '*** REDACTED ***'
const redactedOctets = toBase64(utf8Bytes(redacted))
/** step-ca's, which it also lists. */
const defaultKeyLength = 2048

const scep: ConfiguredKind = {
  type: 'SCEP',
  typeNumber: 10,
  fields: {
    forceCN: flag,
    challenge: text,
    capabilities: texts,
    includeRoot: flag,
    excludeIntermediate: flag,
    minimumPublicKeyLength: number,
    decrypterCertificate: octets,
    decrypterKeyPEM: octets,
    decrypterKey: text,
    decrypterKeyPassword: text,
    encryptionAlgorithmIdentifier: number,
  },
  last: ['options', 'claims'],
  problem(values) {
    const length = Number(values['minimumPublicKeyLength'] ?? defaultKeyLength)
    if (length % 8 !== 0) return `${length} bits is not exactly divisible by 8`
    const algorithm = Number(values['encryptionAlgorithmIdentifier'] ?? 0)
    return algorithm < 0 || algorithm > 4 ? 'only encryption algorithm identifiers from 0 to 4 are valid' : undefined
  },
  listed: (values) => ({
    forceCN: values['forceCN'] ?? false,
    challenge: redacted,
    capabilities: values['capabilities'],
    includeRoot: values['includeRoot'] ?? false,
    excludeIntermediate: values['excludeIntermediate'] ?? false,
    minimumPublicKeyLength: values['minimumPublicKeyLength'] ?? defaultKeyLength,
    decrypterCertificate: redactedOctets,
    decrypterKeyPEM: redactedOctets,
    decrypterKey: redacted,
    decrypterKeyPassword: redacted,
    encryptionAlgorithmIdentifier: values['encryptionAlgorithmIdentifier'] ?? 0,
  }),
}

const sshpop: ConfiguredKind = {
  type: 'SSHPOP',
  typeNumber: 9,
  fields: {},
  last: ['claims'],
}

const nebula: ConfiguredKind = {
  type: 'Nebula',
  typeNumber: 11,
  fields: { roots: (node) => octets(node) ?? '' },
  last: ['claims', 'options'],
  problem: ({ roots = '' }) =>
    roots === '' ? 'provisioner root(s) cannot be empty' : 'Nebula certificates are not served',
  listed: ({ roots = null }) => ({ roots }),
}

/** Rows of the table of all kinds. */
export const configuredKinds: readonly ProvisionerKind[] = [acme, sshpop, scep, nebula].map((kind) => ({
  type: kind.type,
  typeNumber: kind.typeNumber,
  parse: (node, common) => configured(kind, readValues(node, kind.fields), common),
}))

function readValues(node: JsonNode, fields: Fields): Values {
  const members = readMembers(node, Object.keys(fields), 'as Go')
  return Object.fromEntries(
    Object.entries(fields).map(([name, read]) => {
      const member = members.get(name)
      return [name, member && read(member)]
    }),
  )
}

function configured(kind: ConfiguredKind, values: Values, common: CommonSettings): Provisioner {
  const { type, name, lastMembers } = common
  const id = `${type.toLowerCase()}/${name}`
  const problem = kind.problem?.(values, common)
  const last = kind.last.map((member) => [member, lastMembers[member]] as const)
  return {
    ...common,
    id,
    tokenId: id,
    credentialId: '',
    json: {
      type,
      name,
      ...(kind.listed?.(values) ?? values),
      ...Object.fromEntries(last),
      ...(problem !== undefined && { state: 'Uninitialized', stateReason: problem }),
    },
    unserved: `of type ${type} is listed only: certificates by it are not served`,
    needsKubernetes: false,
    authorizeX509Sign: () => {
      const message = `provisioner "${name}" of type ${type} takes no tokens`
      return Promise.reject(new SignetError('unauthorized', message, { reason: 'TokenInvalid' }))
    },
  }
}

function unknownWord(what: string, given: unknown, known: readonly string[]): string | undefined {
  const word = (given as readonly string[] | undefined)?.find((each) => !known.includes(each.toLowerCase()))
  return word === undefined ? undefined : `${what} ${JSON.stringify(word)} is not supported`
}

/** Options that are there have no Wire options, or they would be a fault. */
function wireProblem(given: unknown, { lastMembers }: CommonSettings): string | undefined {
  const wire = (given as readonly string[] | undefined)?.some((each) => each.toLowerCase().startsWith('wire-'))
  const missing = lastMembers['options'] === undefined ? 'no options' : 'no Wire options'
  return wire === true
    ? `failed initializing Wire options: failed getting Wire options: ${missing} available`
    : undefined
}

function rootsProblem(base64: unknown): string | undefined {
  if (typeof base64 !== 'string') return undefined
  const blocks = blocksOf(Buffer.from(base64, 'base64').toString('latin1'))
  if (blocks.length === 0) return 'error parsing attestationRoots: no certificates found'
  try {
    for (const block of blocks) parseCertificate(block)
    return undefined
  } catch {
    return 'error parsing attestationRoots: malformed certificate'
  }
}

function blocksOf(pem: string): readonly Uint8Array[] {
  try {
    return decodePem(pem).map(({ der }) => der)
  } catch {
    return []
  }
}
