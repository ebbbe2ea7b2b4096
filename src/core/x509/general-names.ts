import { utf8Bytes } from '../bytes.ts'
import type { DerReader } from '../der/reader.ts'
import { contextPrimitive } from '../der/tags.ts'
import { asciiOf } from '../der/values.ts'
import { contextValue } from '../der/writer.ts'
import { SignetError } from '../errors.ts'
import { formatIpAddress, parseIpAddress } from '../names/ip-address.ts'
import { nameKindLabels, nameKinds, type NameKind, type Names } from '../names/names.ts'
import { collectNames, parseEmail, parseUri } from '../names/parse.ts'

/** What a SEQUENCE OF GeneralName holds. */
export type GeneralNames = {
  readonly names: Names
  /** The names of other kinds (otherName, directoryName, registeredID …), each as its whole encoding. */
  readonly otherNames: readonly Uint8Array[]
}

/** Tag numbers of the choices of GeneralName (RFC 5280 §4.2.1.6) that `Names` has. */
export const generalNameTags: Readonly<Record<NameKind, number>> = { emails: 1, dns: 2, uris: 6, ips: 7 }

const kindOfTag = new Map<number, NameKind>(nameKinds.map((kind) => [contextPrimitive(generalNameTags[kind]), kind]))

/** Names in one list; at 64 KiB a request could carry 16,000 of three letters. */
const maximumNames = 4096

/** The kind of the GeneralName with this identifier octet; undefined if it is none of `Names`. */
export function nameKindOf(tag: number): NameKind | undefined {
  return kindOfTag.get(tag)
}

/** Reads the names that fill `reader`, in normal form (`Names`) where they have one; no duplicates. */
export function readGeneralNames(reader: DerReader, field: string): GeneralNames {
  const found: { kind: NameKind; value: string }[] = []
  const otherNames: Uint8Array[] = []
  let count = 0
  while (!reader.atEnd) {
    const { tag, content, der } = reader.any(field)
    if (++count > maximumNames) throw reader.fault(field, `more than ${maximumNames} names`)
    const kind = nameKindOf(tag)
    if (kind === undefined) {
      otherNames.push(der)
      continue
    }
    const value = kind === 'ips' ? formatIpAddress(content) : nameText(content)
    if (value === undefined) throw unusableName(reader, field, kind, content)
    found.push({ kind, value: normalForms[kind]?.(value) ?? value })
  }
  return { names: collectNames(found), otherNames }
}

/** With `NameNotAllowed` where the encoding is right and only the name itself is none: its sender can mend that. */
function unusableName(reader: DerReader, field: string, kind: NameKind, content: Uint8Array): SignetError {
  const text = kind === 'ips' ? undefined : asciiOf(content)
  if (text === undefined) return reader.fault(field, `damaged ${nameKindLabels[kind]}`)
  const { message } = reader.fault(field, `${JSON.stringify(text.slice(0, 300))} is no ${nameKindLabels[kind]}`)
  return new SignetError('malformed', message, { reason: 'NameNotAllowed' })
}

/** Go's (crypto/x509, marshalSANs), and so step-ca's. */
const encodingOrder: readonly NameKind[] = ['dns', 'emails', 'ips', 'uris']

/** Encodes names by kind, in the order of step-ca's certificates. `malformed` for what has no encoding. */
export function encodeGeneralNames(names: Names): Uint8Array[] {
  return encodingOrder.flatMap((kind) => names[kind].map((value) => encodeGeneralName(kind, value)))
}

/** One name; an IP address as text. `malformed` if it has no encoding. */
export function encodeGeneralName(kind: NameKind, value: string): Uint8Array {
  const text = utf8Bytes(value)
  const content = kind === 'ips' ? parseIpAddress(value) : nameText(text) === undefined ? undefined : text
  if (content === undefined)
    throw new SignetError(
      'malformed',
      `${JSON.stringify(value)} cannot be written as a certificate's ${nameKindLabels[kind]}`,
    )
  return contextValue(generalNameTags[kind], content)
}

/** IA5String without control characters and spaces: a NUL or line break in a name only ever served attacks. */
function nameText(content: Uint8Array): string | undefined {
  const text = asciiOf(content)
  return text !== undefined && /^[\x21-\x7e]+$/.test(text) ? text : undefined
}

/** A name that is none of its kind stays as it is. */
const normalForms: Partial<Readonly<Record<NameKind, (value: string) => string | undefined>>> = {
  dns: normalDns,
  emails: parseEmail,
  uris: parseUri,
}

function normalDns(value: string): string {
  const lower = value.toLowerCase()
  return lower.length > 1 && lower.endsWith('.') ? lower.slice(0, -1) : lower
}
