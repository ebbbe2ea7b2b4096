import type { Certificate } from '../../../core/resources/index.ts'
import { keyText } from '../../../core/resources/object-key.ts'

/** The Secret that a Certificate writes. */
export function secretKeyOf({ metadata, spec }: Certificate): { readonly name: string; readonly namespace: string } {
  return { namespace: metadata.namespace ?? '', name: spec.secretName }
}

/** How Certificates are found: by the key, as text, of their Secret, and by the name of their Authority. */
export const certificateIndexes = {
  secret: (certificate: Certificate) => [keyText(secretKeyOf(certificate))],
  authority: ({ spec }: Certificate) => [spec.authorityRef.name],
} as const
