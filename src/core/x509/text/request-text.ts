import { DerReader } from '../../der/reader.ts'
import { tags } from '../../der/tags.ts'
import type { CertificateRequest } from '../csr.ts'
import type { Extension } from '../extensions.ts'
import { extensionOids } from '../oids.ts'
import { altNamesText } from './alt-names-text.ts'
import { signatureText, versionText } from './certificate-text.ts'
import { basicConstraintsText, headingText, keyIdText } from './extension-text.ts'
import { colonHex, line, printableText } from './lines.ts'
import { subjectText } from './subject-text.ts'
import { keyUsageText, requestExtKeyUsageText } from './usages-text.ts'

type Form = {
  readonly label: string
  readonly body: (value: Uint8Array, request: CertificateRequest) => string
}

const forms: Readonly<Record<string, Form>> = {
  [extensionOids.subjectKeyId]: {
    label: 'X509v3 Subject Key Identifier',
    body: (_, { subjectKeyId }) => keyIdText(subjectKeyId),
  },
  [extensionOids.subjectAltName]: { label: 'X509v3 Subject Alternative Name', body: altNamesText },
  [extensionOids.keyUsage]: { label: 'X509v3 Key Usage', body: (_, { keyUsage }) => line(16, keyUsageText(keyUsage)) },
  [extensionOids.basicConstraints]: {
    label: 'X509v3 Basic Constraints',
    body: (_, facts) => basicConstraintsText(facts),
  },
  [extensionOids.nameConstraints]: { label: 'X509v3 Name Constraints', body: nameConstraintsText },
  [extensionOids.extKeyUsage]: {
    label: 'X509v3 Extended Key Usage',
    body: (_, { extKeyUsage }) => line(16, requestExtKeyUsageText(extKeyUsage)),
  },
}

/** Everything about a certificate request, byte for byte as `step certificate inspect` prints it. */
export function requestText(request: CertificateRequest): string {
  const version = versionOf(request)
  return (
    line(0, 'Certificate Request:') +
    line(4, 'Data:') +
    versionText(version) +
    subjectText(request.subject, request.spki) +
    (version === 0 ? extensionsText(request) : '') +
    signatureText(request)
  )
}

/** Extensions that nobody knows come last, as if they were attributes. */
function extensionsText(request: CertificateRequest): string {
  const { extensions } = request
  if (extensions.length === 0) return ''
  const known = extensions.map(({ oid, critical, value }) => {
    const form = forms[oid]
    return form === undefined ? '' : headingText(form.label, critical) + form.body(value, request)
  })
  const unknown = extensions.filter(({ oid }) => forms[oid] === undefined)
  return (
    line(8, 'Requested Extensions:') +
    known.join('') +
    (unknown.length === 0 ? '' : line(8, 'Attributes:')) +
    unknown.map(unknownText).join('')
  )
}

/** With its octets where they are more than text. */
function unknownText({ oid, critical, value }: Extension): string {
  const text = printableText(value)
  const isText = Buffer.from(text).equals(value)
  return headingText(oid, critical) + line(16, text) + (isText ? '' : line(16, colonHex(value)))
}

/** Only the DNS names that are permitted. */
function nameConstraintsText(_value: Uint8Array, { nameConstraints }: CertificateRequest): string {
  const names = nameConstraints?.permitted.dns ?? []
  return names.length === 0 ? '' : line(16, 'Permitted:') + line(18, names.join(', '))
}

function versionOf({ info }: CertificateRequest): number {
  return new DerReader(info, 'certificate request').open(tags.sequence, 'info').smallInteger('version')
}
