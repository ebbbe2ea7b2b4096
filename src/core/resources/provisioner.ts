import type { Static } from 'typebox'
import { claimsSchema } from './claims.ts'
import { conditionsSchema } from './conditions.ts'
import type { ObjectMeta } from './metadata.ts'
import {
  choice,
  flag,
  group,
  integer,
  listBy,
  namespaceName,
  objectName,
  observedGeneration,
  optional,
  text,
} from './schema.ts'

const member = (description: string, maxLength: number) =>
  optional(text({ description, maxLength, minLength: 1, pattern: '^[A-Za-z0-9_-]+$' }))

const jwkSchema = group(
  {
    key: group(
      {
        kty: choice(['EC', 'RSA', 'OKP'], { description: 'Kind of key (RFC 7517 §4.1). No default.' }),
        kid: text({
          description: 'Id of the key; tokens name it in their header. No default.',
          minLength: 1,
          maxLength: 256,
        }),
        use: optional(choice(['sig'], { description: 'What the key is for. Default: not said; sig is the only use.' })),
        alg: optional(
          choice(['ES256', 'ES384', 'ES512', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'EdDSA'], {
            description: 'Algorithm that tokens must be signed with. Default: any that fits the key.',
          }),
        ),
        crv: optional(
          choice(['P-256', 'P-384', 'P-521', 'Ed25519'], { description: 'Curve of an EC or OKP key. No default.' }),
        ),
        x: member('First coordinate of an EC key, or the OKP key, base64url. No default.', 128),
        y: member('Second coordinate of an EC key, base64url. No default.', 128),
        n: member('Modulus of an RSA key, base64url. No default.', 1024),
        e: member('Exponent of an RSA key, base64url. No default.', 16),
      },
      {
        description:
          'The public key that verifies tokens, as a JWK. No default. There is no field for a private part: it is refused.',
        rules: [
          {
            rule: "self.kty != 'EC' || (has(self.crv) && has(self.x) && has(self.y))",
            message: 'an EC key needs crv, x and y',
          },
          { rule: "self.kty != 'RSA' || (has(self.n) && has(self.e))", message: 'an RSA key needs n and e' },
          { rule: "self.kty != 'OKP' || (has(self.crv) && has(self.x))", message: 'an OKP key needs crv and x' },
        ],
      },
    ),
    encryptedKey: optional(
      text({
        description:
          'The private key encrypted with a password, compact JWE, served to whoever wants to make tokens with that password. Default: none; tokens are made elsewhere.',
        maxLength: 8192,
        pattern: String.raw`^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$`,
      }),
    ),
  },
  {
    description:
      'Fields of type JWK: tokens signed with one key, as step ca token makes them. Required for that type, forbidden for others.',
  },
)

const k8sSASchema = group(
  {
    delegates: listBy(
      ['namespace', 'serviceAccount'],
      group(
        {
          namespace: namespaceName({ description: 'Namespace of the service account. No default.' }),
          serviceAccount: objectName({ description: 'Name of the service account. No default.' }),
        },
        { description: 'A service account that may ask on behalf of Certificates.' },
      ),
      {
        description:
          'Service accounts that may have certificates issued for Certificate resources, with exactly what those ask for. Default: none; the Provisioner that Signet makes names its own operator.',
        maxItems: 16,
        default: [],
      },
    ),
    requireSourceAddress: flag({
      description:
        'True: a token counts only on a connection from one of the IPs of its pod. Default: false, because some networks rewrite addresses.',
      default: false,
    }),
    usesPerPodPerMinute: integer({
      description:
        'How many requests one pod may make in a minute. Default: 10. Further ones are refused until the minute is over.',
      minimum: 1,
      maximum: 1000,
      default: 10,
    }),
  },
  {
    description:
      'Fields of type K8sSA: projected tokens of Kubernetes service accounts, bound to a pod. Required for that type, forbidden for others.',
  },
)

const blockRules = [
  { type: 'JWK', field: 'jwk' },
  { type: 'K8sSA', field: 'k8sSA' },
].map(({ type, field }) => ({
  rule: `(self.type == '${type}') == has(self.${field})`,
  message: `must be set where type is ${type}, and only there`,
  fieldPath: `.${field}`,
}))

const provisionerSpecSchema = group(
  {
    authorityRef: group(
      { name: objectName({ description: 'Name of the Authority. Default: signet.', default: 'signet' }) },
      { description: 'The Authority that accepts this. Default: the Authority named signet.', default: {} },
    ),
    type: choice(['JWK', 'K8sSA'], {
      description:
        'How callers prove who they are: JWK (tokens signed with a key) or K8sSA (tokens of Kubernetes service accounts). No default. Decides which of the blocks below must be set.',
    }),
    jwk: optional(jwkSchema),
    k8sSA: optional(k8sSASchema),
    claims: optional(
      claimsSchema('Limits on certificates that are issued through this. Default: those of the Authority.', {
        min: 'that of the Authority',
        max: 'that of the Authority',
        usual: 'that of the Authority',
        flag: 'that of the Authority',
      }),
    ),
  },
  { description: 'One way to prove who you are to an Authority.', rules: blockRules },
)

const provisionerStatusSchema = group(
  {
    conditions: optional(conditionsSchema('Ready')),
    observedGeneration: optional(observedGeneration()),
    audience: optional(text({ description: 'What a token must carry as aud to be accepted.', maxLength: 1024 })),
  },
  { description: 'Whether the Authority accepts it. Written by Signet.' },
)

/** Schemas of `spec` and `status`, for the CRD and for validation. */
export const provisionerSchemas = { spec: provisionerSpecSchema, status: provisionerStatusSchema }

export type ProvisionerSpec = Static<typeof provisionerSpecSchema>
export type ProvisionerStatus = Static<typeof provisionerStatusSchema>

/** One way to prove who you are to an Authority, with defaults filled in as the API server serves it. */
export type Provisioner = {
  apiVersion: 'signet.dev/v1'
  kind: 'Provisioner'
  metadata: ObjectMeta
  spec: ProvisionerSpec
  status?: ProvisionerStatus
}
