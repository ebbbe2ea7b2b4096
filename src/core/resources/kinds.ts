import type { Authority } from './authority.ts'
import type { CertificatePolicy } from './certificate-policy.ts'
import type { Certificate } from './certificate.ts'
import type { KubernetesObject } from './metadata.ts'
import type { Provisioner } from './provisioner.ts'
import type { ResourceKind } from './resource-kind.ts'

/** `apiVersion` of every kind of Signet. */
export const signetApiVersion = 'signet.dev/v1'

const signetKind = <T extends KubernetesObject>(
  kind: string,
  plural: string,
  namespaced: boolean,
): ResourceKind<T> => ({
  apiVersion: signetApiVersion,
  kind,
  plural,
  namespaced,
})

export const authorities = signetKind<Authority>('Authority', 'authorities', false)
export const provisioners = signetKind<Provisioner>('Provisioner', 'provisioners', false)
export const certificates = signetKind<Certificate>('Certificate', 'certificates', true)
export const certificatePolicies = signetKind<CertificatePolicy>('CertificatePolicy', 'certificatepolicies', false)
