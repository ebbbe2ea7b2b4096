import { contextStructure, contextValue, oid, sequence, utf8String } from '../der/writer.ts'
import { SignetError } from '../errors.ts'
import { addFault, readMembers, readParsed, readText, type JsonNode, type Members } from '../json-reader.ts'
import { kindOfName, parseName } from '../names/parse.ts'
import type { NameKind } from '../names/names.ts'
import { createName } from '../x509/name.ts'
import { describeOtherName, directoryName, otherName, registeredId } from '../x509/other-names.ts'
import { readBase64 } from './base64.ts'
import { readSubject } from './certificate-json.ts'
import { toOctets } from './engine/byte-text.ts'
import { FunctionError } from './engine/template-error.ts'
import { encodeTyped } from './functions/asn1.ts'

/** One item of `sans`: a name of `Names`, or the whole encoding of one of another kind. */
export type San = { readonly kind: NameKind; readonly value: string } | { readonly other: Uint8Array }

/** Object identifiers of the kinds of otherName that have a word of their own: RFC 4043, RFC 4108 §5, Microsoft's MS-WCCE. */
const otherNameOids = {
  permanentIdentifier: '1.3.6.1.5.5.7.8.3',
  hardwareModuleName: '1.3.6.1.5.5.7.8.4',
  userPrincipalName: '1.3.6.1.4.1.311.20.2.3',
} as const

const plainKinds: Readonly<Record<string, NameKind>> = { dns: 'dns', ip: 'ips', email: 'emails', uri: 'uris' }

/** What stands in the item beside its type; `value` is empty where it is absent. */
type Item = { readonly node: JsonNode; readonly value: string; readonly asn1Value: JsonNode | undefined }

type Read = (item: Item) => Uint8Array | undefined

/** step's words for the kinds that `Names` does not have. Each gives the whole encoding, or undefined and a fault. */
const otherKinds: Readonly<Record<string, Read>> = {
  registeredID: ({ node, value }) => encoded(node, () => registeredId(value)),
  permanentIdentifier: ({ node, value, asn1Value }) => {
    const { identifier, assigner } =
      asn1Value === undefined ? { identifier: value, assigner: '' } : readIdentifier(asn1Value)
    return encoded(node, () => {
      const parts = [
        ...(identifier === '' ? [] : [utf8String(identifier)]),
        ...(assigner === '' ? [] : [oid(assigner)]),
      ]
      return otherName(otherNameOids.permanentIdentifier, sequence(...parts))
    })
  },
  hardwareModuleName: (item) => {
    const value = structureOf(item)
    const { type, serialNumber } = value === undefined ? nothing : readModuleName(value)
    // step, and so whoever reads its certificates, has the serial number as [4]; RFC 4108 has no tag there.
    const module = (): Uint8Array => sequence(oid(type), contextValue(4, serialNumber))
    return value && encoded(item.node, () => otherName(otherNameOids.hardwareModuleName, module()))
  },
  dn: (item) => {
    const value = structureOf(item)
    return value && encoded(item.node, () => directoryName(createName(readSubject(value))))
  },
  userPrincipalName: ({ node, value }) =>
    encoded(node, () => otherName(otherNameOids.userPrincipalName, utf8String(value))),
}
const nothing = { type: '', serialNumber: new Uint8Array() }

/** One item of `sans` in a template of step's; undefined for one without a value, which step skips, and where it is faulty. */
export function readSan(node: JsonNode): San | undefined {
  const san = readMembers(node, ['type', 'value', 'asn1Value'], 'as Go')
  const type = textOf(san, 'type')
  const item = { node, value: textOf(san, 'value'), asn1Value: san.get('asn1Value') }
  const isPlain = type === '' || type === 'auto' || Object.hasOwn(plainKinds, type)
  if (item.value === '' && (isPlain || item.asn1Value === undefined)) return undefined
  if (isPlain) {
    const kind = plainKinds[type] ?? kindOfName(item.value)
    return readParsed(san.need('value'), (text) => ({ kind, value: parseName(kind, text) }), undefined)
  }
  const read = Object.hasOwn(otherKinds, type) ? otherKinds[type] : undefined
  const other = (read ?? typedOtherName(type, san))(item)
  return other && { other }
}

function textOf(members: Members, name: string): string {
  const node = members.get(name)
  return node === undefined ? '' : readText(node)
}

/** An otherName by its object identifier, its value as `type:content` with the types of `asn1Enc`; `raw` brings its tag [0]. */
function typedOtherName(type: string, san: Members): Read {
  return ({ node, value }) => {
    if (!/^\d+(?:\.\d+)+$/.test(type)) {
      const known = [...Object.keys(plainKinds), 'auto', ...Object.keys(otherKinds)]
      addFault(san.need('type'), `is not known: use ${known.join(', ')} or an object identifier`)
      return undefined
    }
    const colon = value.indexOf(':')
    const options = colon === -1 ? 'printable' : value.slice(0, colon)
    const tagged = (): Uint8Array => encodeTyped(toOctets(value.slice(colon + 1)), `explicit,${options}`)
    return encoded(node, () => contextStructure(0, oid(type), tagged()))
  }
}

/** Some kinds have members, which are those of `asn1Value` or, as a text in JSON, `value`. */
function structureOf({ node, value, asn1Value }: Item): JsonNode | undefined {
  if (asn1Value !== undefined) return asn1Value
  try {
    return { ...node, value: JSON.parse(value) as unknown, path: `${node.path}.value` }
  } catch {
    addFault(node, 'needs asn1Value, or a value in JSON')
    return undefined
  }
}

function readIdentifier(node: JsonNode): { readonly identifier: string; readonly assigner: string } {
  const members = readMembers(node, ['identifier', 'assigner'], 'as Go')
  return { identifier: textOf(members, 'identifier'), assigner: textOf(members, 'assigner') }
}

function readModuleName(node: JsonNode): { readonly type: string; readonly serialNumber: Uint8Array } {
  const members = readMembers(node, ['type', 'serialNumber'], 'as Go')
  const serialNumber = members.get('serialNumber')
  return {
    type: readText(members.need('type')),
    serialNumber: serialNumber === undefined ? new Uint8Array() : readBase64(serialNumber),
  }
}

/** What `encode` makes, and that it is a name; undefined and a fault where it is none. */
function encoded(node: JsonNode, encode: () => Uint8Array): Uint8Array | undefined {
  try {
    const name = encode()
    describeOtherName(name)
    return name
  } catch (error) {
    if (!(error instanceof SignetError || error instanceof FunctionError)) throw error
    addFault(node, `is not valid: ${error.message}`)
    return undefined
  }
}
