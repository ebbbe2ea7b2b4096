import { equalBytes, utf8Bytes } from '../bytes.ts'
import { DerReader } from '../der/reader.ts'
import { tags } from '../der/tags.ts'
import { textOf } from '../der/values.ts'
import { directoryString, element, sequence, setOf } from '../der/writer.ts'
import { commonNameOid, encodeKnownOid } from './oids.ts'

/** One attribute of a distinguished name. */
export type NameAttribute = {
  /** Dotted. */
  readonly oid: string
  /** undefined where the value is no text. */
  readonly value: string | undefined
}

/** A distinguished name (RFC 5280 §4.1.2.4). `der` is the encoding as it was read: renewals keep it byte for byte. */
export type Name = {
  readonly der: Uint8Array
  /** In the order of the encoding, the attributes of multi-valued parts one after the other. */
  readonly attributes: readonly NameAttribute[]
}

/** A subject by its fields, in the words of step's templates. */
export type SubjectFields = {
  readonly country?: readonly string[]
  readonly organization?: readonly string[]
  readonly organizationalUnit?: readonly string[]
  readonly locality?: readonly string[]
  readonly province?: readonly string[]
  readonly streetAddress?: readonly string[]
  readonly postalCode?: readonly string[]
  readonly commonName?: string
  readonly serialNumber?: string
  /** Further attributes by dotted OID, each a part of its own. One that is also a field above replaces that field. */
  readonly extraNames?: readonly { readonly type: string; readonly value: string }[]
}

/** The fields that are lists, in the order of step's struct (x509util.Subject). */
export const subjectLists = [
  'country',
  'organization',
  'organizationalUnit',
  'locality',
  'province',
  'streetAddress',
  'postalCode',
] as const satisfies readonly (keyof SubjectFields)[]

/** All fields, in that order. */
export const subjectMembers = [...subjectLists, 'serialNumber', 'commonName', 'extraNames'] as const

type Field = Exclude<keyof SubjectFields, 'extraNames'>

/** Attribute types by field, in the order in which Go's encoder and so step-ca write them. */
const attributeTypes: readonly { readonly field: Field; readonly oid: string }[] = [
  { field: 'country', oid: '2.5.4.6' },
  { field: 'province', oid: '2.5.4.8' },
  { field: 'locality', oid: '2.5.4.7' },
  { field: 'streetAddress', oid: '2.5.4.9' },
  { field: 'postalCode', oid: '2.5.4.17' },
  { field: 'organization', oid: '2.5.4.10' },
  { field: 'organizationalUnit', oid: '2.5.4.11' },
  { field: 'commonName', oid: commonNameOid },
  { field: 'serialNumber', oid: '2.5.4.5' },
]
const oidOf = Object.fromEntries(attributeTypes.map(({ field, oid }) => [field, oid])) as Record<Field, string>

/** Attributes in one name: the longest seen in public certificates have 20. */
const maximumAttributes = 128

/** Reads the next element of `reader` as a name; `malformed` if it is none. */
export function readName(reader: DerReader, field: string): Name {
  const element = reader.element(tags.sequence, field)
  const attributes: NameAttribute[] = []
  const parts = reader.within(element, field)
  while (!parts.atEnd) {
    const part = parts.open(tags.set, field)
    if (part.atEnd) throw part.fault(field, 'empty part')
    while (!part.atEnd) attributes.push(readAttribute(part, field))
    if (attributes.length > maximumAttributes) throw part.fault(field, `more than ${maximumAttributes} attributes`)
  }
  return { der: element.der, attributes }
}

/** The name that these DER octets hold; `malformed` if they hold none. */
export function parseName(der: Uint8Array): Name {
  const reader = new DerReader(der, 'distinguished name')
  const name = readName(reader, 'name')
  reader.finish('name')
  return name
}

/** Encodes a subject as Go does: several values of one field make one multi-valued part; empty texts are left out. */
export function createName(fields: SubjectFields): Name {
  const extra = fields.extraNames ?? []
  const parts: Uint8Array[] = []
  for (const { field, oid: type } of attributeTypes) {
    const given = fields[field]
    if (given === undefined || extra.some((replacing) => replacing.type === type)) continue
    const values = (typeof given === 'string' ? [given] : given).filter((value) => value !== '')
    if (values.length > 0) parts.push(setOf(values.map((value) => encodeAttribute(type, value))))
  }
  for (const { type, value } of extra) parts.push(setOf([encodeAttribute(type, value)]))
  return parseName(sequence(...parts))
}

/** The fields of a name in the words of step's templates; what is no such field comes as `extraNames`. */
export function subjectFieldsOf(name: Name): SubjectFields {
  const fields: Record<string, string[]> = {}
  const extraNames: { type: string; value: string }[] = []
  for (const { oid: type, value } of name.attributes) {
    if (value === undefined) continue
    const field = attributeField(type)
    if (field === undefined) extraNames.push({ type, value })
    else (fields[field] ??= []).push(value)
  }
  const { commonName, serialNumber, ...lists } = fields
  return {
    ...lists,
    ...lastOf('commonName', commonName),
    ...lastOf('serialNumber', serialNumber),
    ...(extraNames.length > 0 && { extraNames }),
  }
}

/** What step's templates call the attribute of this OID; undefined if they do not know it. */
export function attributeField(type: string): Field | undefined {
  return attributeTypes.find((known) => known.oid === type)?.field
}

/** The common name; the last one if there are several, as Go reads it; empty if there is none. */
export function commonNameOf(name: Name): string {
  return valuesOf(name, 'commonName').at(-1) ?? ''
}

/** All values of one field, in order. */
export function valuesOf(name: Name, field: Field): string[] {
  return name.attributes
    .filter((attribute) => attribute.oid === oidOf[field])
    .map((attribute) => attribute.value)
    .filter((value) => value !== undefined)
}

export function isEmptyName(name: Name): boolean {
  return name.attributes.length === 0
}

/** The same name, octet for octet: how issuers are matched to subjects (as Go and OpenSSL's canonical writers expect). */
export function sameName(left: Name, right: Name): boolean {
  return equalBytes(left.der, right.der)
}

function readAttribute(part: DerReader, field: string): NameAttribute {
  const attribute = part.sequence(field)
  const type = attribute.oid(field)
  const { tag, content } = attribute.any(field)
  attribute.finish(field)
  const known = tag in stringTags
  const value = textOf(tag, content)
  if (known && value === undefined) throw attribute.fault(field, `the text of attribute ${type} is damaged`)
  return { oid: type, value }
}

const stringTags: Readonly<Record<number, true>> = {
  [tags.utf8String]: true,
  [tags.printableString]: true,
  [tags.ia5String]: true,
  [tags.teletexString]: true,
  [tags.bmpString]: true,
}

/** RFC 5280 §4.1.2.6 has this one alone as IA5String, and so does step where a template writes it. */
const emailAddressOid = '1.2.840.113549.1.9.1'

function encodeAttribute(type: string, value: string): Uint8Array {
  const text = type === emailAddressOid ? element(tags.ia5String, utf8Bytes(value)) : directoryString(value)
  return sequence(encodeKnownOid(type), text)
}

function lastOf(field: string, values: readonly string[] | undefined): Record<string, string> {
  const value = values?.at(-1)
  return value === undefined ? {} : { [field]: value }
}
