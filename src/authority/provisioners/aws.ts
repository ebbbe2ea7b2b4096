import type { KeyObject } from 'node:crypto'
import { formatDuration } from '../../core/duration.ts'
import { parseInstant } from '../../core/instant.ts'
import {
  addFault,
  isObject,
  readMembers,
  readParsed,
  readText,
  type JsonNode,
  type Members,
} from '../../core/json-reader.ts'
import type { UnverifiedToken } from '../../core/tokens/unverified.ts'
import { verifySharedToken, type VerifiedToken } from '../../core/tokens/verify.ts'
import { parseCertificates } from '../../core/x509/certificate.ts'
import { verifyData } from '../../core/x509/signature.ts'
import type { X509Grant } from '../grant.ts'
import published from './aws-certificates.json' with { type: 'json' }
import { checkAge, checkListed, firstUse, flagOf, grantForInstance, instanceAgeOf, textsOf } from './instance.ts'
import type {
  AuthorizeWorld,
  CommonSettings,
  Credential,
  Provisioner,
  ProvisionerKind,
  ReadFile,
} from './provisioner.ts'
import { checkIssuedAt, refuseToken } from './step-token.ts'
import { useOfToken } from './token-use.ts'

type AwsSettings = CommonSettings & {
  readonly tokenId: string
  /** Null, as an empty list: any. */
  readonly accounts: readonly string[] | null
  readonly disableCustomSANs: boolean
  readonly disableTrustOnFirstUse: boolean
  /** Which metadata service `step` asks: of no meaning to an authority. */
  readonly imdsVersions: readonly string[]
  /** Milliseconds; 0: any. */
  readonly instanceAge: number
  /** Path of a PEM file; empty: the certificates that AWS publishes. */
  readonly iidRoots: string
  readonly keys: readonly KeyObject[]
}

/** What is read of an instance identity document. */
type IdentityDocument = {
  readonly accountId: string
  readonly instanceId: string
  readonly privateIp: string
  readonly region: string
  readonly pendingTime: number | undefined
}

const memberNames = [
  'accounts',
  'disableCustomSANs',
  'disableTrustOnFirstUse',
  'imdsVersions',
  'instanceAge',
  'iidRoots',
  'signet',
] as const
const issuer = 'ec2.amazonaws.com'

/** Instance identity documents of EC2, signed by AWS, in a token that `step` makes of one (step-ca's provisioner/aws.go). */
export const awsKind: ProvisionerKind = {
  type: 'AWS',
  typeNumber: 4,
  parse(node, common, readFile) {
    const settings = readSettings(readMembers(node, memberNames, 'as Go'), common, readFile)
    const { tokenId, iidRoots, instanceAge } = settings
    return {
      ...common,
      id: tokenId,
      tokenId,
      credentialId: '',
      json: {
        type: common.type,
        name: common.name,
        accounts: settings.accounts,
        disableCustomSANs: settings.disableCustomSANs,
        disableTrustOnFirstUse: settings.disableTrustOnFirstUse,
        imdsVersions: settings.imdsVersions,
        instanceAge: formatDuration(instanceAge),
        ...(iidRoots !== '' && { iidRoots }),
        ...common.lastMembers,
      },
      needsKubernetes: false,
      authorizeX509Sign: (credential, world) => authorize(settings, credential, world),
    } satisfies Provisioner
  },
}

function readSettings(members: Members, common: CommonSettings, readFile: ReadFile): AwsSettings {
  const roots = members.get('iidRoots')
  const iidRoots = roots === undefined ? '' : readText(roots)
  return {
    ...common,
    tokenId: `aws/${common.name}`,
    accounts: textsOf(members, 'accounts'),
    disableCustomSANs: flagOf(members, 'disableCustomSANs'),
    disableTrustOnFirstUse: flagOf(members, 'disableTrustOnFirstUse'),
    imdsVersions: readImdsVersions(members),
    instanceAge: instanceAgeOf(members),
    iidRoots,
    keys: readOwnRoots(members.get('signet')) ?? readRoots(roots, readFile) ?? publishedKeys(),
  }
}

/** Ours, for who has no files: `signet.iidRoots` is the PEM itself, which is not listed. */
function readOwnRoots(node: JsonNode | undefined): readonly KeyObject[] | undefined {
  const pem = node && readMembers(node, ['iidRoots'], 'exact').get('iidRoots')
  return pem && readParsed(pem, keysOf, [])
}

function readRoots(node: JsonNode | undefined, readFile: ReadFile): readonly KeyObject[] | undefined {
  if (node === undefined || node.value === '') return undefined
  return readParsed(node, (path) => keysOf(readFile(path)), [])
}

function readImdsVersions(members: Members): readonly string[] {
  const versions = textsOf(members, 'imdsVersions') ?? []
  for (const version of versions) {
    if (version === 'v1' || version === 'v2') continue
    addFault(members.need('imdsVersions'), `${JSON.stringify(version)} is not supported: write v1 or v2`)
  }
  return versions.length > 0 ? versions : ['v2', 'v1']
}

let known: readonly KeyObject[] | undefined
/** Read once, and only where an AWS provisioner needs them. */
const publishedKeys = (): readonly KeyObject[] => (known ??= keysOf(Object.values(published.certificates).join('')))

function keysOf(pem: string): readonly KeyObject[] {
  return parseCertificates(pem).map((certificate) => certificate.publicKey())
}

async function authorize(settings: AwsSettings, credential: Credential, world: AuthorizeWorld): Promise<X509Grant> {
  const { token, document } = verify(settings, credential.token, world)
  const { accountId, instanceId, privateIp, region } = document
  const { subject } = token.claims
  const dnsName = `ip-${privateIp.replaceAll('.', '-')}.${region}.compute.internal`
  if (settings.disableCustomSANs && ![instanceId, privateIp, dnsName].includes(subject)) {
    throw refuseToken(`the subject (sub) of the token is none of ${instanceId}, ${privateIp}, ${dnsName}`)
  }
  checkListed(accountId, settings.accounts, 'account')
  checkAge(document.pendingTime, settings.instanceAge, world.now, 'pendingTime')
  const { tokenId } = settings
  return grantForInstance(
    {
      id: instanceId,
      name: subject,
      names: [dnsName, privateIp],
      commonNames: [subject],
      // `jti` is the same in all tokens of an instance.
      use: settings.disableTrustOnFirstUse ? useOfToken(tokenId, token, '') : firstUse(`${tokenId}.${instanceId}`),
      extension: { credentialId: accountId, keyValuePairs: ['InstanceID', instanceId] },
    },
    settings,
    credential.request,
  )
}

/** The signature by AWS first: that over the token is made with a key that the token itself brings. */
function verify(
  { keys, tokenId }: AwsSettings,
  unverified: UnverifiedToken,
  world: AuthorizeWorld,
): { readonly token: VerifiedToken; readonly document: IdentityDocument } {
  const amazon = unverified.claims.all['amazon']
  const [text, signature] = ['document', 'signature'].map((name) =>
    octetsOf(isObject(amazon) ? amazon[name] : undefined),
  )
  if (text === undefined || signature === undefined) {
    throw refuseToken('the token has no identity document with a signature (amazon)')
  }
  if (!keys.some((key) => verifyData('SHA256-RSA', key, text, signature))) {
    throw refuseToken('the identity document is not signed by AWS: no certificate fits its signature')
  }
  const token = verifySharedToken(unverified, signature, world.now)
  const { claims } = token
  if (claims.issuer !== issuer) throw refuseToken(`the issuer (iss) of the token is not "${issuer}"`)
  if (!world.audiences.accepts('sign', claims.audience, tokenId)) {
    throw refuseToken('the audience (aud) of the token is not for signing here', 'WrongAudience')
  }
  checkIssuedAt(claims.issuedAt, world)
  return { token, document: readDocument(text) }
}

function octetsOf(value: unknown): Buffer | undefined {
  return typeof value === 'string' && value !== '' ? Buffer.from(value, 'base64') : undefined
}

/** AWS signed it, so its form is not in doubt; which members older instances have is. */
function readDocument(text: Buffer): IdentityDocument {
  const document = jsonOf(text)
  const member = (name: string): string => {
    const value = isObject(document) ? document[name] : undefined
    if (typeof value === 'string' && value !== '') return value
    throw refuseToken(`the identity document has no ${name}`)
  }
  const [accountId, instanceId, privateIp, region] = ['accountId', 'instanceId', 'privateIp', 'region'].map(member)
  const pendingTime = isObject(document) ? document['pendingTime'] : undefined
  return {
    accountId: accountId ?? '',
    instanceId: instanceId ?? '',
    privateIp: privateIp ?? '',
    region: region ?? '',
    pendingTime: typeof pendingTime === 'string' ? parseInstant(pendingTime) : undefined,
  }
}

function jsonOf(text: Buffer): unknown {
  try {
    return JSON.parse(text.toString('utf8'))
  } catch {
    return undefined
  }
}
