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
  K8sSA({ k8sSA }) {
    const { publicKeys, offline, ...rest } = k8sSA ?? {}
    const elsewhere = offline && { ...offline, ...inBase64('roots', offline.roots) }
    return {
      ...inBase64('publicKeys', publicKeys),
      signet: { ...(elsewhere ? { offline: elsewhere } : here), ...rest },
    }
  },
  OIDC({ oidc }) {
    const { requireVerifiedEmail, ...rest } = oidc ?? {}
    return { ...rest, ...(requireVerifiedEmail === true && { signet: { requireVerifiedEmail } }) }
  },
  X5C: ({ x5c }) => inBase64('roots', x5c?.roots),
  AWS({ aws }) {
    const { iidRoots, ...rest } = aws ?? {}
    return { ...rest, ...(iidRoots !== undefined && { signet: { iidRoots } }) }
  },
  GCP: ({ gcp }) => ({ ...gcp }),
  Azure: ({ azure }) => ({ ...azure }),
}

/** Tokens of this cluster, which its API server reviews. */
const here = { tokenReview: true }

/** step has PEM in base64, which is how Go writes octets into JSON. */
function inBase64(name: string, pem: string | undefined): object {
  return pem === undefined ? {} : { [name]: toBase64(utf8Bytes(pem)) }
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
  const below = first === 'signet' ? rest : path.split('.')
  return ['spec', provisionerBlocks[type], ...below].filter((part) => part !== '').join('.')
}
