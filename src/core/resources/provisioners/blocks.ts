/** The types of Provisioners, and the field of `spec` that holds what is each one's own. */
export const provisionerBlocks = {
  JWK: 'jwk',
  K8sSA: 'k8sSA',
  OIDC: 'oidc',
  X5C: 'x5c',
  AWS: 'aws',
  GCP: 'gcp',
  Azure: 'azure',
} as const

export type ProvisionerType = keyof typeof provisionerBlocks

export const provisionerTypes = Object.keys(provisionerBlocks) as ProvisionerType[]
