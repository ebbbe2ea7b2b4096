import { DerReader } from '../der/reader.ts'
import { contextPrimitive } from '../der/tags.ts'
import { namedBitsOf } from '../der/values.ts'
import * as der from '../der/writer.ts'
import { tags } from '../der/tags.ts'
import { noNames, type Names } from '../names/names.ts'
import { encodeGeneralNames, readGeneralNames, type GeneralNames } from './general-names.ts'
import { encodeNameConstraints, readNameConstraints, type NameConstraints } from './name-constraints.ts'
import { encodeKnownOid, extensionOids } from './oids.ts'
import { extKeyUsageName, extKeyUsageOid, keyUsages, type ExtKeyUsage, type KeyUsage } from './usages.ts'

/** One extension. `value` is what its OCTET STRING holds. */
export type Extension = { readonly oid: string; readonly critical: boolean; readonly value: Uint8Array }

/** `pathLength`: how many CAs may follow below; without it any number. Only for a CA. */
export type BasicConstraints = { readonly isCA: boolean; readonly pathLength?: number }

/** What the extensions that Signet knows say; absent ones give empty lists and undefined. */
export type KnownExtensions = {
  readonly names: Names
  /** Subject alternative names of kinds that `names` does not have, each as its whole encoding. */
  readonly otherNames: readonly Uint8Array[]
  readonly keyUsage: readonly KeyUsage[]
  readonly extKeyUsage: readonly ExtKeyUsage[]
  readonly isCA: boolean
  readonly pathLength: number | undefined
  readonly nameConstraints: NameConstraints | undefined
  readonly subjectKeyId: Uint8Array | undefined
  readonly authorityKeyId: Uint8Array | undefined
  /** OIDs of the critical extensions that Signet does not process: they make a chain invalid (RFC 5280 §4.2). */
  readonly unknownCritical: readonly string[]
}

/** Extensions of one certificate or request: the most seen in public certificates is 20. */
const maximumExtensions = 64

/** Reads `Extensions`: no OID twice (RFC 5280 §4.2). */
export function readExtensions(reader: DerReader): Extension[] {
  const list = reader.sequence('extensions')
  const extensions: Extension[] = []
  const seen = new Set<string>()
  while (!list.atEnd) {
    const entry = list.sequence('extension')
    const oid = entry.oid('extension')
    const field = `extension ${oid}`
    const critical = entry.nextIs(tags.boolean) && entry.boolean(field)
    const value = entry.octetString(field)
    entry.finish(field)
    if (seen.has(oid)) throw list.fault(field, 'present more than once')
    seen.add(oid)
    extensions.push({ oid, critical, value })
    if (extensions.length > maximumExtensions) throw list.fault('extensions', `more than ${maximumExtensions}`)
  }
  return extensions
}

/** Reads the extensions that Signet knows; `what` opens messages. `malformed` if one of them is damaged. */
export function interpretExtensions(extensions: readonly Extension[], what: string): KnownExtensions {
  const found = new Map(extensions.map((extension) => [extension.oid, extension.value]))
  const read = <Value>(oid: string, field: string, parse: (reader: DerReader, field: string) => Value) => {
    const value = found.get(oid)
    if (value === undefined) return undefined
    const reader = new DerReader(value, what)
    const parsed = parse(reader, field)
    reader.finish(field)
    return parsed
  }
  const basic = read(extensionOids.basicConstraints, 'basic constraints', readBasicConstraints)
  const subject = read(extensionOids.subjectAltName, 'subject alternative names', readSubjectAltName)
  return {
    names: subject?.names ?? noNames,
    otherNames: subject?.otherNames ?? [],
    keyUsage: read(extensionOids.keyUsage, 'key usage', readKeyUsage) ?? [],
    extKeyUsage: read(extensionOids.extKeyUsage, 'extended key usage', readExtKeyUsage) ?? [],
    isCA: basic?.isCA ?? false,
    pathLength: basic?.pathLength,
    nameConstraints: read(extensionOids.nameConstraints, 'name constraints', readNameConstraints),
    subjectKeyId: read(extensionOids.subjectKeyId, 'subject key id', (reader, field) => reader.octetString(field)),
    authorityKeyId: read(extensionOids.authorityKeyId, 'authority key id', readAuthorityKeyId),
    unknownCritical: extensions.filter(({ oid, critical }) => critical && !processed.has(oid)).map(({ oid }) => oid),
  }
}

/** Extensions whose meaning path validation applies; certificate policies only ever narrow what nobody here asks for. */
const processed: ReadonlySet<string> = new Set([
  extensionOids.subjectAltName,
  extensionOids.keyUsage,
  extensionOids.extKeyUsage,
  extensionOids.basicConstraints,
  extensionOids.nameConstraints,
  extensionOids.subjectKeyId,
  extensionOids.authorityKeyId,
  extensionOids.certificatePolicies,
])

/** `Extensions`, as certificates and requests carry it. */
export function encodeExtensions(extensions: readonly Extension[]): Uint8Array {
  return der.sequence(...extensions.map(encodeExtension))
}

export function keyUsageExtension(usages: readonly KeyUsage[]): Extension {
  const value = der.namedBits(usages.map((usage) => keyUsages.indexOf(usage)))
  return { oid: extensionOids.keyUsage, critical: true, value }
}

export function extKeyUsageExtension(usages: readonly ExtKeyUsage[]): Extension {
  const value = der.sequence(...usages.map((usage) => encodeKnownOid(extKeyUsageOid(usage))))
  return { oid: extensionOids.extKeyUsage, critical: false, value }
}

export function basicConstraintsExtension({ isCA, pathLength }: BasicConstraints): Extension {
  const parts = [...(isCA ? [der.boolean(true)] : []), ...(pathLength === undefined ? [] : [der.integer(pathLength)])]
  return { oid: extensionOids.basicConstraints, critical: true, value: der.sequence(...parts) }
}

export function nameConstraintsExtension(constraints: Omit<NameConstraints, 'hasOtherKinds'>): Extension {
  return { oid: extensionOids.nameConstraints, critical: true, value: encodeNameConstraints(constraints) }
}

/** `critical` where the subject is empty (RFC 5280 §4.2.1.6). */
export function subjectAltNameExtension(names: Names, critical: boolean): Extension {
  return encodedAltNameExtension(encodeGeneralNames(names), critical)
}

/** As `subjectAltNameExtension`, of names of any kind, each as its whole encoding. */
export function encodedAltNameExtension(names: readonly Uint8Array[], critical: boolean): Extension {
  return { oid: extensionOids.subjectAltName, critical, value: der.sequence(...names) }
}

export function subjectKeyIdExtension(keyId: Uint8Array): Extension {
  return { oid: extensionOids.subjectKeyId, critical: false, value: der.octetString(keyId) }
}

export function authorityKeyIdExtension(keyId: Uint8Array): Extension {
  return { oid: extensionOids.authorityKeyId, critical: false, value: der.sequence(der.contextValue(0, keyId)) }
}

function encodeExtension({ oid, critical, value }: Extension): Uint8Array {
  const encoded = der.octetString(value)
  const type = encodeKnownOid(oid)
  return critical ? der.sequence(type, der.boolean(true), encoded) : der.sequence(type, encoded)
}

function readSubjectAltName(reader: DerReader, field: string): GeneralNames {
  const list = reader.sequence(field)
  if (list.atEnd) throw list.fault(field, 'empty')
  return readGeneralNames(list, field)
}

function readKeyUsage(reader: DerReader, field: string): KeyUsage[] {
  const bits = new Set(namedBitsOf(reader.bitString(field)))
  if (bits.size === 0) throw reader.fault(field, 'no usage is set')
  return keyUsages.filter((_, bit) => bits.has(bit))
}

function readExtKeyUsage(reader: DerReader, field: string): ExtKeyUsage[] {
  const list = reader.sequence(field)
  const usages: ExtKeyUsage[] = []
  while (!list.atEnd) usages.push(extKeyUsageName(list.oid(field)))
  if (usages.length === 0) throw reader.fault(field, 'no usage is set')
  return usages
}

function readBasicConstraints(reader: DerReader, field: string): BasicConstraints {
  const constraints = reader.sequence(field)
  const isCA = constraints.nextIs(tags.boolean) && constraints.boolean(field)
  const pathLength = constraints.nextIs(tags.integer) ? constraints.smallInteger(field) : undefined
  constraints.finish(field)
  return pathLength === undefined ? { isCA } : { isCA, pathLength }
}

/** The key identifier; issuer and serial number, which few write, identify nothing that it does not. */
function readAuthorityKeyId(reader: DerReader, field: string): Uint8Array | undefined {
  return reader.sequence(field).optional(contextPrimitive(0), field)?.content
}
