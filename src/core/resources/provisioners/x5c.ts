import { group, pemCertificates } from '../schema.ts'

export const x5cSchema = group(
  {
    roots: pemCertificates({
      description:
        'Root certificates, PEM, one or more. Required, no default. Whoever holds the key of a certificate for clients below one of them gets the names that its token asks for: say in x509.allow which.',
    }),
  },
  {
    description:
      'Fields of type X5C: tokens signed with the key of a certificate of another PKI. Required for that type, forbidden for others.',
  },
)
