import type { Static } from 'typebox'
import { keyAlgorithms } from '../x509/key-algorithm.ts'
import { certificateUsageSchema } from './usage-schema.ts'
import { conditionsSchema } from './conditions.ts'
import { subjectMembers } from './certificate-names.ts'
import type { ObjectMeta } from './metadata.ts'
import {
  choice,
  dnsName,
  duration,
  flag,
  group,
  list,
  objectName,
  observedGeneration,
  optional,
  text,
  textMap,
} from './schema.ts'

const labelText = (description: string, maxLength: number) => text({ description, maxLength })

const selectorSchema = group(
  {
    matchLabels: optional(
      textMap({
        description: 'Labels that the namespace must have, with these values. Default: any.',
        maxProperties: 32,
        maxLength: 63,
      }),
    ),
    matchExpressions: optional(
      list(
        group(
          {
            key: text({ description: 'Key of the label. No default.', minLength: 1, maxLength: 317 }),
            operator: choice(['In', 'NotIn', 'Exists', 'DoesNotExist'], {
              description: 'How the label is compared. No default.',
            }),
            values: optional(
              list(labelText('A value.', 63), {
                description: 'Values to compare with, for In and NotIn. Default: none.',
                maxItems: 32,
              }),
            ),
          },
          {
            description: 'One requirement on a label.',
            rules: [
              {
                rule: "(self.operator in ['In', 'NotIn']) == (has(self.values) && size(self.values) > 0)",
                message: 'must be set for In and NotIn, and only for those',
                fieldPath: '.values',
              },
            ],
          },
        ),
        { description: 'Requirements that the labels of the namespace must all meet. Default: none.', maxItems: 16 },
      ),
    ),
  },
  { description: 'Namespaces that this is about, by their labels. Default: all namespaces.' },
)

const pattern = (description: string, maxLength: number) =>
  text({
    description: `${description}; * stands for any characters, \${namespace} and \${serviceAccount} for those of the asker.`,
    minLength: 1,
    maxLength,
    rules: [
      {
        rule: String.raw`!self.matches('\\$\\{') || self.matches('^([^$]|\\$\\{(namespace|serviceAccount)\\})*$')`,
        message: 'must not contain placeholders but ${namespace} and ${serviceAccount}',
      },
    ],
  })

const patterns = (what: string, verb: string, item: ReturnType<typeof pattern>) =>
  list(item, { description: `${what} that are ${verb}. Default: none.`, maxItems: 100, default: [] })

const nameLists = (verb: string) => ({
  commonNames: patterns('Common names', verb, pattern('A common name', 64)),
  dnsNames: patterns('DNS names', verb, pattern('A DNS name', 253)),
  ipAddresses: patterns(
    'IP addresses',
    verb,
    text({
      description: 'A range of addresses (CIDR) or one address.',
      maxLength: 49,
      rules: [{ rule: 'isCIDR(self) || isIP(self)', message: 'must be a CIDR such as 10.0.0.0/8, or an IP address' }],
    }),
  ),
  uris: patterns('URIs', verb, pattern('A URI', 1024)),
  emailAddresses: patterns('E-mail addresses', verb, pattern('An e-mail address', 254)),
})

const subjectValues = (what: string) =>
  list(pattern('A value', 128), { description: `${what} that are allowed. Default: none.`, maxItems: 16, default: [] })

const allowSchema = group(
  {
    ...nameLists('allowed'),
    subject: optional(
      group(
        { ...subjectMembers(subjectValues), serialNumber: subjectValues('Serial numbers (of the subject)') },
        { description: 'Attributes of the subject besides its common name that are allowed. Default: none.' },
      ),
    ),
    wildcards: flag({
      description: 'True: names such as *.example.com are allowed where a pattern matches them. Default: false.',
      default: false,
    }),
    isCA: flag({
      description: 'True: CA certificates are allowed, under nameConstraints. Default: false.',
      default: false,
    }),
    nameConstraints: optional(
      group(
        {
          permittedDNSDomains: list(dnsName({ description: 'A DNS domain; it and all below it are permitted.' }), {
            description:
              'The DNS domains that a CA certificate may issue for; written into it (RFC 5280 §4.2.1.10). No default.',
            minItems: 1,
            maxItems: 32,
          }),
        },
        { description: 'What a CA certificate is limited to. Required with isCA.' },
      ),
    ),
    maxDuration: optional(
      duration({
        description:
          'Longest life, Go duration. Who asks for none gets the default of the Provisioner, or this if it is shorter. Default: that of the Provisioner.',
      }),
    ),
    keyAlgorithms: optional(
      list(choice([...keyAlgorithms], { description: 'A kind of key.' }), {
        description: 'Kinds of key that are allowed. Default: all that Signet knows.',
        minItems: 1,
        maxItems: 7,
      }),
    ),
    usages: optional(
      list(certificateUsageSchema, {
        description:
          'Usages that are allowed. Default: digital signature, key encipherment, server auth and client auth.',
        minItems: 1,
        maxItems: 23,
      }),
    ),
  },
  {
    description: 'What is allowed. A request is allowed by a policy that allows all of it. Default: nothing.',
    rules: [
      {
        rule: '!self.isCA || has(self.nameConstraints)',
        message: 'must be set where isCA is true',
        fieldPath: '.nameConstraints',
      },
    ],
  },
)

const policySpecSchema = group(
  {
    mode: choice(['Enforce', 'Audit'], {
      description:
        'Enforce: decides, and switches the built-in default off where it selects. Audit: only reports what it would refuse. Default: Enforce.',
      default: 'Enforce',
    }),
    namespaceSelector: optional(selectorSchema),
    serviceAccounts: list(objectName({ description: 'Name of a service account.' }), {
      description:
        'Only for pods of these service accounts, in any selected namespace. Default: all pods and all Certificates.',
      maxItems: 100,
      default: [],
    }),
    allow: optional(allowSchema),
    deny: optional(
      group(nameLists('denied'), {
        description: 'Names that are refused whatever any policy allows. Default: none.',
      }),
    ),
  },
  {
    description: 'Who may have which certificates.',
    rules: [
      {
        rule: 'has(self.allow) || has(self.deny)',
        message: 'at least one of allow and deny must be set',
        fieldPath: '.allow',
      },
    ],
  },
)

const policyStatusSchema = group(
  { conditions: optional(conditionsSchema('Ready')), observedGeneration: optional(observedGeneration()) },
  { description: 'Whether it is in force. Written by Signet.' },
)

/** Schemas of `spec` and `status`, for the CRD and for validation. */
export const certificatePolicySchemas = { spec: policySpecSchema, status: policyStatusSchema }

export type CertificatePolicySpec = Static<typeof policySpecSchema>
export type CertificatePolicyStatus = Static<typeof policyStatusSchema>
export type NamespaceSelector = Static<typeof selectorSchema>

/** Who may have which names, durations, keys and usages, with defaults filled in as the API server serves it. */
export type CertificatePolicy = {
  apiVersion: 'signet.dev/v1'
  kind: 'CertificatePolicy'
  metadata: ObjectMeta
  spec: CertificatePolicySpec
  status?: CertificatePolicyStatus
}
