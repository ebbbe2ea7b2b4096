import { SignetError } from '../errors.ts'
import { isObject } from '../json-reader.ts'

/** The claims of an ID token (OpenID Connect Core §2, §5.1) beyond those of every token. Texts are empty where absent. */
export type OpenIdClaims = {
  readonly authorizedParty: string
  readonly email: string
  readonly emailVerified: boolean
  readonly groups: readonly string[]
  readonly nonce: string
}

/** Reads them out of all claims of a token; `unauthorized` (`TokenInvalid`) where one has another type. */
export function readOpenIdClaims(all: Readonly<Record<string, unknown>>): OpenIdClaims {
  const { groups } = all
  const list: unknown = groups ?? []
  if (!Array.isArray(list) || !list.every((item) => typeof item === 'string')) {
    throw invalid('groups that is not a list of texts')
  }
  return {
    authorizedParty: textOf(all, 'azp'),
    email: textOf(all, 'email'),
    // Some providers write the text.
    emailVerified: all['email_verified'] === true || all['email_verified'] === 'true',
    groups: list,
    nonce: textOf(all, 'nonce'),
  }
}

function textOf(all: Readonly<Record<string, unknown>>, name: string): string {
  const value = all[name] ?? ''
  if (typeof value !== 'string') throw invalid(`${name} that is not a text`)
  return value
}

function invalid(problem: string): SignetError {
  return new SignetError('unauthorized', `the token has a ${problem}`, { reason: 'TokenInvalid' })
}

/** The e-mail address with its domain in lower case, which is how step compares them. */
export function comparableEmail(email: string): string {
  const at = email.lastIndexOf('@')
  return at < 0 ? email : email.slice(0, at) + email.slice(at).toLowerCase()
}

/**
 * The URI that names a subject of an issuer: `<iss>#<sub>`; undefined for issuers that are no URI. Only the pair is unique
 * (OpenID Connect Core §5.7). Escaped as Go does it, and so as step-ca writes it.
 */
export function subjectUri(issuer: string, subject: string): string | undefined {
  if (!/^[A-Za-z][A-Za-z0-9+.-]*:/.test(issuer)) return undefined
  const [base = ''] = issuer.split('#', 1)
  // encodeURI leaves these two; a lone surrogate, which JSON can hold, would make it fail.
  const fragment = encodeURI(subject.toWellFormed()).replaceAll("'", '%27').replaceAll('#', '%23')
  return fragment === '' ? base : `${base}#${fragment}`
}

const discoveryPath = '/.well-known/openid-configuration'

/** Where a provider's document is: the suffix is added where it is missing; undefined if `text` is no http(s) URL. */
export function discoveryUrl(text: string): string | undefined {
  const url = URL.parse(text)
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.host === '') return undefined
  if (!url.pathname.includes(discoveryPath)) url.pathname = url.pathname.replace(/\/+$/, '') + discoveryPath
  return url.href
}

/** Is what comes from there its owner's: https, or this machine itself? */
export function isSecureUrl(text: string): boolean {
  const { protocol, hostname = '' } = URL.parse(text) ?? {}
  return protocol === 'https:' || (protocol === 'http:' && /^(?:localhost|\[::1\]|127(?:\.\d+){3})$/.test(hostname))
}

/** What is used of a provider's document (OpenID Connect Discovery §3). */
export type OpenIdConfiguration = { readonly issuer: string; readonly jwksUri: string }

/**
 * Reads the document that `url` gave; `unavailable` where it lacks something, or where it came by https and names keys by
 * http (OpenID Connect Discovery §3 forbids it): whoever sits in between could put in their own.
 */
export function readOpenIdConfiguration(json: unknown, url: string, tenantId: string): OpenIdConfiguration {
  const configuration = readMembers(json, tenantId)
  if (url.startsWith('https:') && !isSecureUrl(configuration.jwksUri)) {
    throw new SignetError('unavailable', 'its jwks_uri is not https')
  }
  return configuration
}

/** `{tenantid}` in the issuer, which Microsoft writes for its many, stands for `tenantId` if one is given. */
function readMembers(json: unknown, tenantId: string): OpenIdConfiguration {
  const { issuer, jwks_uri: jwksUri } = isObject(json) ? json : {}
  if (typeof issuer !== 'string' || issuer === '') throw new SignetError('unavailable', 'it has no issuer')
  if (typeof jwksUri !== 'string' || jwksUri === '') throw new SignetError('unavailable', 'it has no jwks_uri')
  return { issuer: tenantId === '' ? issuer : issuer.replaceAll('{tenantid}', tenantId), jwksUri }
}
