import { utf8Bytes } from '../bytes.ts'
import { DerReader } from '../der/reader.ts'
import { textOf, utf8TextOf } from '../der/values.ts'
import * as der from '../der/writer.ts'
import type { Extension } from './extensions.ts'
import { extensionOids } from './oids.ts'

/** Who let a certificate be issued, as step-ca writes it into every leaf. */
export type ProvisionerExtension = {
  /** step's number of the kind: 1 JWK, 2 OIDC, 3 GCP, 4 AWS, 5 Azure, 6 ACME, 7 X5C, 8 K8sSA, 9 SSHPOP, 10 SCEP, 11 Nebula. */
  readonly type: number
  readonly name: string
  /** JWK: the key's id; OIDC: the client id; empty for the kinds that have none. */
  readonly credentialId: string
  readonly keyValuePairs: readonly string[]
}

/** Pairs in one extension: step writes at most two. */
const maximumPairs = 64

/** The extension, not critical: SEQUENCE { INTEGER, OCTET STRING, OCTET STRING, SEQUENCE OF string OPTIONAL }. */
export function encodeProvisionerExtension(provisioner: ProvisionerExtension): Extension {
  const pairs = provisioner.keyValuePairs.map(der.directoryString)
  const value = der.sequence(
    der.integer(provisioner.type),
    der.octetString(utf8Bytes(provisioner.name)),
    der.octetString(utf8Bytes(provisioner.credentialId)),
    ...(pairs.length > 0 ? [der.sequence(...pairs)] : []),
  )
  return { oid: extensionOids.provisioner, critical: false, value }
}

/** The provisioner that a certificate's extensions name; undefined if none; `malformed` if the extension is damaged. */
export function provisionerOf(extensions: readonly Extension[]): ProvisionerExtension | undefined {
  const extension = extensions.find(({ oid }) => oid === extensionOids.provisioner)
  return extension === undefined ? undefined : decodeProvisionerExtension(extension.value)
}

/** The value of the extension; `malformed` if it is damaged. */
export function decodeProvisionerExtension(value: Uint8Array): ProvisionerExtension {
  const outer = new DerReader(value, 'provisioner extension')
  const fields = outer.sequence('contents')
  outer.finish('contents')
  const type = fields.smallInteger('type')
  const name = readText(fields, 'name')
  const credentialId = readText(fields, 'credential id')
  const keyValuePairs = fields.atEnd ? [] : readPairs(fields.sequence('pairs'))
  fields.finish('contents')
  return { type, name, credentialId, keyValuePairs }
}

function readText(fields: DerReader, field: string): string {
  const text = utf8TextOf(fields.octetString(field))
  if (text === undefined) throw fields.fault(field, 'not valid UTF-8')
  return text
}

function readPairs(list: DerReader): string[] {
  const pairs: string[] = []
  while (!list.atEnd) {
    const { tag, content } = list.any('pairs')
    const text = textOf(tag, content)
    if (text === undefined) throw list.fault('pairs', 'not a valid string')
    if (pairs.push(text) > maximumPairs) throw list.fault('pairs', `more than ${maximumPairs}`)
  }
  return pairs
}
