/** What a CustomResourceDefinition says besides the schema; with the schemas, so only the generator and tests import this. */
import type { TSchema } from 'typebox'
import { authoritySchemas } from './authority.ts'
import { certificatePolicySchemas } from './certificate-policy.ts'
import { certificateSchemas } from './certificate.ts'
import { authorities, certificatePolicies, certificates, provisioners } from './kinds.ts'
import { provisionerSchemas } from './provisioner.ts'
import type { ResourceKind } from './resource-kind.ts'

/** A column of `kubectl get`; `wide` ones are shown with `-o wide` only. */
export type PrinterColumn = {
  readonly name: string
  readonly jsonPath: string
  readonly type?: 'string' | 'integer' | 'date'
  readonly wide?: boolean
}

export type ResourceDefinition = {
  readonly kind: ResourceKind
  readonly singular: string
  /** cert-manager has cert, certs, cr and crs; both may be installed. */
  readonly shortNames: readonly string[]
  readonly description: string
  readonly schemas: { readonly spec: TSchema; readonly status: TSchema }
  readonly columns: readonly PrinterColumn[]
}

const condition = (field: string): string => `.status.conditions[?(@.type == "Ready")].${field}`
const ready: PrinterColumn = { name: 'Ready', jsonPath: condition('status') }
const status: PrinterColumn = { name: 'Status', jsonPath: condition('message'), wide: true }
const age: PrinterColumn = { name: 'Age', jsonPath: '.metadata.creationTimestamp', type: 'date' }

export const resourceDefinitions: readonly ResourceDefinition[] = [
  {
    kind: authorities,
    singular: 'authority',
    shortNames: ['sigca'],
    description: 'A certificate authority that runs in the cluster. Every object made for it bears its name.',
    schemas: authoritySchemas,
    columns: [
      ready,
      { name: 'Endpoint', jsonPath: '.status.endpoint' },
      status,
      { name: 'Expiration', jsonPath: '.status.intermediate.notAfter' },
      age,
    ],
  },
  {
    kind: provisioners,
    singular: 'provisioner',
    shortNames: ['sigprov'],
    description: 'One way to prove who you are to an Authority.',
    schemas: provisionerSchemas,
    columns: [
      ready,
      { name: 'Type', jsonPath: '.spec.type' },
      { name: 'Authority', jsonPath: '.spec.authorityRef.name' },
      status,
      { name: 'Audience', jsonPath: '.status.audience', wide: true },
      age,
    ],
  },
  {
    kind: certificates,
    singular: 'certificate',
    shortNames: ['sigcert'],
    description: 'A certificate wanted in a Secret, kept valid by renewal. Fields are named as in cert-manager.',
    schemas: certificateSchemas,
    columns: [
      ready,
      { name: 'Secret', jsonPath: '.spec.secretName' },
      { name: 'Issuer', jsonPath: '.spec.authorityRef.name', wide: true },
      status,
      { name: 'Renewal', jsonPath: '.status.renewalTime' },
      { name: 'Expiration', jsonPath: '.status.notAfter' },
      age,
    ],
  },
  {
    kind: certificatePolicies,
    singular: 'certificatepolicy',
    shortNames: ['sigpol'],
    description:
      'Which namespaces and service accounts may have which names, durations, keys and usages. Policies add up: a request is allowed if one allows all of it and none denies any of it.',
    schemas: certificatePolicySchemas,
    columns: [ready, { name: 'Mode', jsonPath: '.spec.mode' }, status, age],
  },
]
