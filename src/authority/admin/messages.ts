import {
  enumField,
  flagField,
  givenFlagField,
  integerField,
  listField,
  messageField,
  octetsField,
  textField,
  timeField,
  type Field,
} from '../../core/protojson.ts'
import { webhookKinds } from '../webhooks/webhook.ts'

/** The messages of step's admin API (github.com/smallstep/linkedca, spec/linkedca), fields in the order of their numbers. */

type Read<Of> = Of extends Field<infer Value> ? Value : never

const texts = listField(textField, '')
const octetsList = listField(octetsField, '')

const names = { dns: texts, ips: texts, emails: texts, uris: texts, commonNames: texts }
const hostNames = messageField({ dns: texts, ips: texts, principals: texts })
const userNames = messageField({ emails: texts, principals: texts })

export const policyMessage = messageField({
  x509: messageField({ allow: messageField(names), deny: messageField(names), allowWildcardNames: flagField }),
  ssh: messageField({
    host: messageField({ allow: hostNames, deny: hostNames }),
    user: messageField({ allow: userNames, deny: userNames }),
  }),
})
export type LinkedPolicy = Read<typeof policyMessage>

const durations = messageField({ default: textField, min: textField, max: textField })
export type LinkedDurations = Read<typeof durations>

const claims = messageField({
  x509: messageField({ enabled: flagField, durations }),
  ssh: messageField({ enabled: flagField, userDurations: durations, hostDurations: durations }),
  disableRenewal: flagField,
  allowRenewalAfterExpiry: flagField,
  disableSmallstepExtensions: flagField,
})
export type LinkedClaims = Read<typeof claims>

const template = messageField({ template: octetsField, data: octetsField })
export type LinkedTemplate = Read<typeof template>

export const webhookMessage = messageField(
  {
    name: textField,
    id: textField,
    url: textField,
    kind: enumField(['NO_KIND', ...webhookKinds]),
    secret: textField,
    bearerToken: messageField({ bearerToken: textField }),
    basicAuth: messageField({ username: textField, password: textField }),
    disableTlsClientAuth: flagField,
    certType: enumField(['ALL', 'X509', 'SSH']),
  },
  [['bearerToken', 'basicAuth']],
)
export type LinkedWebhook = Read<typeof webhookMessage>

const instance = { disableCustomSans: flagField, disableTrustOnFirstUse: flagField }

/** One member per kind of provisioner. */
const details = {
  JWK: messageField({ publicKey: octetsField, encryptedPrivateKey: octetsField }),
  OIDC: messageField({
    clientId: textField,
    clientSecret: textField,
    configurationEndpoint: textField,
    admins: texts,
    domains: texts,
    groups: texts,
    listenAddress: textField,
    tenantId: textField,
    scopes: texts,
    authParams: texts,
  }),
  GCP: messageField({
    serviceAccounts: texts,
    projectIds: texts,
    ...instance,
    instanceAge: textField,
    disableSshCaUser: givenFlagField,
    disableSshCaHost: givenFlagField,
    organizationId: textField,
  }),
  AWS: messageField({ accounts: texts, ...instance, instanceAge: textField }),
  Azure: messageField({
    tenantId: textField,
    resourceGroups: texts,
    audience: textField,
    ...instance,
    subscriptionIds: texts,
    objectIds: texts,
  }),
  ACME: messageField({
    forceCn: flagField,
    requireEab: flagField,
    challenges: listField(enumField(['UNKNOWN', 'HTTP_01', 'DNS_01', 'TLS_ALPN_01', 'DEVICE_ATTEST_01']), 'UNKNOWN'),
    attestationFormats: listField(enumField(['NONE', 'APPLE', 'STEP', 'TPM']), 'NONE'),
    attestationRoots: octetsList,
    termsOfService: textField,
    website: textField,
    caaIdentities: texts,
  }),
  X5C: messageField({ roots: octetsList }),
  K8sSA: messageField({ publicKeys: octetsList }),
  SSHPOP: messageField({}),
  SCEP: messageField({
    forceCn: flagField,
    challenge: textField,
    capabilities: texts,
    minimumPublicKeyLength: integerField,
    includeRoot: flagField,
    encryptionAlgorithmIdentifier: integerField,
    decrypter: messageField({
      certificate: octetsField,
      key: octetsField,
      keyUri: textField,
      keyPassword: octetsField,
    }),
    excludeIntermediate: flagField,
  }),
  Nebula: messageField({ roots: octetsList }),
} as const
export type DetailsName = keyof typeof details
export const detailsNames = Object.keys(details) as DetailsName[]

export const provisionerTypes = [
  'NOOP',
  'JWK',
  'OIDC',
  'GCP',
  'AWS',
  'AZURE',
  'ACME',
  'X5C',
  'K8SSA',
  'SSHPOP',
  'SCEP',
  'NEBULA',
] as const

export const provisionerMessage = messageField({
  id: textField,
  authorityId: textField,
  type: enumField(provisionerTypes),
  name: textField,
  details: messageField(details, [detailsNames]),
  claims,
  x509Template: template,
  sshTemplate: template,
  createdAt: timeField,
  deletedAt: timeField,
  policy: policyMessage,
  webhooks: listField(webhookMessage, {}),
})
export type LinkedProvisioner = Read<typeof provisionerMessage>
