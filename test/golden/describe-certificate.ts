import { X509Certificate } from 'node:crypto'
import * as pkijs from 'pkijs'
import type { Json } from '../../src/core/templates/template.ts'

/** What of a recording's moment and keys a certificate is described by. */
export type Surroundings = {
  /** When the request was sent, milliseconds. */
  readonly at: number
  readonly nameOfKey: (spki: Uint8Array) => string | undefined
}

const keyIds: Readonly<Record<string, string>> = {
  '2.5.29.14': 'of the key',
  '2.5.29.35': 'of the issuer',
}

const hex = (octets: ArrayBuffer): string => Buffer.from(octets).toString('hex')
/** `1.2.3 critical 0400`, in the order of the certificate or list. */
export function describeExtension({ extnID, critical, extnValue }: pkijs.Extension): string {
  const value = keyIds[extnID] ?? hex(extnValue.valueBlock.valueHexView.slice().buffer)
  return [extnID, ...(critical ? ['critical'] : []), value].join(' ')
}

/** Clocks go on between a request and what is made of it. */
export const toMinutes = (seconds: number): number => Math.round(seconds / 60)

/** A certificate (PEM), read by pkijs, without serial, signature and the octets of its key. */
export function describeCertificate(pem: string, { at, nameOfKey }: Surroundings): Json {
  const read = new X509Certificate(pem)
  const { raw, subject, issuer, subjectAltName, publicKey } = read
  const parsed = pkijs.Certificate.fromBER(Uint8Array.from(raw).buffer)
  const [from, to] = [parsed.notBefore.value.getTime(), parsed.notAfter.value.getTime()]
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  return {
    subject,
    issuer,
    ...(subjectAltName !== undefined && { subjectAltName }),
    key: nameOfKey(spki) ?? 'unknown',
    'minutes from the request to its begin': toMinutes((from - at) / 1000),
    'seconds that it holds': (to - from) / 1000,
    signature: parsed.signatureAlgorithm.algorithmId,
    extensions: (parsed.extensions ?? []).map(describeExtension),
  }
}

/** A revocation list (DER): who made it and what it says of whom, without numbers and times. */
export function describeCrl(der: Uint8Array, nameOfSerial: (serial: string) => string): Json {
  const crl = pkijs.CertificateRevocationList.fromBER(Uint8Array.from(der).buffer)
  const entries = (crl.revokedCertificates ?? []).map((entry) => {
    const serial = BigInt(`0x${hex(entry.userCertificate.valueBlock.valueHexView.slice().buffer)}`).toString()
    const extensions = (entry.crlEntryExtensions?.extensions ?? []).map(describeExtension)
    return [nameOfSerial(serial), ...extensions].join(': ')
  })
  return {
    issuer: crl.issuer.typesAndValues.map(({ type, value }) => `${type}=${value.valueBlock.value}`).join(', '),
    'seconds to the next': ((crl.nextUpdate?.value.getTime() ?? Number.NaN) - crl.thisUpdate.value.getTime()) / 1000,
    signature: crl.signatureAlgorithm.algorithmId,
    entries: entries.toSorted(),
    extensions: (crl.crlExtensions?.extensions ?? []).map((extension) =>
      extension.extnID === '2.5.29.20' ? '2.5.29.20 a number' : describeExtension(extension),
    ),
  }
}
