import type { Static } from 'typebox'
import { claimsSchema } from './claims.ts'
import { conditionsSchema } from './conditions.ts'
import type { ObjectMeta } from './metadata.ts'
import { provisionerBlocks, provisionerTypes } from './provisioners/blocks.ts'
import { awsSchema, azureSchema, gcpSchema } from './provisioners/clouds.ts'
import { jwkSchema } from './provisioners/jwk.ts'
import { k8sSASchema } from './provisioners/k8s-sa.ts'
import { oidcSchema } from './provisioners/oidc.ts'
import { x509OptionsSchema } from './provisioners/x509-options.ts'
import { x5cSchema } from './provisioners/x5c.ts'
import { choice, group, objectName, observedGeneration, optional, text } from './schema.ts'

const blockRules = Object.entries(provisionerBlocks).map(([type, field]) => ({
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
    type: choice(provisionerTypes, {
      description:
        'How callers prove who they are: JWK (tokens signed with a key), K8sSA (tokens of Kubernetes service accounts), OIDC (people who log in), X5C (tokens signed with the key of a certificate), AWS, GCP or Azure (instances of these clouds). No default. Decides which of the blocks below must be set.',
    }),
    jwk: optional(jwkSchema),
    k8sSA: optional(k8sSASchema),
    oidc: optional(oidcSchema),
    x5c: optional(x5cSchema),
    aws: optional(awsSchema),
    gcp: optional(gcpSchema),
    azure: optional(azureSchema),
    claims: optional(
      claimsSchema('Limits on certificates that are issued through this. Default: those of the Authority.', {
        min: 'that of the Authority',
        max: 'that of the Authority',
        usual: 'that of the Authority',
        flag: 'that of the Authority',
      }),
    ),
    x509: optional(x509OptionsSchema),
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
