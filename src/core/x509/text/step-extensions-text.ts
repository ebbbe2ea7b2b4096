import { DerReader } from '../../der/reader.ts'
import { tags } from '../../der/tags.ts'
import { textOf, utf8TextOf } from '../../der/values.ts'
import type { ProvisionerExtension } from '../provisioner-extension.ts'
import { line } from './lines.ts'

const what = 'certificate'
const field = 'provisioner extension'

/** By step's number of the kind. */
const provisionerTypes = 'NOOP JWK OIDC GCP AWS Azure ACME X5C K8sSA SSHPOP SCEP Nebula'.split(' ')
const endpointKinds = 'Unknown Device Workload People Agent Account'.split(' ')

/** Reads the value of step's provisioner extension; `malformed` if it is none. */
export function readProvisionerExtension(value: Uint8Array): ProvisionerExtension {
  const parts = new DerReader(value, what).sequence(field)
  return {
    type: parts.smallInteger(field),
    name: utf8(parts.octetString(field)),
    credentialId: utf8(parts.octetString(field)),
    keyValuePairs: parts.atEnd ? [] : readStrings(parts.sequence(field)),
  }
}

export function provisionerText(value: Uint8Array): string {
  const { type, name, credentialId, keyValuePairs } = readProvisionerExtension(value)
  const id = credentialId === '' ? '' : line(16, `CredentialID: ${credentialId}`)
  return (
    line(16, `Type: ${provisionerTypes[type] ?? `${type} (unknown)`}`) +
    line(16, `Name: ${name}`) +
    id +
    pairsText(keyValuePairs)
  )
}

/** Who asked for a certificate through a registration authority. */
export function registrationAuthorityText(value: Uint8Array): string {
  const parts = new DerReader(value, what).sequence(field)
  const type = readString(parts)
  const id = parts.atEnd || parts.nextIs(tags.sequence) ? '' : readString(parts)
  const pairs = parts.atEnd ? [] : readStrings(parts.sequence(field))
  return line(16, `Type: ${type}`) + (id === '' ? '' : line(16, `CertificateID: ${id}`)) + pairsText(pairs)
}

export function managedEndpointText(value: Uint8Array): string {
  const parts = new DerReader(value, what).sequence(field)
  const kind = parts.smallInteger(field)
  const name = endpointKinds[kind] ?? `${kind} (unknown)`
  return line(16, `Kind: ${name}`) + line(16, `EndpointID: ${readString(parts)}`)
}

export function managedDeviceText(value: Uint8Array): string {
  return line(16, `DeviceID: ${readString(new DerReader(value, what).sequence(field))}`)
}

/** A key without a value has a dash. */
function pairsText(pairs: readonly string[]): string {
  let text = ''
  for (let at = 0; at < pairs.length; at += 2) text += line(16, `${pairs[at]}: ${pairs[at + 1] ?? '-'}`)
  return text
}

function readStrings(list: DerReader): string[] {
  const strings: string[] = []
  while (!list.atEnd) strings.push(readString(list))
  return strings
}

function readString(reader: DerReader): string {
  const { tag, content } = reader.any(field)
  const text = textOf(tag, content)
  if (text === undefined) throw reader.fault(field, 'not a text')
  return text
}

const utf8 = (octets: Uint8Array): string => utf8TextOf(octets) ?? Buffer.from(octets).toString('utf8')
