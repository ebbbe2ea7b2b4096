import { toBase64, utf8Bytes } from '../core/bytes.ts'
import {
  provisionerBlocks,
  type Provisioner,
  type ProvisionerSpec,
  type ProvisionerType,
} from '../core/resources/index.ts'

/** Members of ca.json that each type has of its own, out of its block; ours under `signet`. */
const members: Readonly<Record<ProvisionerType, (spec: ProvisionerSpec) => object>> = {
  JWK: ({ jwk }) => ({ ...jwk }),
  K8sSA: ({ k8sSA }) => ({ signet: { tokenReview: true, ...k8sSA } }),
  OIDC({ oidc }) {
    const { requireVerifiedEmail, ...rest } = oidc ?? {}
    return { ...rest, ...(requireVerifiedEmail === true && { signet: { requireVerifiedEmail } }) }
  },
  X5C: ({ x5c }) => ({ roots: toBase64(utf8Bytes(x5c?.roots ?? '')) }),
  AWS({ aws }) {
    const { iidRoots, ...rest } = aws ?? {}
    return { ...rest, ...(iidRoots !== undefined && { signet: { iidRoots } }) }
  },
  GCP: ({ gcp }) => ({ ...gcp }),
  Azure: ({ azure }) => ({ ...azure }),
}

/** step's form of a provisioner, as it stands in ca.json. */
export function renderProvisioner({ metadata, spec }: Provisioner): object {
  const { type, claims, x509 } = spec
  return {
    type,
    name: metadata.name,
    ...members[type](spec),
    ...(claims !== undefined && { claims }),
    ...(x509 !== undefined && { options: { x509 } }),
  }
}

/** The field of a Provisioner that became this member of ca.json. */
export function specPath(path: string, type: ProvisionerType): string {
  const [first = '', ...rest] = path.split('.')
  if (first === 'claims') return `spec.${path}`
  if (first === 'options') return ['spec', ...rest].join('.')
  return ['spec', provisionerBlocks[type], ...(first === 'signet' ? rest : [path])].join('.')
}
