/**
 * The kinds of `signet.dev/v1`. This entry carries types and plain tables only; the schemas (and with them TypeBox) come
 * from the file of each kind and are for the generator of the CRDs and for validation.
 */
export type { Authority, AuthoritySpec, AuthorityStatus } from './authority.ts'
export type { Certificate, CertificatePrivateKey, CertificateSpec, CertificateStatus } from './certificate.ts'
export type {
  CertificatePolicy,
  CertificatePolicySpec,
  CertificatePolicyStatus,
  NamespaceSelector,
} from './certificate-policy.ts'
export type { Provisioner, ProvisionerSpec, ProvisionerStatus } from './provisioner.ts'
export { provisionerBlocks, type ProvisionerType } from './provisioners/blocks.ts'
export type { NamePolicy } from './name-rules.ts'
export type { ResourceClaims } from './claims.ts'
export type { Condition } from './conditions.ts'
export type { KubernetesObject, Named, ObjectKey, ObjectMeta, OwnerReference } from './metadata.ts'
export { authorities, certificatePolicies, certificates, provisioners, signetApiVersion } from './kinds.ts'
export type { ResourceKind } from './resource-kind.ts'
