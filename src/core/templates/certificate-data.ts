import { isObject } from '../json-reader.ts'
import type { Names } from '../names/names.ts'
import type { Certificate } from '../x509/certificate.ts'
import type { CertificateRequest } from '../x509/csr.ts'
import { subjectFieldsOf, subjectLists, type SubjectFields } from '../x509/name.ts'
import { keyAlgorithmOf } from '../x509/public-key.ts'
import { keyUsages, type KeyUsage } from '../x509/usages.ts'
import { namesToJson } from './certificate-json.ts'
import { toOctets } from './engine/byte-text.ts'
import { timeOf } from './engine/time.ts'
import {
  bytes,
  fromJsonValue,
  GoInt,
  GoList,
  GoMap,
  GoStruct,
  GoText,
  texts,
  type GoField,
  type Value,
} from './engine/values.ts'
import type { Json } from './template.ts'

/** What a text template can refer to. */
export type CertificateFacts = {
  readonly subject: SubjectFields
  readonly names: Names
  /** Claims of the verified token. */
  readonly token: Json
  /** The verified certificate of who signed the token; none where a certificate is not what proves it. */
  readonly authorization: readonly Certificate[]
  /** undefined: there is none yet. */
  readonly csr: CertificateRequest | undefined
  /** `templateData` of the provisioner: its members stand beside, and before, those that the token gives. */
  readonly templateData: Readonly<Record<string, Json>>
  /** What the caller sent as `templateData`, an object; anything else is as good as an empty one. */
  readonly userData: Json | undefined
  /** What enriching webhooks gave, by the name of the webhook. */
  readonly webhooks: Readonly<Record<string, Json>>
}

/**
 * The data of step's templates: `.Subject .SANs .Token .AuthorizationCrt .AuthorizationChain .Webhooks .Insecure.CR
 * .Insecure.User` and the provisioner's own.
 */
export function certificateData(facts: CertificateFacts): GoMap {
  const { templateData, userData, csr } = facts
  const chain = facts.authorization.map(certificateValue)
  const signer: [string, Value][] =
    chain[0] === undefined
      ? []
      : [
          ['AuthorizationCrt', chain[0]],
          ['AuthorizationChain', new GoList(chain, '*x509.Certificate')],
        ]
  const user: [string, Value][] = userData === undefined ? [] : [['User', objectOf(userData)]]
  const request: [string, Value][] = csr === undefined ? [] : [['CR', requestValue(csr)]]
  const insecure = new GoMap([...user, ...request], 'interface {}', { type: 'x509util.TemplateData' })
  return new GoMap([
    ['Subject', subjectValue(facts.subject, 'x509util.Subject')],
    ['SANs', sansValue(facts.names)],
    ['Token', fromJsonValue(facts.token)],
    ...signer,
    ...Object.entries(templateData).map(([name, value]) => [toOctets(name), fromJsonValue(value)] as const),
    ...webhookEntries(facts),
    ...(insecure.entries.size > 0 ? [['Insecure', insecure] as const] : []),
  ])
}

/** As in step, what webhooks give joins what the provisioner's own data has under that name, if it is an object. */
function webhookEntries({ webhooks, templateData }: CertificateFacts): [string, Value][] {
  if (Object.keys(webhooks).length === 0) return []
  const own = templateData['Webhooks']
  return [['Webhooks', fromJsonValue({ ...(isObject(own) ? own : {}), ...webhooks })]]
}

function objectOf(json: Json): Value {
  const value = fromJsonValue(json)
  return value instanceof GoMap ? value : new GoMap([])
}

/** A Go slice of texts; nil where there are none. */
function textList(values: readonly string[] | undefined, type: string): GoList {
  const octets = (values ?? []).map(toOctets)
  return new GoList(octets, 'string', { type, isNil: octets.length === 0 })
}

const goName = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1)

function subjectValue(subject: SubjectFields, type: string): GoStruct {
  const text = (name: 'serialNumber' | 'commonName'): GoField => ({
    name: goName(name),
    json: name,
    omitEmpty: true,
    value: toOctets(subject[name] ?? ''),
  })
  return new GoStruct(type, [
    ...subjectLists.map((name) => ({
      name: goName(name),
      json: name,
      omitEmpty: true,
      value: textList(subject[name], 'x509util.MultiString'),
    })),
    text('serialNumber'),
    text('commonName'),
    {
      name: 'ExtraNames',
      json: 'extraNames',
      omitEmpty: true,
      value: extraNamesValue(subject),
    },
  ])
}

function extraNamesValue({ extraNames = [] }: SubjectFields): GoList {
  const type = 'x509util.DistinguishedName'
  const items = extraNames.map(
    (name) =>
      new GoStruct(type, [
        { name: 'Type', json: 'type', value: new GoText('x509util.ObjectIdentifier', 'slice', name.type) },
        { name: 'Value', json: 'value', value: toOctets(name.value) },
      ]),
  )
  return new GoList(items, type, { isNil: items.length === 0 })
}

function sansValue(names: Names): GoList {
  const type = 'x509util.SubjectAlternativeName'
  const items = (namesToJson(names) as readonly { readonly type: string; readonly value: string }[]).map(
    (san) =>
      new GoStruct(type, [
        { name: 'Type', json: 'type', value: san.type },
        { name: 'Value', json: 'value', value: toOctets(san.value) },
        { name: 'ASN1Value', json: 'asn1Value', omitEmpty: true, value: new GoList([], 'uint8', { isNil: true }) },
      ]),
  )
  return new GoList(items, type)
}

/** What templates ask of a certificate: a part of Go's x509.Certificate. */
function certificateValue(certificate: Certificate): GoStruct {
  const { names } = certificate
  return new GoStruct('*x509.Certificate', [
    { name: 'Subject', value: subjectValue(subjectFieldsOf(certificate.subject), 'pkix.Name') },
    { name: 'Issuer', value: subjectValue(subjectFieldsOf(certificate.issuer), 'pkix.Name') },
    { name: 'SerialNumber', value: new GoText('*big.Int', 'ptr', certificate.serial) },
    { name: 'NotBefore', value: timeOf(certificate.notBefore) },
    { name: 'NotAfter', value: timeOf(certificate.notAfter) },
    { name: 'DNSNames', value: textList(names.dns, '[]string') },
    { name: 'EmailAddresses', value: textList(names.emails, '[]string') },
    { name: 'IPAddresses', value: stringers(names.ips, '[]net.IP', 'net.IP', 'slice') },
    { name: 'URIs', value: stringers(names.uris, '[]*url.URL', '*url.URL', 'ptr') },
    { name: 'IsCA', value: certificate.isCA },
  ])
}

/** Values that Go prints and encodes as texts. */
function stringers(values: readonly string[], type: string, element: string, kind: string): GoList {
  const items = values.map((value) => new GoText(element, kind, toOctets(value)))
  return new GoList(items, element, { type, isNil: items.length === 0 })
}

/** Go's types of public keys, by the algorithm: what `typeIs "*rsa.PublicKey"` asks for. */
function keyType(algorithm: string): string {
  if (algorithm.startsWith('RSA-')) return '*rsa.PublicKey'
  if (algorithm.startsWith('EC-')) return '*ecdsa.PublicKey'
  return algorithm === 'Ed25519' ? 'ed25519.PublicKey' : '*mldsa.PublicKey'
}

/** `.Insecure.CR`: what the request asks for, of which nothing is verified but that its key signed it. */
function requestValue(csr: CertificateRequest): GoStruct {
  const { names, keyUsage, extKeyUsage } = csr
  const basic = csr.isCA
    ? new GoStruct('*x509util.BasicConstraints', [
        { name: 'IsCA', json: 'isCA', value: true },
        { name: 'MaxPathLen', json: 'maxPathLen', value: new GoInt(csr.pathLength ?? -1) },
      ])
    : null
  const algorithm = keyAlgorithmOf(csr.spki)
  return new GoStruct('*x509util.CertificateRequest', [
    { name: 'Version', json: 'version', value: new GoInt(0) },
    { name: 'Subject', json: 'subject', value: subjectValue(subjectFieldsOf(csr.subject), 'x509util.Subject') },
    { name: 'RawSubject', json: 'rawSubject', value: bytes(csr.subject.der) },
    { name: 'DNSNames', json: 'dnsNames', value: textList(names.dns, 'x509util.MultiString') },
    { name: 'EmailAddresses', json: 'emailAddresses', value: textList(names.emails, 'x509util.MultiString') },
    { name: 'IPAddresses', json: 'ipAddresses', value: stringers(names.ips, 'x509util.MultiIP', 'net.IP', 'slice') },
    { name: 'URIs', json: 'uris', value: stringers(names.uris, 'x509util.MultiURL', '*url.URL', 'ptr') },
    { name: 'SANs', json: 'sans', value: new GoList([], 'x509util.SubjectAlternativeName', { isNil: true }) },
    { name: 'Extensions', json: 'extensions', value: extensionsValue(csr) },
    { name: 'KeyUsage', json: 'keyUsage', ...keyUsageField(keyUsage) },
    { name: 'ExtKeyUsage', json: 'extKeyUsage', value: texts([...extKeyUsage]) },
    { name: 'UnknownExtKeyUsage', json: 'unknownExtKeyUsage', value: null },
    { name: 'BasicConstraints', json: 'basicConstraints', value: basic },
    { name: 'SignatureAlgorithm', json: 'signatureAlgorithm', value: '' },
    { name: 'PublicKey', value: new GoStruct(keyType(algorithm), []) },
    { name: 'PublicKeyAlgorithm', value: new GoText('x509.PublicKeyAlgorithm', 'int', algorithmName(algorithm)) },
    { name: 'Signature', value: bytes(csr.signature) },
  ])
}

function algorithmName(algorithm: string): string {
  return algorithm.startsWith('RSA-') ? 'RSA' : algorithm.startsWith('EC-') ? 'ECDSA' : algorithm
}

function extensionsValue({ extensions }: CertificateRequest): GoList {
  const type = 'x509util.Extension'
  const items = extensions.map(
    ({ oid, critical, value }) =>
      new GoStruct(type, [
        { name: 'ID', json: 'id', value: new GoText('x509util.ObjectIdentifier', 'slice', oid) },
        { name: 'Critical', json: 'critical', value: critical },
        { name: 'Value', json: 'value', value: bytes(value) },
      ]),
  )
  return new GoList(items, type, { isNil: items.length === 0 })
}

/** Bits in Go, names in JSON. */
function keyUsageField(usages: readonly KeyUsage[]): Pick<GoField, 'value' | 'jsonValue'> {
  const bits = usages.reduce((sum, usage) => sum | (1 << keyUsages.indexOf(usage)), 0)
  return { value: new GoInt(bits), jsonValue: usages.length === 0 ? null : texts([...usages]) }
}
