import { octetsOf } from '../../bytes.ts'
import { formatInstant } from '../../instant.ts'
import type { Certificate } from '../certificate.ts'
import type { CertificateRequest } from '../csr.ts'
import { commonNameOf, type Name } from '../name.ts'
import { extensionOids } from '../oids.ts'
import { readPublicKey } from '../public-key.ts'
import type { Extension } from '../extensions.ts'
import { readWrittenNames } from './alt-names-text.ts'
import { line } from './lines.ts'
import { readProvisionerExtension } from './step-extensions-text.ts'

/** The few lines that a person wants, byte for byte as `step certificate inspect --short` prints them. */
export function certificateShortText(certificate: Certificate): string {
  const { issuer, spki, serial, notBefore, notAfter } = certificate
  const key = keyLabel(spki)
  return (
    line(0, `X.509v3 ${typeOf(certificate)} Certificate (${key}) [Serial: ${abbreviate(serial)}]`) +
    namesText(certificate) +
    line(0, `  Issuer:      ${commonNameOf(issuer)}`) +
    provisionerLine(certificate.extensions) +
    line(0, `  Valid from:  ${formatInstant(notBefore)}`) +
    line(0, `          to:  ${formatInstant(notAfter)}`)
  )
}

export function requestShortText(request: CertificateRequest): string {
  return line(0, `X.509v3 Certificate Signing Request (${keyLabel(request.spki)})`) + namesText(request)
}

function typeOf(certificate: Certificate): string {
  if (!certificate.isCA) return 'TLS'
  const { keyUsage } = certificate
  const signs = keyUsage.length === 0 || keyUsage.includes('certSign')
  return signs && certificate.isSignedBy(certificate.publicKey()) ? 'Root CA' : 'Intermediate CA'
}

function keyLabel(spki: Uint8Array): string {
  const key = readPublicKey(spki)
  if (key.kind === 'EC') return `ECDSA ${key.curve}`
  if (key.kind === 'RSA') return `RSA ${octetsOf(key.modulus).length * 8}`
  return key.kind === 'Ed25519' ? `Ed25519 ${key.key.length * 8}` : '0 unknown'
}

type Named = { readonly subject: Name; readonly extensions: readonly Extension[] }

/** The common name, then all other names. */
function namesText({ subject, extensions }: Named): string {
  const commonName = commonNameOf(subject)
  const value = extensions.find(({ oid }) => oid === extensionOids.subjectAltName)?.value
  const { dns, ips, emails, uris } = value === undefined ? noNames : readWrittenNames(value)
  const others = [...dns, ...ips, ...emails, ...uris].filter((name) => name !== commonName)
  const [first, ...more] = commonName === '' ? others : [commonName, ...others]
  if (first === undefined) return line(0, '  Subject: ')
  return line(2, `Subject:     ${first}`) + more.map((name) => line(15, name)).join('')
}

const noNames = { dns: [], ips: [], emails: [], uris: [] } as const

function provisionerLine(extensions: readonly Extension[]): string {
  const value = extensions.find(({ oid }) => oid === extensionOids.provisioner)?.value
  if (value === undefined) return ''
  const { name, credentialId } = readProvisionerExtension(value)
  return line(2, `Provisioner: ${name}${credentialId === '' ? '' : ` [ID: ${abbreviate(credentialId)}]`}`)
}

/** First and last four characters of more than eight. */
function abbreviate(text: string): string {
  return text.length <= 8 ? text : `${text.slice(0, 4)}...${text.slice(-4)}`
}
