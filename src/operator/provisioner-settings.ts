import { readProvisioner } from '../authority/provisioners/index.ts'
import { builtInClaims, readClaimSettings, resolveClaims, type ClaimSettings } from '../core/claims.ts'
import { isSignetError } from '../core/errors.ts'
import { readJson } from '../core/json-reader.ts'
import type { Authority, Provisioner, ResourceClaims } from '../core/resources/index.ts'
import { createAudiences } from '../core/tokens/audience.ts'
import { serviceHost } from './names.ts'

/** A Provisioner as it stands in ca.json, or why it does not. */
export type ProvisionerSettings =
  | {
      readonly valid: true
      readonly name: string
      readonly type: string
      readonly json: object
      readonly audience: string
    }
  /** With the path of the field in the message. */
  | { readonly valid: false; readonly name: string; readonly message: string }

/** DNS names of an Authority; the first one is in the audience of its tokens. */
export function dnsNamesOf({ metadata, spec }: Authority, namespace: string): readonly string[] {
  const host = serviceHost(metadata.name, namespace)
  return [...new Set([host, `${host}.${spec.clusterDomain}`, ...spec.dnsNames])]
}

/** Checks a Provisioner as the authority will, together with the claims of its Authority. */
export function provisionerSettings(
  provisioner: Provisioner,
  authority: Authority,
  namespace: string,
): ProvisionerSettings {
  const { name } = provisioner.metadata
  const json = renderProvisioner(provisioner)
  try {
    const parsed = readJson(json, '', readProvisioner)
    resolveClaims(resolveClaims(builtInClaims, claimSettings(authority.spec.claims)), parsed?.claims ?? {})
    const { type, tokenId = '' } = parsed ?? { type: provisioner.spec.type }
    const fragment = type === 'JWK' ? '' : tokenId
    const audience = createAudiences(dnsNamesOf(authority, namespace)).canonical(fragment).replace(/#$/, '')
    return { valid: true, name, type, json, audience }
  } catch (error) {
    if (!isSignetError(error)) throw error
    return { valid: false, name, message: specPaths(error.message) }
  }
}

function claimSettings(claims: ResourceClaims | undefined): ClaimSettings {
  return claims === undefined ? {} : readJson(claims, 'spec.claims', readClaimSettings)
}

/** step's form of a provisioner, with ours under `signet`. */
function renderProvisioner({ metadata, spec }: Provisioner): object {
  const { type, claims, jwk, k8sSA } = spec
  return {
    type,
    name: metadata.name,
    ...(jwk !== undefined && { key: jwk.key }),
    ...(jwk?.encryptedKey !== undefined && { encryptedKey: jwk.encryptedKey }),
    ...(claims !== undefined && { claims }),
    ...(k8sSA !== undefined && { signet: { tokenReview: true, ...k8sSA } }),
  }
}

const blocks: readonly { readonly member: RegExp; readonly path: string }[] = [
  { member: /(^|; )(key|encryptedKey)\b/g, path: '$1spec.jwk.$2' },
  { member: /(^|; )signet\b/g, path: '$1spec.k8sSA' },
  { member: /(^|; )claims\b/g, path: '$1spec.claims' },
]

/** Faults name the members of ca.json; whoever wrote the Provisioner knows those of its spec. */
function specPaths(message: string): string {
  return blocks.reduce((text, { member, path }) => text.replaceAll(member, path), message)
}
