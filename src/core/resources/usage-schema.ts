import { certificateUsages, type CertificateUsage } from '../x509/usages.ts'
import { choice } from './schema.ts'

/** One of the 23 usages that cert-manager knows, by its name there. */
export const certificateUsageSchema = choice(Object.keys(certificateUsages) as CertificateUsage[], {
  description: 'A usage by its name in cert-manager.',
})
