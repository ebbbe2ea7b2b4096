import type { Static } from 'typebox'
import { certificateUsageSchema } from './usage-schema.ts'
import { conditionsSchema } from './conditions.ts'
import type { ObjectMeta } from './metadata.ts'
import { nameLists, subjectSchema } from './certificate-names.ts'
import {
  choice,
  comparison,
  duration,
  flag,
  group,
  instant,
  integer,
  list,
  objectName,
  observedGeneration,
  optional,
  text,
  textMap,
} from './schema.ts'

const privateKeySchema = group(
  {
    algorithm: optional(
      choice(['RSA', 'ECDSA', 'Ed25519'], {
        description: 'Kind of key. Default: RSA where size is 2048 or more, else ECDSA.',
      }),
    ),
    size: optional(
      integer({
        description:
          'Bits of the key: 2048, 3072 or 4096 for RSA, 256, 384 or 521 for ECDSA, none for Ed25519. Default: the first of these.',
        minimum: 256,
        maximum: 4096,
      }),
    ),
    encoding: optional(
      choice(['PKCS1', 'PKCS8'], {
        description:
          'Form of tls.key: PKCS1 (RFC 8017, for ECDSA RFC 5915) or PKCS8 (RFC 5208). Default: PKCS1, for Ed25519 PKCS8.',
      }),
    ),
    rotationPolicy: choice(['Always', 'Never'], {
      description:
        'Always: a new key for each certificate. Never: the key in the Secret is used again where it fits. Default: Always.',
      default: 'Always',
    }),
  },
  {
    description: 'The private key. Default: a new ECDSA key on P-256 for each certificate, PKCS1.',
    default: {},
    rules: [
      {
        rule: "!has(self.size) || (has(self.algorithm) ? (self.algorithm == 'RSA' ? self.size in [2048, 3072, 4096] : self.algorithm != 'ECDSA' || self.size in [256, 384, 521]) : self.size in [256, 384, 521, 2048, 3072, 4096])",
        message: 'must be 2048, 3072 or 4096 for RSA and 256, 384 or 521 for ECDSA',
        fieldPath: '.size',
      },
      {
        rule: "!has(self.size) || !has(self.algorithm) || self.algorithm != 'Ed25519'",
        message: 'must not be set for Ed25519, which has one size',
        fieldPath: '.size',
      },
      {
        rule: "!has(self.encoding) || !has(self.algorithm) || self.algorithm != 'Ed25519' || self.encoding == 'PKCS8'",
        message: 'must be PKCS8 for Ed25519, which has no other form',
        fieldPath: '.encoding',
      },
    ],
  },
)

const ownKeys = {
  rule: "self.all(key, !key.startsWith('signet.dev/'))",
  message: 'must not have keys that start with signet.dev/, which are written by Signet',
}

/** As the API server checks labels of a Secret: one that it does not take would keep the Secret from being written. */
const labelValues = {
  rule: "self.all(key, self[key].matches('^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$'))",
  message: 'must have values of letters, digits, -, _ and ., with a letter or digit at both ends',
}

const keyName = '([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]'

/** The same for keys; of annotations, the API server takes a prefix in capitals as well (`ValidateAnnotations`). */
const qualifiedKeys = (letters: string) => {
  const label = `[${letters}0-9]([-${letters}0-9]*[${letters}0-9])?`
  const prefix = `${label}(\\\\.${label})*`
  return {
    rule: `self.all(key, key.matches('^(${prefix}/)?${keyName}$') && key.indexOf('/') <= 253)`,
    message:
      'must have keys such as team or example.com/team, of at most 63 characters after a DNS name of at most 253',
  }
}

const secretTemplateSchema = group(
  {
    labels: optional(
      textMap({
        description: 'Labels of the Secret. Default: none.',
        maxProperties: 64,
        maxLength: 63,
        rules: [ownKeys, qualifiedKeys('a-z'), labelValues],
      }),
    ),
    annotations: optional(
      textMap({
        description: 'Annotations of the Secret. Default: none.',
        maxProperties: 64,
        maxLength: 16_384,
        rules: [ownKeys, qualifiedKeys('A-Za-z')],
      }),
    ),
  },
  { description: 'Metadata of the Secret, kept as it is here on every write. Default: none.' },
)

const authorityRefSchema = group(
  {
    name: objectName({ description: 'Name of the Authority. Default: signet.', default: 'signet' }),
    kind: choice(['Authority'], {
      description: 'Kind of the issuer. Default: Authority, the only one.',
      default: 'Authority',
    }),
    group: choice(['signet.dev'], {
      description: 'API group of the issuer. Default: signet.dev, the only one.',
      default: 'signet.dev',
    }),
  },
  { description: 'The Authority that issues. Default: the Authority named signet.', default: {} },
)

const nameFields = ['commonName', 'dnsNames', 'ipAddresses', 'uris', 'emailAddresses']
const someName = nameFields
  .map((field) => (field === 'commonName' ? `has(self.${field})` : `(has(self.${field}) && size(self.${field}) > 0)`))
  .join(' || ')

const certificateSpecSchema = group(
  {
    commonName: optional(
      text({
        description:
          'Common name of the subject. Default: none. Without a CertificatePolicy that allows it, it must also be one of the names below.',
        minLength: 1,
        maxLength: 64,
      }),
    ),
    ...nameLists,
    subject: optional(subjectSchema),
    duration: optional(
      duration({
        description:
          'Life of each certificate, Go duration. Default: that of the Provisioner (24h unless changed). Longer than its maximum is refused with a condition that names the claim.',
      }),
    ),
    renewBefore: optional(
      duration({
        description: 'How long before its end a certificate is renewed, Go duration. Default: a third of its life.',
      }),
    ),
    renewBeforePercentage: optional(
      integer({
        description:
          'As renewBefore, in percent of the life: 25 renews when a quarter is left. Default: none. Not together with renewBefore.',
        minimum: 1,
        maximum: 99,
      }),
    ),
    usages: list(certificateUsageSchema, {
      description:
        'What the key may be used for. Default: digital signature, key encipherment, server auth and client auth; an empty list means the same. Policy decides on others.',
      maxItems: 23,
      default: ['digital signature', 'key encipherment', 'server auth', 'client auth'],
    }),
    isCA: flag({
      description:
        'True: a CA certificate, with cert sign added to the usages. Default: false. Refused unless a CertificatePolicy allows it.',
      default: false,
    }),
    privateKey: privateKeySchema,
    secretName: objectName({
      description:
        'Name of the Secret that gets tls.crt (with chain), tls.key and ca.crt, in the same namespace. No default. A Secret that this Certificate did not make is left alone.',
    }),
    secretTemplate: optional(secretTemplateSchema),
    authorityRef: authorityRefSchema,
    revisionHistoryLimit: integer({
      description:
        'How many old requests to keep, as in cert-manager. Default: 1. Without effect: every issuance is in the database of the Authority, and no request objects are made.',
      minimum: 1,
      maximum: 1000,
      default: 1,
    }),
  },
  {
    description: 'The certificate that is wanted.',
    rules: [
      {
        rule: someName,
        message: 'at least one of commonName, dnsNames, ipAddresses, uris and emailAddresses must be set',
        fieldPath: '.dnsNames',
      },
      {
        rule: '!has(self.renewBefore) || !has(self.renewBeforePercentage)',
        message: 'must not be set together with renewBefore',
        fieldPath: '.renewBeforePercentage',
      },
      comparison('renewBefore', '<', 'duration'),
    ],
  },
)

const certificateStatusSchema = group(
  {
    conditions: optional(
      conditionsSchema(
        'Ready (the Secret holds a valid certificate that matches spec) and, while one is needed and not there at the first try, Issuing (True: tried again soon; False: refused)',
      ),
    ),
    observedGeneration: optional(observedGeneration()),
    notBefore: optional(
      instant({ description: 'Start of the life of the certificate in the Secret, RFC 3339 in UTC.' }),
    ),
    notAfter: optional(instant({ description: 'End of the life of the certificate in the Secret, RFC 3339 in UTC.' })),
    renewalTime: optional(instant({ description: 'When it will be renewed, RFC 3339 in UTC.' })),
    revision: optional(
      integer({
        description: 'How many certificates were issued for this, the one in the Secret included.',
        minimum: 0,
        maximum: 2_147_483_647,
      }),
    ),
    serialNumber: optional(
      text({ description: 'Serial number of the certificate in the Secret, decimal.', maxLength: 64 }),
    ),
    lastFailureTime: optional(
      instant({ description: 'When issuance last failed, RFC 3339 in UTC. Absent after a success.' }),
    ),
    failedIssuanceAttempts: optional(
      integer({
        description: 'Failures since the last success. Absent after a success.',
        minimum: 0,
        maximum: 2_147_483_647,
      }),
    ),
    nextAttemptTime: optional(
      instant({ description: 'When issuance will be tried again, RFC 3339 in UTC. Absent after a success.' }),
    ),
    nextPrivateKeySecretName: optional(
      text({ description: 'Secret with the key of the certificate that is being issued now.', maxLength: 253 }),
    ),
  },
  { description: 'What is in the Secret now. Written by Signet.' },
)

/** Schemas of `spec` and `status`, for the CRD and for validation. */
export const certificateSchemas = { spec: certificateSpecSchema, status: certificateStatusSchema }

export type CertificateSpec = Static<typeof certificateSpecSchema>
export type CertificateStatus = Static<typeof certificateStatusSchema>
export type CertificatePrivateKey = Static<typeof privateKeySchema>

/** A certificate wanted in a Secret, with defaults filled in as the API server serves it. */
export type Certificate = {
  apiVersion: 'signet.dev/v1'
  kind: 'Certificate'
  metadata: ObjectMeta
  spec: CertificateSpec
  status?: CertificateStatus
}
