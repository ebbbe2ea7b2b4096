import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import { keyUsages } from '../../../src/core/x509/usages.ts'
import { normal, timeText, type View } from './view.ts'

const sanWords: Readonly<Record<string, string>> = { dns: 'dns:', ip: 'ip:', email: 'email:', url: 'uri:' }
const otherWords: Readonly<Record<string, string>> = {
  id: 'registeredID',
  dn: 'directoryName',
  upn: 'otherName',
  guid: 'otherName',
  other: 'otherName',
}

const attributes: Readonly<Record<string, string>> = {
  CN: '2.5.4.3',
  C: '2.5.4.6',
  L: '2.5.4.7',
  ST: '2.5.4.8',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  E: '1.2.840.113549.1.9.1',
}

/** What @peculiar/x509 reads. Throws where it reads nothing. */
export function peculiarView(pem: string): View {
  const certificate = new x509.X509Certificate(pem)
  const sans = certificate.getExtension(x509.SubjectAlternativeNameExtension)?.names.toJSON() ?? []
  const bits = certificate.getExtension(x509.KeyUsagesExtension)?.usages ?? 0
  const basic = certificate.getExtension(x509.BasicConstraintsExtension)
  const subject = certificate.subjectName
    .toJSON()
    .flatMap((part) =>
      Object.entries(part).flatMap(([type, values]) => values.map((value) => `${attributes[type] ?? type}=${value}`)),
    )
  return normal({
    serial: certificate.serialNumber,
    notBefore: timeText(certificate.notBefore.getTime()),
    notAfter: timeText(certificate.notAfter.getTime()),
    subject,
    sans: sans.map(({ type, value }) => otherWords[type] ?? `${sanWords[type] ?? type}${value}`),
    keyUsage: keyUsages.filter((_, bit) => (bits & (1 << bit)) !== 0),
    extKeyUsage: (certificate.getExtension(x509.ExtendedKeyUsageExtension)?.usages ?? []).map(String),
    authority: basic?.ca === true ? `CA ${basic.pathLength ?? ''}`.trim() : '',
    subjectKeyId: certificate.getExtension(x509.SubjectKeyIdentifierExtension)?.keyId ?? '',
    authorityKeyId: certificate.getExtension(x509.AuthorityKeyIdentifierExtension)?.keyId ?? '',
  })
}

/** Does it find the certificate signed by `issuer` and valid at this time, in milliseconds? */
export function peculiarVerifies(pem: string, issuer: string, at: number): Promise<boolean> {
  return new x509.X509Certificate(pem).verify({ publicKey: new x509.X509Certificate(issuer), date: new Date(at) })
}
