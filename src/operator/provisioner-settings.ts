import { readProvisioner } from '../authority/provisioners/index.ts'
import { builtInClaims, readClaimSettings, resolveClaims, type ClaimSettings } from '../core/claims.ts'
import { isSignetError } from '../core/errors.ts'
import { readJson } from '../core/json-reader.ts'
import type {
  Authority,
  Named,
  Provisioner,
  ProvisionerSpec,
  ProvisionerType,
  ResourceClaims,
} from '../core/resources/index.ts'
import { legacyTokenId } from '../authority/provisioners/k8s-sa-legacy.ts'
import { tokenIdsOf } from '../authority/provisioners/token-ids.ts'
import { createAudiences, type Audiences } from '../core/tokens/audience.ts'
import { byName } from './keys.ts'
import { serviceHost } from './names.ts'
import { renderProvisioner, specPath } from '../core/resources/provisioners/ca-json.ts'

/** A Provisioner as it stands in ca.json, or why it does not. */
export type ProvisionerSettings =
  | {
      readonly valid: true
      readonly name: string
      readonly type: string
      readonly json: object
      readonly audience: string
      /** Under which the authority finds its tokens; others must not have one of them. */
      readonly tokenIds: readonly string[]
    }
  /** With the path of the field in the message. */
  | { readonly valid: false; readonly name: string; readonly message: string }

/** DNS names of an Authority; the first one is in the audience of its tokens. */
export function dnsNamesOf({ metadata, spec }: Authority, namespace: string): readonly string[] {
  const host = serviceHost(metadata.name, namespace)
  return [...new Set([host, `${host}.${spec.clusterDomain}`, ...spec.dnsNames])]
}

/**
 * Checks a Provisioner as the authority will, together with the claims of its Authority. `loadTextTemplates` has to be
 * done where it has a template.
 */
export function provisionerSettings(
  provisioner: Provisioner,
  authority: Authority,
  namespace: string,
): ProvisionerSettings {
  const { name } = provisioner.metadata
  const json = renderProvisioner(provisioner)
  try {
    const read = readJson(json, '', readProvisioner, (path) => specPath(path, provisioner.spec.type))
    resolveClaims(resolveClaims(builtInClaims, claimSettings(authority.spec.claims)), read?.claims ?? {})
    const { type } = provisioner.spec
    const tokenIds = read === undefined ? [] : tokenIdsOf(read)
    const audience = audienceOf(provisioner, read?.tokenId ?? '', createAudiences(dnsNamesOf(authority, namespace)))
    return { valid: true, name, type, json, tokenIds, audience }
  } catch (error) {
    if (!isSignetError(error)) throw error
    // What the claims mean together is said without a path.
    return { valid: false, name, message: error.path === 'claims' ? `spec.${error.message}` : error.message }
  }
}

/**
 * Those of all Provisioners of an Authority, in the order of their names. The authority tells tokens apart by an id, so of
 * two with one id the older counts: it works already.
 */
export function settingsOfAll(
  provisioners: readonly Named<Provisioner>[],
  authority: Authority,
  namespace: string,
): ProvisionerSettings[] {
  const owners = new Map<string, string>()
  return provisioners
    .toSorted(byAge)
    .map((provisioner): ProvisionerSettings => {
      const settings = provisionerSettings(provisioner, authority, namespace)
      if (!settings.valid) return settings
      const { name, tokenIds } = settings
      const taken = tokenIds.find((id) => owners.has(id))
      if (taken === undefined) {
        for (const id of tokenIds) owners.set(id, name)
        return settings
      }
      const path =
        taken === legacyTokenId ? 'spec.k8sSA.legacyTokens' : (idFields[provisioner.spec.type] ?? 'metadata.name')
      const message = `${path}: tokens of "${taken}" are those of Provisioner "${owners.get(taken) ?? ''}" already`
      return { valid: false, name, message }
    })
    .toSorted((left, right) => (left.name < right.name ? -1 : 1))
}

function byAge(left: Named<Provisioner>, right: Named<Provisioner>): number {
  const [first, second] = [left, right].map(({ metadata }) => metadata.creationTimestamp ?? '')
  if (first === undefined || second === undefined || first === second) return byName(left, right)
  return first < second ? -1 : 1
}

/** What the id of a type's tokens is, where it is not made of the name. */
const idFields: Partial<Record<ProvisionerType, string>> = { OIDC: 'spec.oidc.clientID', Azure: 'spec.azure.tenantID' }

/** What tokens of a type carry as aud; of others the authority's URL for signing, with the id of the provisioner. */
const audiences: Partial<Record<ProvisionerType, (spec: ProvisionerSpec, ours: Audiences) => string | undefined>> = {
  JWK: (_, ours) => ours.canonical('').replace(/#$/, ''),
  OIDC: ({ oidc }) => oidc?.clientID,
  Azure: ({ azure }) => azure?.audience,
}

function audienceOf({ spec }: Provisioner, tokenId: string, ours: Audiences): string {
  return audiences[spec.type]?.(spec, ours) ?? ours.canonical(tokenId)
}

function claimSettings(claims: ResourceClaims | undefined): ClaimSettings {
  return claims === undefined ? {} : readJson(claims, 'spec.claims', readClaimSettings)
}
