import { extKeyUsageOids, keyUsages, type ExtKeyUsage, type KeyUsage } from '../usages.ts'

const keyUsageLabels: Readonly<Record<KeyUsage, string>> = {
  digitalSignature: 'Digital Signature',
  contentCommitment: 'Content Commitment',
  keyEncipherment: 'Key Encipherment',
  dataEncipherment: 'Data Encipherment',
  keyAgreement: 'Key Agreement',
  certSign: 'Certificate Sign',
  crlSign: 'CRL Sign',
  encipherOnly: 'Encipher Only',
  decipherOnly: 'Decipher Only',
}

const extKeyUsageLabels: Readonly<Record<string, string>> = {
  any: 'Any Usage',
  serverAuth: 'Server Authentication',
  clientAuth: 'Client Authentication',
  codeSigning: 'Code Signing',
  emailProtection: 'E-mail Protection',
  ipsecEndSystem: 'IPSec End System',
  ipsecTunnel: 'IPSec Tunnel',
  ipsecUser: 'IPSec User',
  timeStamping: 'Time Stamping',
  ocspSigning: 'OCSP Signing',
}

/** Go knows these, and certinfo has names for them in requests only. */
const vendorLabels: Readonly<Record<string, string>> = {
  microsoftServerGatedCrypto: 'Microsoft Server Gated Crypto',
  netscapeServerGatedCrypto: 'Netscape Server Gated Crypto',
  microsoftCommercialCodeSigning: 'Microsoft Commercial Code Signing',
  microsoftKernelCodeSigning: 'Microsoft Kernel Code Signing',
}

/** The key of a TPM that is endorsed (TCG EK Credential Profile §3.5.16). */
const endorsementKeyOid = '2.23.133.8.1'

export function keyUsageText(usages: readonly KeyUsage[]): string {
  const labels = keyUsages.filter((usage) => usages.includes(usage)).map((usage) => keyUsageLabels[usage])
  return labels.length === 0 ? 'None' : labels.join(', ')
}

/** Of a certificate: those that Go knows come first. */
export function certificateExtKeyUsageText(usages: readonly ExtKeyUsage[]): string {
  const known = usages.filter((usage) => Object.hasOwn(extKeyUsageOids, usage))
  const others = usages.filter((usage) => !known.includes(usage))
  const labels = known.map((usage) => extKeyUsageLabels[usage] ?? 'UNKNOWN')
  return [...labels, ...others.map((oid) => (oid === endorsementKeyOid ? 'EK Certificate' : oid))].join(', ')
}

/** Of a request. */
export function requestExtKeyUsageText(usages: readonly ExtKeyUsage[]): string {
  return usages.map((usage) => extKeyUsageLabels[usage] ?? vendorLabels[usage] ?? unknownLabel(usage)).join(', ')
}

const unknownLabel = (oid: string): string => (oid === endorsementKeyOid ? 'EK Certificate' : `UNKNOWN(${oid})`)
