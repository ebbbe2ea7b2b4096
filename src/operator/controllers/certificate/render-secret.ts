import { formatInstant } from '../../../core/instant.ts'
import type { Certificate } from '../../../core/resources/index.ts'
import { withAppliedHash, type Manifest } from '../../manifest.ts'
import { annotations, labels } from '../../names.ts'
import type { WantedIssue } from './wanted.ts'

/**
 * The Secret of a Certificate without its data. It belongs to the Certificate and goes with it: a Certificate that is made
 * again under the same name has another uid and would not touch what the first one left.
 */
export function renderSecret(certificate: Certificate, wanted: WantedIssue, issuedAt: number): Manifest {
  const { metadata, spec, apiVersion, kind } = certificate
  const uid = metadata.uid ?? ''
  return withAppliedHash({
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'kubernetes.io/tls',
    metadata: {
      name: spec.secretName,
      ...(metadata.namespace !== undefined && { namespace: metadata.namespace }),
      labels: { ...spec.secretTemplate?.labels, [labels.certificateUid]: uid },
      annotations: {
        ...spec.secretTemplate?.annotations,
        [annotations.certificateName]: metadata.name,
        [annotations.request]: wanted.hash,
        [annotations.issuedAt]: formatInstant(issuedAt),
      },
      ownerReferences: [{ apiVersion, kind, name: metadata.name, uid, controller: true }],
    },
  })
}

export type SecretData = { readonly keyPem: string; readonly chainPem: string; readonly rootsPem: string }

/** `data` of the Secret: tls.crt with the chain, tls.key and ca.crt, base64. */
export function renderSecretData({ keyPem, chainPem, rootsPem }: SecretData): Record<string, string> {
  const encode = (text: string): string => Buffer.from(text, 'utf8').toString('base64')
  return { 'tls.crt': encode(chainPem), 'tls.key': encode(keyPem), 'ca.crt': encode(rootsPem) }
}
