import type { Static } from 'typebox'
import { comparison, duration, flag, group, optional } from './schema.ts'

/** step-ca's claims of X.509 certificates; `inherited` says what holds where one is left out. */
export const claimsSchema = (
  description: string,
  inherited: { min: string; max: string; usual: string; flag: string },
) =>
  group(
    {
      minTLSCertDuration: optional(
        duration({
          description: `Shortest life of a certificate, Go duration. Default: ${inherited.min}. A shorter wish is refused.`,
        }),
      ),
      maxTLSCertDuration: optional(
        duration({
          description: `Longest life of a certificate, Go duration. Default: ${inherited.max}. A longer wish is refused.`,
        }),
      ),
      defaultTLSCertDuration: optional(
        duration({
          description: `Life of a certificate for which none is asked, Go duration. Default: ${inherited.usual}.`,
        }),
      ),
      disableRenewal: optional(
        flag({ description: `True: certificates cannot be renewed, only issued anew. Default: ${inherited.flag}.` }),
      ),
      allowRenewalAfterExpiry: optional(
        flag({
          description: `True: a certificate may still be renewed after it has expired. Default: ${inherited.flag}.`,
        }),
      ),
      disableSmallstepExtensions: optional(
        flag({
          description: `True: certificates do not say through which provisioner they were issued (the extension of step). Default: ${inherited.flag}.`,
        }),
      ),
    },
    {
      description,
      rules: [
        comparison('minTLSCertDuration', '<=', 'maxTLSCertDuration'),
        comparison('minTLSCertDuration', '<=', 'defaultTLSCertDuration'),
        comparison('defaultTLSCertDuration', '<=', 'maxTLSCertDuration'),
      ],
    },
  )

/** Limits on the life and renewal of certificates, in step-ca's terms. */
export type ResourceClaims = Static<ReturnType<typeof claimsSchema>>
