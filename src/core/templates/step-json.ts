import {
  addFault,
  readFlag,
  readInteger,
  readJson,
  readList,
  readMembers,
  readParsed,
  readText,
  type JsonNode,
  type Members,
} from '../json-reader.ts'
import { equalBytes } from '../bytes.ts'
import { sequence } from '../der/writer.ts'
import { collectNames, parseName } from '../names/parse.ts'
import { noNames, type NameKind, type Names } from '../names/names.ts'
import type { CertificateContent } from '../x509/build.ts'
import { encodedAltNameExtension, interpretExtensions, type Extension } from '../x509/extensions.ts'
import { encodeKnownOid, extensionOids } from '../x509/oids.ts'
import { encodeGeneralName } from '../x509/general-names.ts'
import { createName, isEmptyName, type SubjectFields } from '../x509/name.ts'
import { describeOtherName } from '../x509/other-names.ts'
import { urlExtensions } from '../x509/published-urls.ts'
import { extKeyUsageOids, keyUsages, type ExtKeyUsage, type KeyUsage } from '../x509/usages.ts'
import { readBase64 } from './base64.ts'
import { readSubject, type CertificateJson } from './certificate-json.ts'
import { readSan, type San } from './san-types.ts'
import type { Json } from './template.ts'

/** What a text template decides of a certificate. */
export type StepCertificate = CertificateJson &
  Pick<CertificateContent, 'nameConstraints' | 'extensions'> & {
    /** Names of other kinds than `names` has, each as its whole encoding; where there are any, an extension has all names. */
    readonly otherNames: readonly Uint8Array[]
  }

/** Members that are read; of others Go, and so step, takes no notice. */
const served = [
  'subject',
  'rawSubject',
  'sans',
  'dnsNames',
  'emailAddresses',
  'ipAddresses',
  'uris',
  'extensions',
  'keyUsage',
  'extKeyUsage',
  'unknownExtKeyUsage',
  'ocspServer',
  'issuingCertificateURL',
  'crlDistributionPoints',
  'policyIdentifiers',
  'basicConstraints',
  'nameConstraints',
]
/** Members that step heeds and Signet does not: set, they are a fault. */
const unserved = ['serialNumber', 'notBefore', 'notAfter', 'subjectKeyId', 'signatureAlgorithm']

/** The provisioner extension is the authority's to write (OID of the arc of Smallstep). */
const provisionerOid = '1.3.6.1.4.1.37476.9000.64.1'

/** Reads what a template of step renders to; `malformed` with all faults, for members too that Signet cannot heed. */
export function readStepCertificate(json: Json): StepCertificate {
  return readJson(json, 'certificate template', readCertificate)
}

function readCertificate(node: JsonNode): StepCertificate {
  const members = readMembers(node, [...served, ...unserved], 'as Go')
  for (const name of unserved) {
    const member = members.get(name)
    if (member !== undefined && member.value !== '') addFault(member, 'is decided by the authority, not by templates')
  }
  const texts = (name: string): string[] => readTexts(members.get(name))
  const subject = optional(members, 'subject', readSubject) ?? {}
  const given = readExtensions(members.get('extensions'))
  const sans = given.some(({ oid }) => oid === extensionOids.subjectAltName) ? [] : readSans(members)
  const own = interpreted(node, [...withOthers(sans, subject), ...given])
  const raw = members.get('rawSubject')
  if (raw !== undefined && !equalBytes(readBase64(raw), createName(subject).der)) {
    addFault(raw, 'is not how subject is written')
  }
  const made = {
    basicConstraints: optional(members, 'basicConstraints', readBasicConstraints),
    nameConstraints: optional(members, 'nameConstraints', readNameConstraints),
  }
  const basicConstraints = own.basicConstraints ?? made.basicConstraints
  const nameConstraints = own.nameConstraints ?? made.nameConstraints
  const urls = urlExtensions({
    ocsp: texts('ocspServer'),
    issuer: texts('issuingCertificateURL'),
    crl: texts('crlDistributionPoints'),
  })
  const others = [...urls, ...policyExtension(texts('policyIdentifiers'))]
  const replaced = new Set(own.extensions.map(({ oid }) => oid))
  return {
    subject,
    names: own.names ?? collectNames(sans.filter((san) => 'kind' in san)),
    otherNames: own.otherNames ?? [],
    keyUsage: own.keyUsage ?? readUsages(members.get('keyUsage'), keyUsageOf),
    extKeyUsage: own.extKeyUsage ?? [
      ...readUsages(members.get('extKeyUsage'), extKeyUsageOf),
      ...texts('unknownExtKeyUsage'),
    ],
    ...(basicConstraints && { basicConstraints }),
    ...(nameConstraints && { nameConstraints }),
    extensions: [...others.filter(({ oid }) => !replaced.has(oid)), ...own.extensions],
  }
}

function optional<T>(members: Members, name: string, read: (node: JsonNode) => T): T | undefined {
  const member = members.get(name)
  return member === undefined ? undefined : read(member)
}

/** A list of texts, or one text in its place. */
function readTexts(node: JsonNode | undefined): string[] {
  if (node === undefined) return []
  return Array.isArray(node.value) ? readList(node, readText) : [readText(node)]
}

/** All names, those in lists of one kind first, as step writes them. */
function readSans(members: Members): San[] {
  const lists = { dnsNames: 'dns', emailAddresses: 'emails', ipAddresses: 'ips', uris: 'uris' } as const
  const listed = Object.entries(lists).flatMap(([name, kind]) => {
    const node = members.get(name)
    if (node === undefined) return []
    const items = Array.isArray(node.value) ? readList(node, (item) => item) : [node]
    return items.map((item) => ({ kind, value: readParsed(item, (text) => parseName(kind, text), '') }))
  })
  const sans = members.get('sans')
  const typed = sans === undefined ? [] : readList(sans, readSan).filter((san) => san !== undefined)
  return [...listed, ...typed]
}

/** Where there are names of other kinds, the extension that has all of them, in the order in which they are given. */
function withOthers(sans: readonly San[], subject: SubjectFields): Extension[] {
  if (!sans.some((san) => 'other' in san)) return []
  const names = sans.map((san) => ('other' in san ? san.other : encodeGeneralName(san.kind, san.value)))
  return [encodedAltNameExtension(names, isEmptyName(createName(subject)))]
}

/** step compares names of usages in any case, and without `_`. */
const plain = (name: string): string => name.toLowerCase().replaceAll('_', '')
const keyUsageNames = new Map<string, KeyUsage>([
  ...keyUsages.map((name) => [plain(name), name] as const),
  ['nonrepudiation', 'contentCommitment'],
])
const extKeyUsageNames = new Map<string, ExtKeyUsage>(Object.keys(extKeyUsageOids).map((name) => [plain(name), name]))
/** What a template calls a usage, in any case; undefined for no usage. */
export const keyUsageOf = (name: string): KeyUsage | undefined => keyUsageNames.get(plain(name))
export const extKeyUsageOf = (name: string): ExtKeyUsage | undefined => extKeyUsageNames.get(plain(name))

function readUsages<T>(node: JsonNode | undefined, usageOf: (name: string) => T | undefined): T[] {
  if (node === undefined) return []
  const read = (item: JsonNode): T | undefined => {
    const usage = usageOf(readText(item))
    if (usage === undefined) addFault(item, 'is no usage that step knows')
    return usage
  }
  const usages = Array.isArray(node.value) ? readList(node, read) : [read(node)]
  return [...new Set(usages)].filter((usage) => usage !== undefined)
}

function readBasicConstraints(node: JsonNode): CertificateContent['basicConstraints'] {
  const members = readMembers(node, ['isCA', 'maxPathLen'], 'as Go')
  const isCA = optional(members, 'isCA', readFlag) ?? false
  // As in step: 0 is a limit, a negative number is none.
  const most = optional(members, 'maxPathLen', (item) => readInteger(item, -1, 32)) ?? 0
  return isCA ? { isCA, ...(most >= 0 && { pathLength: most }) } : { isCA }
}

const constraintMembers = {
  DNSDomains: 'dns',
  IPRanges: 'ips',
  EmailAddresses: 'emails',
  URIDomains: 'uris',
} as const satisfies Readonly<Record<string, NameKind>>

function readNameConstraints(node: JsonNode): NonNullable<CertificateContent['nameConstraints']> {
  const sides = ['permitted', 'excluded'] as const
  const known = sides.flatMap((side) => Object.keys(constraintMembers).map((name) => side + name))
  const members = readMembers(node, ['critical', ...known], 'as Go')
  const [permitted = noNames, excluded = noNames] = sides.map((side) => {
    const lists = Object.entries(constraintMembers).map(([name, kind]) => [kind, readTexts(members.get(side + name))])
    return { ...noNames, ...(Object.fromEntries(lists) as Partial<Names>) }
  })
  return { permitted, excluded }
}

function readExtensions(node: JsonNode | undefined): Extension[] {
  if (node === undefined) return []
  return readList(node, (item): Extension => {
    const members = readMembers(item, ['id', 'critical', 'value'], 'as Go')
    const id = members.need('id')
    const oid = readText(id)
    if (!/^[0-2](?:\.\d{1,38}){1,32}$/.test(oid)) addFault(id, 'must be an object identifier')
    if (oid === provisionerOid) addFault(id, 'is written by the authority')
    const critical = optional(members, 'critical', readFlag) ?? false
    const value = optional(members, 'value', readBase64) ?? new Uint8Array()
    return { oid, critical, value }
  }).filter(({ oid }) => oid !== '')
}

type Interpreted = Partial<Omit<StepCertificate, 'subject'>> & Pick<StepCertificate, 'extensions'>

/**
 * Extensions that say what members say as well are taken for those members, so that policy sees the names in them; the
 * others go into the certificate as they are, and so do names where some are of other kinds, which members do not have.
 */
function interpreted(node: JsonNode, all: readonly Extension[]): Interpreted {
  const known: ReadonlySet<string> = new Set([
    extensionOids.subjectAltName,
    extensionOids.keyUsage,
    extensionOids.extKeyUsage,
    extensionOids.basicConstraints,
    extensionOids.nameConstraints,
  ])
  const raw = all.filter(({ oid }) => known.has(oid))
  const extensions = all.filter(({ oid }) => !known.has(oid))
  for (const { oid } of extensions) {
    if (oid === extensionOids.subjectKeyId || oid === extensionOids.authorityKeyId) {
      addFault(node, `.extensions: ${oid} is written by the authority`)
    }
  }
  const read = readParsed({ ...node, value: '' }, () => interpretExtensions(raw, 'certificate template'), undefined)
  if (read === undefined) return { extensions }
  readParsed({ ...node, value: '' }, () => read.otherNames.map(describeOtherName), [])
  const altNames = read.otherNames.length > 0 ? raw.filter(({ oid }) => oid === extensionOids.subjectAltName) : []
  const has = (oid: string) => raw.some((extension) => extension.oid === oid)
  const { isCA, pathLength } = read
  return {
    ...(has(extensionOids.basicConstraints) && {
      basicConstraints: { isCA, ...(pathLength !== undefined && { pathLength }) },
    }),
    ...(has(extensionOids.subjectAltName) && { names: read.names, otherNames: read.otherNames }),
    ...(has(extensionOids.keyUsage) && { keyUsage: read.keyUsage }),
    ...(has(extensionOids.extKeyUsage) && { extKeyUsage: read.extKeyUsage }),
    ...(read.nameConstraints && { nameConstraints: read.nameConstraints }),
    extensions: [...altNames, ...extensions],
  }
}

/** RFC 5280 §4.2.1.4, without qualifiers. */
function policyExtension(oids: readonly string[]): Extension[] {
  if (oids.length === 0) return []
  const value = sequence(...oids.map((oid) => sequence(encodeKnownOid(oid))))
  return [{ oid: extensionOids.certificatePolicies, critical: false, value }]
}
