import { choice, duration, flag, group, httpUrl, list, optional, pemCertificates, text } from '../schema.ts'
import { texts } from './texts.ts'

/** Fields of more than one cloud. */
const common = (names: string) => ({
  disableCustomSANs: flag({
    description: `True: only names that the cloud gives the instance: ${names}. Default: false; the CSR then asks for any.`,
    default: false,
  }),
  disableTrustOnFirstUse: flag({
    description:
      'True: an instance may have any number of certificates. Default: false; it gets one, ever, and renews that.',
    default: false,
  }),
})

const instanceAge = optional(
  duration({
    description: 'Longest time since the instance was made, Go duration. Default: any age. An older one is refused.',
  }),
)

const onlyHere = 'Required for that type, forbidden for others.'

export const awsSchema = group(
  {
    accounts: texts('An account id.', {
      description: 'Accounts that may ask. Required, no default: without it every instance of every customer might.',
    }),
    ...common('its private address and ip-<address>.<region>.compute.internal'),
    imdsVersions: optional(
      list(choice(['v1', 'v2'], { description: 'A version of the metadata service.' }), {
        description: 'Which versions of the metadata service step tries, in this order. Default: v2, then v1.',
        minItems: 1,
        maxItems: 2,
      }),
    ),
    instanceAge,
    iidRoots: optional(
      pemCertificates({
        description:
          'Certificates that identity documents are verified with, PEM, in place of those that AWS publishes. Default: those, as of the release of Signet.',
      }),
    ),
  },
  { description: `Fields of type AWS: instance identity documents of EC2. ${onlyHere}` },
)

export const gcpSchema = group(
  {
    serviceAccounts: optional(
      texts('A service account.', {
        description: 'Service accounts that may ask, by id or e-mail address. Default: any of projectIDs.',
      }),
    ),
    projectIDs: optional(
      texts('A project.', { description: 'Projects that may ask. Default: any that serviceAccounts have.' }),
    ),
    ...common('<instance>.c.<project>.internal and <instance>.<zone>.c.<project>.internal'),
    instanceAge,
  },
  {
    description: `Fields of type GCP: identity tokens of Compute Engine. ${onlyHere}`,
    rules: [
      {
        rule: 'has(self.projectIDs) || has(self.serviceAccounts)',
        message: 'projectIDs or serviceAccounts must be set: otherwise every instance of every customer may ask',
        fieldPath: '.projectIDs',
      },
    ],
  },
)

export const azureSchema = group(
  {
    tenantID: text({
      description: 'Id of the directory; one Provisioner for each. Required, no default.',
      minLength: 1,
      maxLength: 256,
    }),
    resourceGroups: optional(
      texts('A resource group.', {
        description: 'Resource groups that may ask, in the case in which Azure writes them. Default: any.',
      }),
    ),
    subscriptionIDs: optional(
      texts('A subscription.', { description: 'Subscriptions that may ask. Default: any of the tenant.' }),
    ),
    objectIDs: optional(
      texts('An object id.', { description: 'Object ids of the identities that may ask (oid). Default: any.' }),
    ),
    audience: httpUrl({
      description:
        'Audience of the tokens. Default: https://management.azure.com/. Outside of the public cloud that of its management API.',
      default: 'https://management.azure.com/',
    }),
    ...common('the name of the machine'),
  },
  { description: `Fields of type Azure: tokens of managed identities. ${onlyHere}` },
)
