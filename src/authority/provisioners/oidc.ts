import { kindOfName, parseEmail, typeNames } from '../../core/names/parse.ts'
import {
  comparableEmail,
  readOpenIdClaims,
  readOpenIdConfiguration,
  subjectUri,
  type OpenIdClaims,
} from '../../core/tokens/openid.ts'
import type { UnverifiedToken } from '../../core/tokens/unverified.ts'
import { verifyTokenByAny, type VerifiedToken } from '../../core/tokens/verify.ts'
import { subjectFieldsOf } from '../../core/x509/name.ts'
import type { X509Grant, X509RevokeGrant } from '../grant.ts'
import { readOidc, type OidcSettings } from './oidc-settings.ts'
import type { AuthorizeWorld, Credential, Provisioner, ProvisionerKind } from './provisioner.ts'
import { createRemoteKeys, readDocument, type RemoteKeys } from './remote-keys.ts'
import { checkIssuedAt, refuseToken } from './step-token.ts'
import { anyCsr, leafGrant } from './leaf-grant.ts'
import { useOfToken } from './token-use.ts'

/** ID tokens of an OpenID provider, as people get them by logging in (step-ca's provisioner/oidc.go). */
export const oidcKind: ProvisionerKind = {
  type: 'OIDC',
  typeNumber: 2,
  parse(node, common) {
    const { settings, json } = readOidc(node, common)
    const { clientId } = settings
    const provider = createProvider(settings)
    return {
      ...common,
      id: clientId,
      tokenId: clientId,
      credentialId: clientId,
      json,
      needsKubernetes: false,
      authorizeX509Sign: (credential, world) => authorize(settings, provider, credential, world),
      authorizeX509Revoke: (token, world) => authorizeRevoke(settings, provider, token, world),
    } satisfies Provisioner
  },
}

/** What is known of a provider beside its keys. */
type Provider = RemoteKeys<{ readonly issuer: string }>

/** Nobody is asked anything before the first token, so a provider that is down stops neither the start nor others. */
function createProvider({ name, discoveryUrl: url, tenantId }: OidcSettings): Provider {
  return createRemoteKeys(name, async (fetchJson) => {
    const { value } = await fetchJson(url)
    const { issuer, jwksUri } = readDocument(url, value, (json) => readOpenIdConfiguration(json, url, tenantId))
    return { facts: { issuer }, keysUrl: jwksUri }
  })
}

type Login = { readonly token: VerifiedToken; readonly person: OpenIdClaims; readonly isAdmin: boolean }

async function authorize(
  settings: OidcSettings,
  provider: Provider,
  credential: Credential,
  world: AuthorizeWorld,
): Promise<X509Grant> {
  const { token, request } = credential
  const login = await verifyLogin(settings, provider, token, world)
  const { subject } = login.token.claims
  // A template of its own decides for admins too: it gets the person, and finds the CSR under `.Insecure`.
  const freely = login.isAdmin && settings.options.x509.template === undefined
  return {
    ...leafGrant(request),
    issuedTo: { kind: 'token', subject },
    use: useOfToken(settings.clientId, login.token, login.person.nonce),
    // step neither compares nor uses what the CSR of an ordinary person says; an admin's decides all.
    csr: anyCsr(settings.name),
    ...(freely
      ? { subject: subjectFieldsOf(request.csr.subject), names: request.csr.names }
      : { subject: { commonName: subject }, names: namesOf(login) }),
  }
}

/** As in step-ca only admins revoke, and only what their own subject names, which is no serial number where people log in. */
async function authorizeRevoke(
  settings: OidcSettings,
  provider: Provider,
  unverified: UnverifiedToken,
  world: AuthorizeWorld,
): Promise<X509RevokeGrant> {
  const { token, person, isAdmin } = await verifyLogin(settings, provider, unverified, world)
  if (!isAdmin) throw refuseToken('only admins of its provisioner may revoke by token')
  return { serial: token.claims.subject, use: useOfToken(settings.clientId, token, person.nonce) }
}

/** Requires a token of the provider for this client, by someone whom the settings let in. */
async function verifyLogin(
  settings: OidcSettings,
  provider: Provider,
  unverified: UnverifiedToken,
  world: AuthorizeWorld,
): Promise<Login> {
  const { facts, keys } = await provider.find(unverified.keyId, world)
  const token = verifyTokenByAny(unverified, keys, world.now)
  const { claims } = token
  if (claims.issuer !== facts.issuer) throw refuseToken(`the issuer (iss) of the token is not "${facts.issuer}"`)
  if (!claims.audience.includes(settings.clientId)) {
    throw refuseToken('the audience (aud) of the token is not the client of its provisioner', 'WrongAudience')
  }
  const person = readOpenIdClaims(claims.all)
  const isAdmin = isAdminOf(settings, person)
  const problem = problemOf(settings, person, isAdmin)
  if (problem !== undefined) throw refuseToken(problem)
  if (claims.subject === '') throw refuseToken('the token has no subject (sub)')
  checkIssuedAt(claims.issuedAt, world)
  return { token, person, isAdmin }
}

function isAdminOf({ admins }: OidcSettings, { email, groups }: OpenIdClaims): boolean {
  return (email !== '' && admins.has(comparableEmail(email))) || groups.some((group) => admins.has(group))
}

/** Why this person is not let in. As in step-ca, domains do not matter to admins and to tokens without an address. */
function problemOf(
  settings: OidcSettings,
  { authorizedParty, email, emailVerified, groups }: OpenIdClaims,
  isAdmin: boolean,
): string | undefined {
  if (authorizedParty !== '' && authorizedParty !== settings.clientId) {
    return 'the authorized party (azp) of the token is not the client of its provisioner'
  }
  if (settings.requireVerifiedEmail && email !== '' && !emailVerified) {
    return 'the e-mail address of the token is not verified (email_verified)'
  }
  const { domains } = settings
  const comparable = comparableEmail(email)
  if (email !== '' && domains.length > 0 && !isAdmin && !domains.some((domain) => comparable.endsWith(`@${domain}`))) {
    return 'the e-mail address of the token is in none of the domains of its provisioner'
  }
  if (settings.groups.size > 0 && !groups.some((group) => settings.groups.has(group))) {
    return 'the token is in none of the groups of its provisioner'
  }
  return undefined
}

/**
 * The e-mail address, if the provider tells one, and the URI that is the person at this provider for ever. What the provider
 * calls an address and is none would, sorted by its looks, be a DNS name or a URI that nobody has proven.
 */
function namesOf({ token: { claims }, person: { email } }: Login) {
  const isAddress = kindOfName(email) === 'emails' && parseEmail(email) !== undefined
  if (email !== '' && !isAddress) throw refuseToken('the e-mail address of the token is none')
  const uri = subjectUri(claims.issuer, claims.subject)
  return typeNames([email, uri ?? ''].filter((name) => name !== ''))
}
