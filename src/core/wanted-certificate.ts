import { parseDuration } from './duration.ts'
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
} from './json-reader.ts'
import { collectNames, isOneOf, parseDnsName, parseName } from './names/parse.ts'
import type { NameKind, Names } from './names/names.ts'
import { defaultUsages } from './policy/rules.ts'
import { subjectFields } from './subject-fields.ts'
import type { KeyAlgorithm } from './x509/key-algorithm.ts'
import type { SubjectFields } from './x509/name.ts'

/** What the spec of a Certificate asks for, with everything that it leaves open decided. */
export type WantedCertificate = {
  readonly commonName: string
  readonly names: Names
  /** With the common name. */
  readonly subject: SubjectFields
  /** In the names of `spec.usages`; with `cert sign` where isCA. */
  readonly usages: readonly string[]
  readonly isCA: boolean
  /** Milliseconds; undefined: the provisioner's default. */
  readonly duration: number | undefined
  readonly keyAlgorithm: KeyAlgorithm
  /** Name of the Authority that is to issue it. */
  readonly authority: string
}

/** The Authority of whoever names none. */
const defaultAuthority = 'signet'

const nameFields = { dnsNames: 'dns', ipAddresses: 'ips', emailAddresses: 'emails', uris: 'uris' } as const
const members = [
  'commonName',
  ...Object.keys(nameFields),
  'subject',
  'usages',
  'isCA',
  'duration',
  'privateKey',
  'authorityRef',
]

const curves: Readonly<Record<number, KeyAlgorithm>> = { 256: 'EC-P256', 384: 'EC-P384', 521: 'EC-P521' }
const moduli: Readonly<Record<number, KeyAlgorithm>> = { 2048: 'RSA-2048', 3072: 'RSA-3072', 4096: 'RSA-4096' }

/** Reads `spec` of a Certificate as the API server holds it; `malformed` with all faults. */
export function wantedCertificate(spec: unknown): WantedCertificate {
  return readJson(spec, 'spec', readSpec)
}

function readSpec(node: JsonNode): WantedCertificate {
  // Members that do not concern the certificate itself, such as secretName, are the operator's business.
  const spec = readMembers(node, members, 'as Go')
  const optional = <T>(name: string, read: (member: JsonNode) => T): T | undefined => {
    const member = spec.get(name)
    return member === undefined ? undefined : read(member)
  }
  const commonName = optional('commonName', readText) ?? ''
  const isCA = optional('isCA', readFlag) ?? false
  // An empty list is what cert-manager writes for the default. Taken by the letter, it would be good for any use.
  const listedUsages = optional('usages', (list) => readList(list, readText)) ?? []
  const usages: readonly string[] = listedUsages.length > 0 ? listedUsages : defaultUsages
  const listed = Object.entries(nameFields).flatMap(
    ([field, kind]) => optional(field, (list) => readNames(list, kind)) ?? [],
  )
  return {
    commonName,
    names: withCommonName(commonName, collectNames(listed)),
    subject: { ...optional('subject', readSubject), ...(commonName !== '' && { commonName }) },
    usages: isCA && !usages.includes('cert sign') ? [...usages, 'cert sign'] : usages,
    isCA,
    duration: optional('duration', (text) => readParsed(text, parseDuration, 0)),
    keyAlgorithm: optional('privateKey', readKeyAlgorithm) ?? 'EC-P256',
    authority: optional('authorityRef', readAuthorityName) ?? defaultAuthority,
  }
}

function readNames(node: JsonNode, kind: NameKind): { readonly kind: NameKind; readonly value: string }[] {
  return readList(node, (item) => ({ kind, value: readParsed(item, (text) => parseName(kind, text), '') }))
}

/** As cert-manager: a common name that is a DNS name and in no list is one of the DNS names. */
function withCommonName(commonName: string, names: Names): Names {
  const dns = parseDnsName(commonName)
  return dns === undefined || isOneOf(commonName, names) ? names : { ...names, dns: [...names.dns, dns] }
}

function readSubject(node: JsonNode): SubjectFields {
  const subject = readMembers(node, Object.keys(subjectFields), 'as Go')
  const { serialNumber: _, ...listFields } = subjectFields
  const lists = Object.entries(listFields).flatMap(([member, field]) => {
    const values = subject.get(member)
    return values === undefined ? [] : [[field, readList(values, readText)] as const]
  })
  const serialNumber = subject.get('serialNumber')
  return { ...Object.fromEntries(lists), ...(serialNumber !== undefined && { serialNumber: readText(serialNumber) }) }
}

function readAuthorityName(node: JsonNode): string {
  const name = readMembers(node, ['name'], 'as Go').get('name')
  return name === undefined ? defaultAuthority : readText(name)
}

function readKeyAlgorithm(node: JsonNode): KeyAlgorithm {
  const key = readMembers(node, ['algorithm', 'size'], 'as Go')
  const [algorithmNode, sizeNode] = [key.get('algorithm'), key.get('size')]
  const algorithm = algorithmNode === undefined ? undefined : readText(algorithmNode)
  if (algorithm === 'Ed25519') return 'Ed25519'
  const size = sizeNode === undefined ? undefined : readInteger(sizeNode, 0, 65_536)
  const rsa = algorithm === 'RSA' || (algorithm === undefined && (size ?? 0) >= 2048)
  const found = rsa ? moduli[size ?? 2048] : curves[size ?? 256]
  if (found === undefined) addFault(sizeNode ?? node, `is not a size of ${rsa ? 'RSA' : 'ECDSA'} keys`)
  return found ?? 'EC-P256'
}
