import { SignetError } from '../errors.ts'
import { tlsUsageOids } from './oids.ts'

/** Key usages in the words of step's templates. Their index in `keyUsages` is the bit of RFC 5280 §4.2.1.3. */
export type KeyUsage = (typeof keyUsages)[number]
export const keyUsages = [
  'digitalSignature',
  'contentCommitment',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'certSign',
  'crlSign',
  'encipherOnly',
  'decipherOnly',
] as const

/** An extended key usage: a name out of `extKeyUsageOids`, else a dotted OID. */
export type ExtKeyUsage = string

/** Extended key usages in the words of step's templates. */
export const extKeyUsageOids = {
  any: '2.5.29.37.0',
  ...tlsUsageOids,
  codeSigning: '1.3.6.1.5.5.7.3.3',
  emailProtection: '1.3.6.1.5.5.7.3.4',
  ipsecEndSystem: '1.3.6.1.5.5.7.3.5',
  ipsecTunnel: '1.3.6.1.5.5.7.3.6',
  ipsecUser: '1.3.6.1.5.5.7.3.7',
  timeStamping: '1.3.6.1.5.5.7.3.8',
  ocspSigning: '1.3.6.1.5.5.7.3.9',
  microsoftServerGatedCrypto: '1.3.6.1.4.1.311.10.3.3',
  netscapeServerGatedCrypto: '2.16.840.1.113730.4.1',
  microsoftCommercialCodeSigning: '1.3.6.1.4.1.311.2.1.22',
  microsoftKernelCodeSigning: '1.3.6.1.4.1.311.61.1.1',
} as const

const extKeyUsageNames = new Map<string, string>(Object.entries(extKeyUsageOids).map(([name, oid]) => [oid, name]))

/** What one name of `Certificate.spec.usages` stands for. */
export type UsageMeaning = { readonly keyUsage: KeyUsage } | { readonly extKeyUsage: keyof typeof extKeyUsageOids }

/** The usages of `Certificate.spec.usages`, named and understood as cert-manager does. */
export const certificateUsages = {
  signing: { keyUsage: 'digitalSignature' },
  'digital signature': { keyUsage: 'digitalSignature' },
  'content commitment': { keyUsage: 'contentCommitment' },
  'key encipherment': { keyUsage: 'keyEncipherment' },
  'key agreement': { keyUsage: 'keyAgreement' },
  'data encipherment': { keyUsage: 'dataEncipherment' },
  'cert sign': { keyUsage: 'certSign' },
  'crl sign': { keyUsage: 'crlSign' },
  'encipher only': { keyUsage: 'encipherOnly' },
  'decipher only': { keyUsage: 'decipherOnly' },
  any: { extKeyUsage: 'any' },
  'server auth': { extKeyUsage: 'serverAuth' },
  'client auth': { extKeyUsage: 'clientAuth' },
  'code signing': { extKeyUsage: 'codeSigning' },
  'email protection': { extKeyUsage: 'emailProtection' },
  's/mime': { extKeyUsage: 'emailProtection' },
  'ipsec end system': { extKeyUsage: 'ipsecEndSystem' },
  'ipsec tunnel': { extKeyUsage: 'ipsecTunnel' },
  'ipsec user': { extKeyUsage: 'ipsecUser' },
  timestamping: { extKeyUsage: 'timeStamping' },
  'ocsp signing': { extKeyUsage: 'ocspSigning' },
  'microsoft sgc': { extKeyUsage: 'microsoftServerGatedCrypto' },
  'netscape sgc': { extKeyUsage: 'netscapeServerGatedCrypto' },
} as const satisfies Readonly<Record<string, UsageMeaning>>

export type CertificateUsage = keyof typeof certificateUsages

export type Usages = { readonly keyUsage: readonly KeyUsage[]; readonly extKeyUsage: readonly ExtKeyUsage[] }

/** Those of a TLS leaf, as in step's leaf template: RSA keys also encrypt, for the key exchange of old TLS. */
export function leafUsages(keyAlgorithm: string): Usages {
  const keyUsage = keyAlgorithm.startsWith('RSA-')
    ? (['keyEncipherment', 'digitalSignature'] as const)
    : (['digitalSignature'] as const)
  return { keyUsage, extKeyUsage: ['serverAuth', 'clientAuth'] }
}

/** Key usages in bit order and extended ones in the order given, without duplicates; `malformed` for an unknown name. */
export function usagesOf(names: readonly string[]): Usages {
  const meanings = names.map(meaningOf)
  const wanted = new Set(meanings.map((meaning) => ('keyUsage' in meaning ? meaning.keyUsage : undefined)))
  const extended = meanings.flatMap((meaning) => ('extKeyUsage' in meaning ? [meaning.extKeyUsage] : []))
  return { keyUsage: keyUsages.filter((usage) => wanted.has(usage)), extKeyUsage: [...new Set(extended)] }
}

/** The names of `Certificate.spec.usages` for usages, one each; a dotted OID stays as it is. */
export function certificateUsageNames({ keyUsage, extKeyUsage }: Usages): string[] {
  return [...keyUsage, ...extKeyUsage].map((usage) => usageNames.get(usage) ?? usage)
}

/** A usage has one name but two: `signing` and `s/mime` are read and never written. */
const usageNames = new Map<string, string>(
  Object.entries(certificateUsages)
    .filter(([name]) => name !== 'signing' && name !== 's/mime')
    .map(([name, meaning]) => ['keyUsage' in meaning ? meaning.keyUsage : meaning.extKeyUsage, name]),
)

/** The dotted OID of an extended key usage given by name or already as an OID. */
export function extKeyUsageOid(usage: ExtKeyUsage): string {
  return Object.hasOwn(extKeyUsageOids, usage) ? extKeyUsageOids[usage as keyof typeof extKeyUsageOids] : usage
}

/** The name of an extended key usage; the OID itself if it has none here. */
export function extKeyUsageName(oid: string): ExtKeyUsage {
  return extKeyUsageNames.get(oid) ?? oid
}

/** Does this name of `Certificate.spec.usages`, or this OID, stand for an extended key usage? */
export function isExtendedUsage(name: string): boolean {
  return !Object.hasOwn(certificateUsages, name) || 'extKeyUsage' in certificateUsages[name as CertificateUsage]
}

function meaningOf(name: string): UsageMeaning {
  if (Object.hasOwn(certificateUsages, name)) return certificateUsages[name as CertificateUsage]
  throw new SignetError('malformed', `unknown usage "${name.slice(0, 64)}"`, { path: 'usages' })
}
