import type { CertificatePolicySpec } from '../../src/core/resources/certificate-policy.ts'

type Allow = NonNullable<CertificatePolicySpec['allow']>
type Deny = NonNullable<CertificatePolicySpec['deny']>

const noNames = { commonNames: [], dnsNames: [], ipAddresses: [], uris: [], emailAddresses: [] }

/** `spec` of a CertificatePolicy with the defaults that the API server fills in. */
export function aPolicySpec(
  changes: Partial<Omit<CertificatePolicySpec, 'allow' | 'deny'>> & { allow?: Partial<Allow>; deny?: Partial<Deny> },
): CertificatePolicySpec {
  const { allow, deny, ...rest } = changes
  return {
    mode: 'Enforce',
    serviceAccounts: [],
    ...rest,
    ...(allow && { allow: { ...noNames, wildcards: false, isCA: false, ...allow } }),
    ...(deny && { deny: { ...noNames, ...deny } }),
  }
}
