import { toLatin1 } from '../../bytes.ts'
import { DerReader } from '../../der/reader.ts'
import { contextConstructed, contextPrimitive, tags } from '../../der/tags.ts'
import { textOf } from '../../der/values.ts'
import { nameKinds, type Names } from '../../names/names.ts'
import type { Certificate } from '../certificate.ts'
import type { Extension } from '../extensions.ts'
import { accessMethodOids, extensionOids } from '../oids.ts'
import { altNamesText } from './alt-names-text.ts'
import { colonHex, line, printableText } from './lines.ts'
import {
  managedDeviceText,
  managedEndpointText,
  provisionerText,
  registrationAuthorityText,
} from './step-extensions-text.ts'
import { timestampsText } from './timestamps-text.ts'
import { certificateExtKeyUsageText, keyUsageText } from './usages-text.ts'

type Form = {
  readonly label: string
  /** What stands below the heading. */
  readonly body: (value: Uint8Array, certificate: Certificate) => string
}

const what = 'certificate'
const stepArc = '1.3.6.1.4.1.37476.9000.64'
const sigstoreArc = '1.3.6.1.4.1.57264.1'

const forms: Readonly<Record<string, Form>> = {
  '2.5.29.9': { label: 'X509v3 Subject Directory Attributes', body: directoryAttributesText },
  [extensionOids.subjectKeyId]: {
    label: 'X509v3 Subject Key Identifier',
    body: (_, { subjectKeyId }) => keyIdText(subjectKeyId),
  },
  [extensionOids.keyUsage]: { label: 'X509v3 Key Usage', body: (_, { keyUsage }) => line(16, keyUsageText(keyUsage)) },
  [extensionOids.subjectAltName]: { label: 'X509v3 Subject Alternative Name', body: altNamesText },
  [extensionOids.basicConstraints]: {
    label: 'X509v3 Basic Constraints',
    body: (_, facts) => basicConstraintsText(facts),
  },
  [extensionOids.nameConstraints]: { label: 'X509v3 Name Constraints', body: (_, facts) => nameConstraintsText(facts) },
  [extensionOids.crlDistributionPoints]: { label: 'X509v3 CRL Distribution Points', body: distributionPointsText },
  [extensionOids.certificatePolicies]: {
    label: 'X509v3 Certificate Policies',
    body: (value) =>
      readPolicyIds(value)
        .map((oid) => line(16, `Policy: ${oid}`))
        .join(''),
  },
  [extensionOids.authorityKeyId]: {
    label: 'X509v3 Authority Key Identifier',
    body: (_, { authorityKeyId }) => keyIdText(authorityKeyId),
  },
  [extensionOids.extKeyUsage]: {
    label: 'X509v3 Extended Key Usage',
    body: (_, { extKeyUsage }) => line(16, certificateExtKeyUsageText(extKeyUsage)),
  },
  [extensionOids.authorityInfoAccess]: { label: 'Authority Information Access', body: infoAccessText },
  '2.16.840.1.113730.1.13': { label: 'Netscape Comment', body: (value) => line(16, stringOf(value)) },
  [extensionOids.provisioner]: { label: 'X509v3 Step Provisioner', body: provisionerText },
  [`${stepArc}.2`]: { label: 'X509v3 Step Registration Authority', body: registrationAuthorityText },
  [`${stepArc}.3`]: { label: 'X509v3 Step Managed Endpoint', body: managedEndpointText },
  [`${stepArc}.4`]: { label: 'X509v3 Step Managed Device', body: managedDeviceText },
  '1.3.6.1.4.1.11129.2.4.2': { label: 'RFC6962 Certificate Transparency SCT', body: timestampsText },
  ...Object.fromEntries(
    [
      'OIDC Issuer',
      'GitHub Workflow Trigger',
      'GitHub Workflow SHA Hash',
      'GitHub Workflow Name',
      'GitHub Workflow Repository',
      'GitHub Workflow Ref',
    ].map((label, index): [string, Form] => [
      `${sigstoreArc}.${index + 1}`,
      { label: `Sigstore ${label}`, body: (value) => line(16, Buffer.from(value).toString('utf8')) },
    ]),
  ),
}

/** One extension of a certificate with its heading. */
export function extensionText({ oid, critical, value }: Extension, certificate: Certificate): string {
  const form = forms[oid]
  if (form === undefined && /^2\.5\.29\.\d+$/.test(oid)) return `Unknown extension ${oid}\n`
  const body = form === undefined ? line(16, printableText(value)) : form.body(value, certificate)
  return headingText(form?.label ?? oid, critical) + body
}

export function headingText(label: string, critical: boolean): string {
  return line(12, `${label}:${critical ? ' critical' : ''}`)
}

/** An identifier that is not there leaves an empty line. */
export function keyIdText(keyId: Uint8Array | undefined): string {
  return keyId === undefined || keyId.length === 0 ? '\n' : line(16, colonHex(keyId).toUpperCase())
}

export function basicConstraintsText({ isCA, pathLength }: Pick<Certificate, 'isCA' | 'pathLength'>): string {
  return line(16, `CA:${isCA ? 'TRUE' : 'FALSE'}${pathLength === undefined ? '' : `, pathlen:${pathLength}`}`)
}

const constraintLabels = { dns: 'DNS', emails: 'Email', uris: 'URI', ips: 'IP Range' } as const
const constraintOrder = ['dns', 'emails', 'uris', 'ips'] as const

function nameConstraintsText({ nameConstraints }: Certificate): string {
  const part = (label: string, names: Names | undefined): string => {
    if (names === undefined || nameKinds.every((kind) => names[kind].length === 0)) return ''
    const rows = constraintOrder
      .filter((kind) => names[kind].length > 0)
      .map((kind) => line(18, `${constraintLabels[kind]}: ${names[kind].join(', ')}`))
    return line(16, `${label}:`) + rows.join('')
  }
  return part('Permitted', nameConstraints?.permitted) + part('Excluded', nameConstraints?.excluded)
}

function distributionPointsText(value: Uint8Array): string {
  const urls = readDistributionPoints(value)
  if (urls.length === 0) return ''
  return line(16, 'Full Name:') + line(18, urls.map((url) => `URI:${url}`).join(', '))
}

/** The URLs of whole lists (RFC 5280 §4.2.1.13). */
export function readDistributionPoints(value: Uint8Array): string[] {
  const field = 'CRL distribution points'
  const points = new DerReader(value, what).sequence(field)
  const urls: string[] = []
  while (!points.atEnd) {
    const point = points.sequence(field)
    const names = point.openOptional(contextConstructed(0), field)?.openOptional(contextConstructed(0), field)
    if (names !== undefined) urls.push(...readUrls(names, field))
  }
  return urls
}

function readUrls(names: DerReader, field: string): string[] {
  const urls: string[] = []
  while (!names.atEnd) {
    const { tag, content } = names.any(field)
    if (tag === contextPrimitive(6)) urls.push(toLatin1(content))
  }
  return urls
}

export function readPolicyIds(value: Uint8Array): string[] {
  const field = 'certificate policies'
  const list = new DerReader(value, what).sequence(field)
  const ids: string[] = []
  while (!list.atEnd) ids.push(list.sequence(field).oid(field))
  return ids
}

/** The URLs that an AuthorityInfoAccess (RFC 5280 §4.2.2.1) has for one method. */
export function readInfoAccess(value: Uint8Array, method: string): string[] {
  const field = 'authority information access'
  const list = new DerReader(value, what).sequence(field)
  const urls: string[] = []
  while (!list.atEnd) {
    const access = list.sequence(field)
    const found = access.oid(field)
    const { tag, content } = access.any(field)
    if (found === method && tag === contextPrimitive(6)) urls.push(toLatin1(content))
  }
  return urls
}

function infoAccessText(value: Uint8Array): string {
  const row = (label: string, method: string): string => {
    const urls = readInfoAccess(value, method)
    return urls.length === 0 ? '' : line(16, `${label} - ${urls.map((url) => `URI:${url}`).join(',')}`)
  }
  return row('OCSP', accessMethodOids.ocsp) + row('CA Issuers', accessMethodOids.issuer)
}

/** The first attribute: its values as they are encoded. */
function directoryAttributesText(value: Uint8Array): string {
  const field = 'subject directory attributes'
  const attribute = new DerReader(value, what).sequence(field).sequence(field)
  const type = attribute.oid(field)
  const { content } = attribute.element(tags.set, field)
  return line(16, `${type}: 0x${Buffer.from(content).toString('hex')}`)
}

function stringOf(value: Uint8Array): string {
  const reader = new DerReader(value, what)
  const { tag, content } = reader.any('comment')
  const text = textOf(tag, content)
  if (text === undefined) throw reader.fault('comment', 'not a text')
  return text
}
