import { formatDuration } from '../../core/duration.ts'
import { addFault, isObject, readFlag, readMembers, readText, type Members } from '../../core/json-reader.ts'
import type { TokenClaims } from '../../core/tokens/unverified.ts'
import { verifyTokenByAny } from '../../core/tokens/verify.ts'
import type { X509Grant } from '../grant.ts'
import {
  checkAge,
  checkListed,
  firstUse,
  flagOf,
  grantForInstance,
  instanceAgeOf,
  publicWorld,
  textsOf,
} from './instance.ts'
import type { AuthorizeWorld, CommonSettings, Credential, Provisioner, ProvisionerKind } from './provisioner.ts'
import { createRemoteKeys, type RemoteKeys } from './remote-keys.ts'
import { checkIssuedAt, refuseToken } from './step-token.ts'
import { useOfToken } from './token-use.ts'

type GcpSettings = CommonSettings & {
  readonly tokenId: string
  /** Ids or e-mail addresses. Empty: any. */
  readonly serviceAccounts: readonly string[]
  /** Empty: any. */
  readonly projectIDs: readonly string[]
  readonly disableCustomSANs: boolean
  readonly disableTrustOnFirstUse: boolean
  readonly disableSSHCAUser: boolean
  readonly disableSSHCAHost: boolean
  /** Milliseconds; 0: any. */
  readonly instanceAge: number
  readonly keys: RemoteKeys<undefined>
}

/** The instance of an identity token of the format `full`. */
type ComputeEngine = {
  readonly instanceId: string
  readonly instanceName: string
  readonly projectId: string
  readonly zone: string
  /** Milliseconds since the epoch. */
  readonly created: number | undefined
}

const memberNames = [
  'serviceAccounts',
  'projectIDs',
  'organizationID',
  'disableCustomSANs',
  'disableTrustOnFirstUse',
  'disableSSHCAUser',
  'disableSSHCAHost',
  'instanceAge',
] as const
const issuer = 'https://accounts.google.com'
const keysUrl = 'https://www.googleapis.com/oauth2/v3/certs'

/** Identity tokens of Google Compute Engine (step-ca's provisioner/gcp.go). */
export const gcpKind: ProvisionerKind = {
  type: 'GCP',
  typeNumber: 3,
  parse(node, common) {
    const settings = readSettings(readMembers(node, memberNames, 'as Go'), common)
    const { tokenId, serviceAccounts, projectIDs } = settings
    return {
      ...common,
      id: tokenId,
      tokenId,
      credentialId: '',
      json: {
        type: common.type,
        name: common.name,
        ...(serviceAccounts.length > 0 && { serviceAccounts }),
        ...(projectIDs.length > 0 && { projectIDs }),
        disableCustomSANs: settings.disableCustomSANs,
        disableTrustOnFirstUse: settings.disableTrustOnFirstUse,
        disableSSHCAUser: settings.disableSSHCAUser,
        disableSSHCAHost: settings.disableSSHCAHost,
        instanceAge: formatDuration(settings.instanceAge),
        ...common.lastMembers,
      },
      needsKubernetes: false,
      authorizeX509Sign: (credential, world) => authorize(settings, credential, world),
    } satisfies Provisioner
  },
}

function readSettings(members: Members, common: CommonSettings): GcpSettings {
  const organization = members.get('organizationID')
  if (organization !== undefined && readText(organization) !== '') {
    addFault(organization, 'is not supported, for it needs credentials of Google: list the projects in projectIDs')
  }
  const [user, host] = [members.get('disableSSHCAUser'), members.get('disableSSHCAHost')]
  return {
    ...common,
    tokenId: `gcp/${common.name}`,
    serviceAccounts: textsOf(members, 'serviceAccounts') ?? [],
    projectIDs: textsOf(members, 'projectIDs') ?? [],
    disableCustomSANs: flagOf(members, 'disableCustomSANs'),
    disableTrustOnFirstUse: flagOf(members, 'disableTrustOnFirstUse'),
    disableSSHCAUser: user === undefined || readFlag(user),
    disableSSHCAHost: host !== undefined && readFlag(host),
    instanceAge: instanceAgeOf(members),
    keys: createRemoteKeys(common.name, async () => ({ facts: undefined, keysUrl })),
  }
}

async function authorize(settings: GcpSettings, credential: Credential, world: AuthorizeWorld): Promise<X509Grant> {
  const { tokenId, disableCustomSANs } = settings
  const { keys } = await settings.keys.find(credential.token.keyId, publicWorld(world))
  const token = verifyTokenByAny(credential.token, keys, world.now)
  const { claims } = token
  if (claims.issuer !== issuer) throw refuseToken(`the issuer (iss) of the token is not "${issuer}"`)
  if (!world.audiences.accepts('sign', claims.audience, tokenId)) {
    throw refuseToken('the audience (aud) of the token is not for signing here', 'WrongAudience')
  }
  checkIssuedAt(claims.issuedAt, world)
  checkServiceAccount(claims, settings.serviceAccounts)
  const engine = readComputeEngine(claims)
  const { instanceId, instanceName, projectId, zone } = engine
  checkListed(projectId, settings.projectIDs, 'project')
  checkAge(engine.created, settings.instanceAge, world.now, 'instance_creation_timestamp')
  const names = [`${instanceName}.c.${projectId}.internal`, `${instanceName}.${zone}.c.${projectId}.internal`]
  return grantForInstance(
    {
      id: instanceId,
      name: instanceName,
      names,
      commonNames: disableCustomSANs ? [instanceName, instanceId, ...names] : undefined,
      use: settings.disableTrustOnFirstUse ? useOfToken(tokenId, token, '') : firstUse(`${tokenId}.${instanceId}`),
      extension: {
        credentialId: claims.subject,
        keyValuePairs: ['InstanceID', instanceId, 'InstanceName', instanceName],
      },
    },
    settings,
    credential.request,
  )
}

function checkServiceAccount({ subject, all }: TokenClaims, allowed: readonly string[]): void {
  const { email } = all
  if (typeof email === 'string' && allowed.includes(email)) return
  checkListed(subject, allowed, 'service account')
}

function readComputeEngine({ all }: TokenClaims): ComputeEngine {
  const { google } = all
  const engine = isObject(google) ? google['compute_engine'] : undefined
  const member = (name: string): string => {
    const value = isObject(engine) ? engine[name] : undefined
    if (typeof value === 'string' && value !== '') return value
    throw refuseToken(`the token has no google.compute_engine.${name}: ask for the format "full"`)
  }
  const created = isObject(engine) ? engine['instance_creation_timestamp'] : undefined
  return {
    instanceId: member('instance_id'),
    instanceName: member('instance_name'),
    projectId: member('project_id'),
    zone: member('zone'),
    created: typeof created === 'number' ? created * 1000 : undefined,
  }
}
