import { isObject, readList, readMembers, readText, type JsonNode, type Members } from '../json-reader.ts'
import { parseIp } from '../names/parse.ts'
import { subjectLists, subjectMembers } from '../x509/name.ts'
import { keyUsages } from '../x509/usages.ts'
import { extKeyUsageOf, keyUsageOf } from './step-json.ts'
import type { Json } from './template.ts'

/** Of x509util.Certificate, in its order; `notBefore` and `notAfter` are the webhook's own and follow later. */
const memberNames = [
  'version',
  'subject',
  'rawSubject',
  'issuer',
  'serialNumber',
  'dnsNames',
  'emailAddresses',
  'ipAddresses',
  'uris',
  'sans',
  'extensions',
  'keyUsage',
  'extKeyUsage',
  'unknownExtKeyUsage',
  'subjectKeyId',
  'authorityKeyId',
  'ocspServer',
  'issuingCertificateURL',
  'crlDistributionPoints',
  'policyIdentifiers',
  'basicConstraints',
  'nameConstraints',
  'signatureAlgorithm',
] as const

type Read = (node: JsonNode | undefined) => unknown

/**
 * The JSON that a template gave, as step writes it after it has read it: all members in step's order, lists for single
 * texts, null for what is not there. It has to be one that was taken (`readStepCertificate`, `readCertificateJson`): what
 * those refuse is not looked at.
 */
export function echoCertificate(json: Json): Readonly<Record<string, unknown>> {
  const members = readMembers(nodeOf(json), memberNames, 'as Go')
  return Object.fromEntries(memberNames.map((name) => [name, readers[name](members.get(name))]))
}

/** Its faults are nobody's concern. */
const nodeOf = (value: unknown): JsonNode => ({ value, path: '', faults: [], read: new Map() })

const orNull: Read = (node) => node?.value ?? null

/** A list of texts, or one text in its place. */
function textsOf(node: JsonNode | undefined): readonly string[] | null {
  if (node === undefined) return null
  return readList({ ...node, value: [node.value].flat() }, readText)
}

/** A name as step writes it: in its order, without what is empty. */
export function echoName(value: unknown): Readonly<Record<string, unknown>> {
  const given = typeof value === 'string' ? { commonName: value } : value
  const members = readMembers(nodeOf(given), subjectMembers, 'as Go')
  return Object.fromEntries(
    subjectMembers.flatMap((name) => {
      const part = members.get(name)?.value ?? ''
      const written = (subjectLists as readonly string[]).includes(name) && part !== '' ? [part].flat() : part
      return written === '' || (Array.isArray(written) && written.length === 0) ? [] : [[name, written]]
    }),
  )
}

const name: Read = (node) => echoName(node?.value)

/** Members of each item of a list, in this order; those that `others` does not have are left out where they are absent. */
function itemsOf(
  node: JsonNode | undefined,
  known: readonly string[],
  others: Readonly<Record<string, unknown>>,
): unknown {
  if (!Array.isArray(node?.value)) return null
  return node.value.map((value: unknown) => {
    const members = readMembers({ ...node, value }, known, 'as Go')
    return objectOf(members, known, others)
  })
}

function objectOf(members: Members, known: readonly string[], others: Readonly<Record<string, unknown>>) {
  return Object.fromEntries(
    known.flatMap((member) => {
      const value = members.get(member)?.value ?? others[member]
      return value === undefined ? [] : [[member, value]]
    }),
  )
}

const constraintLists = ['DNSDomains', 'IPRanges', 'EmailAddresses', 'URIDomains'].flatMap((kind) => [
  `permitted${kind}`,
  `excluded${kind}`,
])

const readers: Readonly<Record<(typeof memberNames)[number], Read>> = {
  version: (node) => node?.value ?? 0,
  subject: name,
  rawSubject: orNull,
  issuer: name,
  serialNumber: () => null,
  dnsNames: textsOf,
  emailAddresses: textsOf,
  ipAddresses: (node) => textsOf(node)?.map((address) => parseIp(address) ?? address) ?? null,
  uris: textsOf,
  sans: (node) => itemsOf(node, ['type', 'value', 'asn1Value'], { type: '', value: '' }),
  extensions: (node) => itemsOf(node, ['id', 'critical', 'value'], { id: '', critical: false, value: null }),
  keyUsage(node) {
    const given = new Set(textsOf(node)?.map(keyUsageOf))
    return given.size === 0 ? null : keyUsages.filter((usage) => given.has(usage))
  },
  extKeyUsage: (node) => textsOf(node)?.map((usage) => extKeyUsageOf(usage) ?? usage) ?? [],
  unknownExtKeyUsage: textsOf,
  subjectKeyId: orNull,
  authorityKeyId: orNull,
  ocspServer: textsOf,
  issuingCertificateURL: textsOf,
  crlDistributionPoints: textsOf,
  policyIdentifiers: textsOf,
  basicConstraints: (node) =>
    isObject(node?.value)
      ? objectOf(readMembers(node, ['isCA', 'maxPathLen'], 'as Go'), ['isCA', 'maxPathLen'], {
          isCA: false,
          maxPathLen: 0,
        })
      : null,
  nameConstraints(node) {
    if (!isObject(node?.value)) return null
    const members = readMembers(node, ['critical', ...constraintLists], 'as Go')
    const lists = constraintLists.map((list) => [list, textsOf(members.get(list))])
    return { critical: members.get('critical')?.value ?? false, ...Object.fromEntries(lists) }
  },
  signatureAlgorithm: (node) => node?.value ?? '',
}
