import {
  addFault,
  readChoice,
  readFlag,
  readInteger,
  readJson,
  readList,
  readMembers,
  readText,
  type JsonNode,
  type Members,
} from '../json-reader.ts'
import { collectNames, kindOfName, listNames, parseName } from '../names/parse.ts'
import type { NameKind, Names } from '../names/names.ts'
import type { CertificateContent } from '../x509/build.ts'
import { attributeField, subjectLists, subjectMembers, type SubjectFields } from '../x509/name.ts'
import { keyUsages, type ExtKeyUsage } from '../x509/usages.ts'
import type { Json } from './template.ts'

/** What a template decides of a certificate. */
export type CertificateJson = Pick<CertificateContent, 'names' | 'keyUsage' | 'extKeyUsage' | 'basicConstraints'> & {
  readonly subject: SubjectFields
}

const members = ['subject', 'sans', 'keyUsage', 'extKeyUsage', 'basicConstraints']

/** step's words for kinds of names. */
const sanTypes = { dns: 'dns', ip: 'ips', email: 'emails', uri: 'uris' } as const satisfies Record<string, NameKind>
const sanTypeOf: Readonly<Record<NameKind, keyof typeof sanTypes>> = {
  dns: 'dns',
  ips: 'ip',
  emails: 'email',
  uris: 'uri',
}

/** Reads step's certificate JSON, as far as default templates use it; `malformed` with all faults. */
export function readCertificateJson(json: Json): CertificateJson {
  return readJson(json, 'certificate template', readCertificate)
}

/** Names as templates have them: `[{"type":"dns","value":"a.b"}]`. */
export function namesToJson(names: Names): Json {
  return listNames(names).map(({ kind, value }) => ({ type: sanTypeOf[kind], value }))
}

function readCertificate(node: JsonNode): CertificateJson {
  const certificate = readMembers(node, members, 'exact')
  const optional = <T>(name: string, read: (node: JsonNode) => T): T | undefined => {
    const member = certificate.get(name)
    return member === undefined ? undefined : read(member)
  }
  const basicConstraints = optional('basicConstraints', readBasicConstraints)
  return {
    subject: optional('subject', readSubject) ?? {},
    names: collectNames(optional('sans', (sans) => readList(sans, readSan)) ?? []),
    keyUsage: optional('keyUsage', (list) => readTexts(list, (item) => readChoice(item, keyUsages))) ?? [],
    extKeyUsage: optional('extKeyUsage', (list): ExtKeyUsage[] => readTexts(list, readText)) ?? [],
    ...(basicConstraints && { basicConstraints }),
  }
}

/** `subject` of a template; a text alone is the common name. */
export function readSubject(node: JsonNode): SubjectFields {
  if (typeof node.value === 'string') return { commonName: node.value }
  const subject = readMembers(node, subjectMembers, 'exact')
  const lists = subjectLists.flatMap((field) => {
    const member = subject.get(field)
    return member === undefined ? [] : [[field, readTexts(member, readText)] as const]
  })
  const extra = subject.get('extraNames')
  return {
    ...Object.fromEntries(lists),
    ...textOf(subject, 'serialNumber'),
    ...textOf(subject, 'commonName'),
    ...(extra !== undefined && { extraNames: readList(extra, readExtraName) }),
  }
}

/** An attribute by its object identifier. One that has a member is refused: policy looks for it there. */
function readExtraName(node: JsonNode): { readonly type: string; readonly value: string } {
  const name = readMembers(node, ['type', 'value'], 'exact')
  const type = name.need('type')
  const oid = readText(type)
  const field = attributeField(oid)
  if (field !== undefined) addFault(type, `is written as ${field}`)
  return { type: oid, value: readText(name.need('value')) }
}

function textOf(subject: Members, name: string): Record<string, string> {
  const member = subject.get(name)
  return member === undefined ? {} : { [name]: readText(member) }
}

function readSan(node: JsonNode): { readonly kind: NameKind; readonly value: string } {
  const san = readMembers(node, ['type', 'value'], 'exact')
  const type = readChoice(san.need('type'), ['dns', 'ip', 'email', 'uri', 'auto'])
  const text = readText(san.need('value'))
  const kind = type === 'auto' ? kindOfName(text) : sanTypes[type]
  return { kind, value: parseName(kind, text) }
}

function readBasicConstraints(node: JsonNode): CertificateContent['basicConstraints'] {
  const constraints = readMembers(node, ['isCA', 'maxPathLen'], 'exact')
  const isCA = constraints.get('isCA')
  const pathLength = constraints.get('maxPathLen')
  return {
    isCA: isCA !== undefined && readFlag(isCA),
    ...(pathLength !== undefined && { pathLength: readInteger(pathLength, 0, 32) }),
  }
}

/** A list, or one item in its place, as step allows. */
function readTexts<T extends string>(node: JsonNode, read: (item: JsonNode) => T): T[] {
  return Array.isArray(node.value) ? readList(node, read) : [read(node)]
}
