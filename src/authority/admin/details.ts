import { toBase64, utf8Bytes } from '../../core/bytes.ts'
import { SignetError } from '../../core/errors.ts'
import { parseJson } from '../../core/json.ts'
import type { DetailsName, LinkedProvisioner, provisionerTypes } from './messages.ts'

/** What the members of each kind are called in step's messages and in ca.json, and how their values differ. */

type Codec = { readonly toCaJson: (value: unknown) => unknown; readonly toLinked: (value: unknown) => unknown }
type Row = readonly [linked: string, caJson: string, codec: Codec]

const same: Codec = { toCaJson: (value) => value, toLinked: (value) => value }

const decode = (base64: unknown): string => Buffer.from(String(base64), 'base64').toString('utf8')
const encode = (text: string): string => toBase64(utf8Bytes(text))

/** Octets that are a text in ca.json. */
const text: Codec = { toCaJson: decode, toLinked: (value) => encode(String(value)) }

/** Octets that are JSON. */
const json: Codec = {
  toCaJson(base64) {
    try {
      return parseJson(decode(base64))
    } catch {
      throw new SignetError('malformed', 'error unmarshaling public key', { reason: 'BadRequest' })
    }
  },
  toLinked: (value) => encode(JSON.stringify(value)),
}

const pemBlock = /-----BEGIN ([^-]+)-----[\s\S]*?-----END \1-----/g

/** Several texts in PEM, which ca.json has as one, in base64. */
const bundle: Codec = {
  toCaJson: (list) => encode((list as readonly string[]).map((item) => `${decode(item).trimEnd()}\n`).join('')),
  toLinked: (base64) => (decode(base64).match(pemBlock) ?? []).map((block) => encode(`${block}\n`)),
}

/** Words such as `HTTP_01`, which ca.json has as `http-01`; one that the messages do not have is left out, as by step-ca. */
const words = (...known: readonly string[]): Codec => ({
  toCaJson: (list) =>
    (list as readonly string[])
      .filter((word) => known.includes(word))
      .map((word) => word.toLowerCase().replaceAll('_', '-')),
  toLinked: (list) =>
    (list as readonly string[])
      .map((word) => word.toUpperCase().replaceAll('-', '_'))
      .filter((word) => known.includes(word)),
})

/** Members of both by the same name. */
const alike = (...members: readonly string[]): Row[] => members.map((name) => [name, name, same])
const instance: readonly Row[] = [['disableCustomSans', 'disableCustomSANs', same], ...alike('disableTrustOnFirstUse')]

export type DetailsKind = {
  readonly enumName: (typeof provisionerTypes)[number]
  /** As in ca.json. */
  readonly type: string
  readonly rows: readonly Row[]
  /** Members of ca.json for which the messages have no place: they are kept beside them. */
  readonly beside?: readonly string[]
  /** Those of them that name a file: what is in it is kept instead, in the member of `signet` of the same name. */
  readonly files?: readonly string[]
  /** Rows of the message `decrypter`. */
  readonly decrypter?: readonly Row[]
}

export const detailsKinds: Readonly<Record<DetailsName, DetailsKind>> = {
  JWK: {
    enumName: 'JWK',
    type: 'JWK',
    rows: [
      ['publicKey', 'key', json],
      ['encryptedPrivateKey', 'encryptedKey', text],
    ],
  },
  OIDC: {
    enumName: 'OIDC',
    type: 'OIDC',
    rows: [
      ['clientId', 'clientID', same],
      ...alike('clientSecret', 'configurationEndpoint', 'admins', 'domains', 'groups', 'listenAddress'),
      ['tenantId', 'tenantID', same],
      ...alike('scopes', 'authParams'),
    ],
    beside: ['signet'],
  },
  GCP: {
    enumName: 'GCP',
    type: 'GCP',
    rows: [
      ...alike('serviceAccounts'),
      ['projectIds', 'projectIDs', same],
      ...instance,
      ...alike('instanceAge'),
      ['disableSshCaUser', 'disableSSHCAUser', same],
      ['disableSshCaHost', 'disableSSHCAHost', same],
      ['organizationId', 'organizationID', same],
    ],
  },
  AWS: {
    enumName: 'AWS',
    type: 'AWS',
    rows: [...alike('accounts'), ...instance, ...alike('instanceAge')],
    beside: ['imdsVersions', 'iidRoots', 'signet'],
    files: ['iidRoots'],
  },
  Azure: {
    enumName: 'AZURE',
    type: 'Azure',
    rows: [
      ['tenantId', 'tenantID', same],
      ...alike('resourceGroups', 'audience'),
      ...instance,
      ['subscriptionIds', 'subscriptionIDs', same],
      ['objectIds', 'objectIDs', same],
    ],
  },
  ACME: {
    enumName: 'ACME',
    type: 'ACME',
    rows: [
      ['forceCn', 'forceCN', same],
      ['requireEab', 'requireEAB', same],
      ['challenges', 'challenges', words('HTTP_01', 'DNS_01', 'TLS_ALPN_01', 'DEVICE_ATTEST_01')],
      ['attestationFormats', 'attestationFormats', words('APPLE', 'STEP', 'TPM')],
      ['attestationRoots', 'attestationRoots', bundle],
      ...alike('termsOfService', 'website', 'caaIdentities'),
    ],
  },
  X5C: { enumName: 'X5C', type: 'X5C', rows: [['roots', 'roots', bundle]] },
  K8sSA: { enumName: 'K8SSA', type: 'K8sSA', rows: [['publicKeys', 'publicKeys', bundle]], beside: ['signet'] },
  SSHPOP: { enumName: 'SSHPOP', type: 'SSHPOP', rows: [] },
  SCEP: {
    enumName: 'SCEP',
    type: 'SCEP',
    rows: [
      ['forceCn', 'forceCN', same],
      ...alike('challenge', 'capabilities', 'minimumPublicKeyLength', 'includeRoot', 'encryptionAlgorithmIdentifier'),
      ...alike('excludeIntermediate'),
    ],
    decrypter: [
      ['certificate', 'decrypterCertificate', same],
      ['key', 'decrypterKeyPEM', same],
      ['keyUri', 'decrypterKey', same],
      ['keyPassword', 'decrypterKeyPassword', text],
    ],
  },
  Nebula: { enumName: 'NEBULA', type: 'Nebula', rows: [['roots', 'roots', bundle]] },
}

/** The one member of `details`, if there is one. */
export function detailsOf({ details = {} }: LinkedProvisioner): {
  readonly name: DetailsName | undefined
  readonly values: Readonly<Record<string, unknown>>
} {
  const [entry] = Object.entries(details)
  return entry === undefined ? { name: undefined, values: {} } : { name: entry[0] as DetailsName, values: entry[1] }
}

type Values = Readonly<Record<string, unknown>>

/** Members of ca.json, of a message's. */
export function rowsToCaJson(rows: readonly Row[], message: Values): Values {
  return Object.fromEntries(
    rows.flatMap(([linked, caJson, { toCaJson }]) => {
      const value = message[linked]
      return value === undefined ? [] : [[caJson, toCaJson(value)]]
    }),
  )
}

/** Members of a message, of what `find` finds in ca.json; those that ca.json does not have are left out. */
export function rowsToLinked(rows: readonly Row[], find: (member: string) => unknown): Values {
  return Object.fromEntries(
    rows.flatMap(([linked, caJson, { toLinked }]) => {
      const value = find(caJson)
      return value === undefined ? [] : [[linked, toLinked(value)]]
    }),
  )
}
