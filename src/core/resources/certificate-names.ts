import { dnsName, group, list, optional, text } from './schema.ts'

/** Names of one kind: bounded, so that the cost of the rules is. */
const maxItems = 100

/** The four lists of subject alternative names of a Certificate, with cert-manager's names. */
export const nameLists = {
  dnsNames: list(dnsName({ wildcard: true, description: 'A DNS name.' }), {
    description:
      'DNS names of the certificate. Default: none. Without a CertificatePolicy, those at least one label below <namespace>.svc or <namespace>.svc.<cluster domain> are allowed.',
    maxItems,
    default: [],
  }),
  ipAddresses: list(
    text({
      description: 'An IPv4 or IPv6 address.',
      maxLength: 45,
      rules: [{ rule: 'isIP(self)', message: 'must be an IPv4 or IPv6 address' }],
    }),
    {
      description: 'IP addresses of the certificate. Default: none. Only a CertificatePolicy allows them.',
      maxItems,
      default: [],
    },
  ),
  uris: list(
    text({
      description: 'An absolute URI (RFC 3986).',
      maxLength: 1024,
      rules: [
        {
          rule: String.raw`self.matches('^[A-Za-z][A-Za-z0-9+.-]*:[!-~]+$')`,
          message: 'must be an absolute URI in ASCII, such as https://example.com/a',
        },
      ],
    }),
    {
      description:
        'URIs of the certificate. Default: none. Only a CertificatePolicy allows them, and never the SPIFFE ID of a service account.',
      maxItems,
      default: [],
    },
  ),
  emailAddresses: list(
    text({
      description: 'An e-mail address (RFC 5321).',
      maxLength: 254,
      rules: [
        {
          rule: String.raw`self.matches('^[!-?A-~]+@[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$')`,
          message: 'must be an e-mail address in ASCII, such as someone@example.com',
        },
      ],
    }),
    {
      description: 'E-mail addresses of the certificate. Default: none. Only a CertificatePolicy allows them.',
      maxItems,
      default: [],
    },
  ),
}

/** Members of `spec.subject` with lists of values, and what they are. */
const subjectLists = {
  organizations: 'Organizations (O)',
  countries: 'Countries (C), two letters each',
  organizationalUnits: 'Organizational units (OU)',
  localities: 'Localities (L)',
  provinces: 'Provinces or states (ST)',
  streetAddresses: 'Street addresses (STREET)',
  postalCodes: 'Postal codes',
} as const

/** The same members with lists of other things. */
export const subjectMembers = <T>(make: (what: string) => T): Record<keyof typeof subjectLists, T> =>
  Object.fromEntries(Object.entries(subjectLists).map(([name, what]) => [name, make(what)])) as Record<
    keyof typeof subjectLists,
    T
  >

const values = (what: string) =>
  list(text({ description: 'One value.', minLength: 1, maxLength: 128 }), {
    description: `${what} of the subject. Default: none.`,
    maxItems: 16,
    default: [],
  })

/** `spec.subject`, with cert-manager's names. */
export const subjectSchema = group(
  {
    ...subjectMembers(values),
    serialNumber: optional(
      text({
        description: 'Serial number (of the subject, not of the certificate). Default: none.',
        minLength: 1,
        maxLength: 64,
      }),
    ),
  },
  {
    description:
      'Subject of the certificate besides its common name. Default: none. Only a CertificatePolicy allows any.',
  },
)
