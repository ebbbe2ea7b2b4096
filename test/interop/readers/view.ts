import { parseIp } from '../../../src/core/names/parse.ts'
import { listNames } from '../../../src/core/names/parse.ts'
import type { Certificate } from '../../../src/core/x509/certificate.ts'
import { describeOtherName } from '../../../src/core/x509/other-names.ts'
import { extKeyUsageOid } from '../../../src/core/x509/usages.ts'

/** What a reader sees in a certificate, in words that all readers share. Lists are compared as sets. */
export type View = {
  /** Hex without zeros in front. */
  readonly serial: string
  /** RFC 3339, whole seconds, UTC. */
  readonly notBefore: string
  readonly notAfter: string
  /** `OID=value`. */
  readonly subject: readonly string[]
  /** `dns:…`, `ip:…`, `email:…`, `uri:…`; of other kinds the kind alone, for few show what is in them. */
  readonly sans: readonly string[]
  /** step's words. */
  readonly keyUsage: readonly string[]
  /** Object identifiers. */
  readonly extKeyUsage: readonly string[]
  /** Empty, `CA` or `CA` with its path length. */
  readonly authority: string
  /** Lower-case hex; empty where there is none. */
  readonly subjectKeyId: string
  readonly authorityKeyId: string
}

/** In the form in which views are compared. */
export function normal(view: View): View {
  const sans = view.sans.map((san) => (san.startsWith('ip:') ? `ip:${parseIp(san.slice(3))}` : san))
  return {
    ...view,
    serial: view.serial.toLowerCase().replace(/^0+(?=.)/, ''),
    subject: view.subject.toSorted(),
    sans: sans.toSorted(),
    keyUsage: view.keyUsage.toSorted(),
    extKeyUsage: view.extKeyUsage.toSorted(),
  }
}

/** RFC 3339 in whole seconds. */
export const timeText = (milliseconds: number): string => new Date(milliseconds).toISOString().replace('.000Z', 'Z')

const sanWords = { dns: 'dns', ips: 'ip', emails: 'email', uris: 'uri' } as const

/** What ours reads, the same that it checked before the certificate left. */
export function ourView(certificate: Certificate): View {
  const hex = (octets: Uint8Array | undefined): string => Buffer.from(octets ?? []).toString('hex')
  const { pathLength } = certificate
  return normal({
    serial: BigInt(certificate.serial).toString(16),
    notBefore: timeText(certificate.notBefore),
    notAfter: timeText(certificate.notAfter),
    subject: certificate.subject.attributes.map(({ oid, value }) => `${oid}=${value}`),
    sans: [
      ...listNames(certificate.names).map(({ kind, value }) => `${sanWords[kind]}:${value}`),
      ...certificate.otherNames.map((name) => describeOtherName(name).replace(/ .*/, '')),
    ],
    keyUsage: certificate.keyUsage,
    extKeyUsage: certificate.extKeyUsage.map(extKeyUsageOid),
    authority: certificate.isCA ? `CA ${pathLength ?? ''}`.trim() : '',
    subjectKeyId: hex(certificate.subjectKeyId),
    authorityKeyId: hex(certificate.authorityKeyId),
  })
}
