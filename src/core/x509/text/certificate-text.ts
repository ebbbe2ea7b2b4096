import { octetsOf, toHex } from '../../bytes.ts'
import { DerReader } from '../../der/reader.ts'
import { contextConstructed, tags } from '../../der/tags.ts'
import type { Certificate } from '../certificate.ts'
import { extensionText } from './extension-text.ts'
import { formatMoment, line, octetRows } from './lines.ts'
import { nameText, subjectText } from './subject-text.ts'

/** Algorithms that are called otherwise here, or are not accepted for anything and so have an OID for a name. */
const algorithmNames: Readonly<Record<string, string>> = {
  PureEd25519: 'Ed25519',
  '1.2.840.113549.1.1.4': 'MD5-RSA',
  '1.2.840.113549.1.1.5': 'SHA1-RSA',
  '1.3.14.3.2.29': 'SHA1-RSA',
  '1.2.840.10040.4.3': 'DSA-SHA1',
  '2.16.840.1.101.3.4.3.2': 'DSA-SHA256',
  '1.2.840.10045.4.1': 'ECDSA-SHA1',
}

/** A signature algorithm as Go's `crypto/x509` names it: `0` where it knows none. */
export function algorithmText(name: string): string {
  return algorithmNames[name] ?? (/^\d+(\.\d+)+$/.test(name) ? '0' : name)
}

/** Everything about a certificate, byte for byte as `step certificate inspect` prints it. */
export function certificateText(certificate: Certificate): string {
  const { serial, issuer, notBefore, notAfter, subject, spki, extensions } = certificate
  const version = versionOf(certificate)
  const issuerText = nameText(issuer)
  return (
    line(0, 'Certificate:') +
    line(4, 'Data:') +
    versionText(version + 1) +
    line(8, `Serial Number: ${serial} (${hexOf(serial)})`) +
    line(8, `Signature Algorithm: ${algorithmText(certificate.signatureAlgorithm)}`) +
    // Of an empty name nothing is printed, not even the end of the line.
    `        Issuer: ${issuerText === '' ? '' : `${issuerText}\n`}` +
    line(8, 'Validity') +
    line(12, `Not Before: ${formatMoment(notBefore)}`) +
    line(12, `Not After : ${formatMoment(notAfter)}`) +
    subjectText(subject, spki) +
    (extensions.length === 0 ? '' : line(8, 'X509v3 extensions:')) +
    extensions.map((extension) => extensionText(extension, certificate)).join('') +
    signatureText(certificate)
  )
}

/** `version` as Go counts: 3 of a certificate, 0 of a request. */
export function versionText(version: number): string {
  return line(8, `Version: ${version} (0x${Math.max(0, version - 1).toString(16)})`)
}

export function signatureText({
  signatureAlgorithm,
  signature,
}: Pick<Certificate, 'signatureAlgorithm' | 'signature'>): string {
  return `    Signature Algorithm: ${algorithmText(signatureAlgorithm)}${octetRows(signature, 9, 18)}`
}

const hexOf = (serial: string): string => (serial === '0' ? '' : `0x${toHex(octetsOf(BigInt(serial)))}`)

/** As it is encoded: 2 for version 3 (RFC 5280 §4.1.2.1). */
export function versionOf({ tbs }: Certificate): number {
  const contents = new DerReader(tbs, 'certificate').open(tags.sequence, 'contents')
  return contents.openOptional(contextConstructed(0), 'version')?.smallInteger('version') ?? 0
}
