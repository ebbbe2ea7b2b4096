import { readMembers, readText, readWord, type Members } from '../../core/json-reader.ts'
import { readOpenIdConfiguration } from '../../core/tokens/openid.ts'
import type { TokenClaims } from '../../core/tokens/unverified.ts'
import { verifyTokenByAny } from '../../core/tokens/verify.ts'
import type { X509Grant } from '../grant.ts'
import { checkListed, firstUse, flagOf, grantForInstance, publicWorld, textsOf } from './instance.ts'
import type { AuthorizeWorld, CommonSettings, Credential, Provisioner, ProvisionerKind } from './provisioner.ts'
import { createRemoteKeys, readDocument, type KeyLocation, type RemoteKeys } from './remote-keys.ts'
import { checkIssuedAt, refuseToken } from './step-token.ts'

type AzureSettings = CommonSettings & {
  readonly tenantID: string
  /** Of these three lists, null or empty: any. */
  readonly resourceGroups: readonly string[] | null
  readonly subscriptionIDs: readonly string[] | null
  readonly objectIDs: readonly string[] | null
  readonly audience: string
  readonly disableCustomSANs: boolean
  readonly disableTrustOnFirstUse: boolean
  readonly keys: RemoteKeys<Tenant>
}

/** What a tenant says of itself. */
type Tenant = { readonly issuer: string }

const memberNames = [
  'tenantID',
  'resourceGroups',
  'subscriptionIDs',
  'objectIDs',
  'audience',
  'disableCustomSANs',
  'disableTrustOnFirstUse',
] as const
const defaultAudience = 'https://management.azure.com/'
/** Subscription, resource group and name of a virtual machine or of an identity that somebody assigned to it. */
const resourcePattern =
  /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/Microsoft\.(?:Compute\/virtualMachines|ManagedIdentity\/userAssignedIdentities)\/([^/]+)$/i

/** Tokens of managed identities of Azure (step-ca's provisioner/azure.go). */
export const azureKind: ProvisionerKind = {
  type: 'Azure',
  typeNumber: 5,
  parse(node, common) {
    const settings = readSettings(readMembers(node, memberNames, 'as Go'), common)
    const { tenantID } = settings
    return {
      ...common,
      id: tenantID,
      tokenId: tenantID,
      credentialId: tenantID,
      json: {
        type: common.type,
        name: common.name,
        tenantID,
        resourceGroups: settings.resourceGroups,
        subscriptionIDs: settings.subscriptionIDs,
        objectIDs: settings.objectIDs,
        audience: settings.audience,
        disableCustomSANs: settings.disableCustomSANs,
        disableTrustOnFirstUse: settings.disableTrustOnFirstUse,
        ...common.lastMembers,
      },
      needsKubernetes: false,
      authorizeX509Sign: (credential, world) => authorize(settings, credential, world),
    } satisfies Provisioner
  },
}

function readSettings(members: Members, common: CommonSettings): AzureSettings {
  const tenantID = readWord(members.need('tenantID'))
  const audience = members.get('audience')
  return {
    ...common,
    tenantID,
    resourceGroups: textsOf(members, 'resourceGroups'),
    subscriptionIDs: textsOf(members, 'subscriptionIDs'),
    objectIDs: textsOf(members, 'objectIDs'),
    audience: (audience === undefined ? '' : readText(audience)) || defaultAudience,
    disableCustomSANs: flagOf(members, 'disableCustomSANs'),
    disableTrustOnFirstUse: flagOf(members, 'disableTrustOnFirstUse'),
    keys: createRemoteKeys(common.name, (fetchJson) => discover(tenantID, fetchJson)),
  }
}

/** Issuer and keys of a tenant (OpenID Connect Discovery 1.0 §4). */
async function discover(tenantID: string, fetchJson: AuthorizeWorld['fetchJson']): Promise<KeyLocation<Tenant>> {
  const url = `https://login.microsoftonline.com/${encodeURIComponent(tenantID)}/.well-known/openid-configuration`
  const { value } = await fetchJson(url)
  const { issuer, jwksUri } = readDocument(url, value, (json) => readOpenIdConfiguration(json, url, tenantID))
  return { facts: { issuer }, keysUrl: jwksUri }
}

async function authorize(settings: AzureSettings, credential: Credential, world: AuthorizeWorld): Promise<X509Grant> {
  const { facts, keys } = await settings.keys.find(credential.token.keyId, publicWorld(world))
  const { claims } = verifyTokenByAny(credential.token, keys, world.now)
  if (claims.issuer !== facts.issuer) throw refuseToken(`the issuer (iss) of the token is not "${facts.issuer}"`)
  if (!claims.audience.includes(settings.audience)) {
    throw refuseToken(`the audience (aud) of the token is not "${settings.audience}"`, 'WrongAudience')
  }
  checkIssuedAt(claims.issuedAt, world)
  const { tid, oid } = claims.all
  if (tid !== settings.tenantID) throw refuseToken(`the tenant (tid) of the token is not "${settings.tenantID}"`)
  const { path, subscription, group, name } = resourceOf(claims)
  checkListed(group, settings.resourceGroups, 'resource group')
  checkListed(subscription, settings.subscriptionIDs, 'subscription')
  checkListed(typeof oid === 'string' ? oid : '', settings.objectIDs, 'object')
  return grantForInstance(
    {
      id: path,
      name,
      names: [name],
      commonNames: settings.disableCustomSANs ? [name] : undefined,
      // step-ca has that of the identity, not of the machine.
      principal: typeof oid === 'string' ? oid : '',
      // Azure gives out the same token for a day, so step allows it to be used again.
      use: settings.disableTrustOnFirstUse ? undefined : firstUse(path),
    },
    settings,
    credential.request,
  )
}

function resourceOf({ all }: TokenClaims) {
  const path = all['xms_mirid']
  const [, subscription, group, name] = (typeof path === 'string' && resourcePattern.exec(path)) || []
  if (typeof path !== 'string' || subscription === undefined || group === undefined || name === undefined) {
    throw refuseToken('the resource (xms_mirid) of the token is no virtual machine and no assigned identity')
  }
  return { path, subscription, group, name }
}
