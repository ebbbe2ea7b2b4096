import { toBase64 } from '../bytes.ts'
import { SignetError } from '../errors.ts'
import { parseJson } from '../json.ts'
import { isObject } from '../json-reader.ts'

/**
 * A JWT (RFC 7519, JWS compact form) as it was sent, before anyone checked its signature. It says which provisioner to ask
 * and why a refusal was made, and nothing else may rest on it.
 */
export type UnverifiedToken = {
  readonly text: string
  readonly algorithm: string
  /** Empty where the header names none. */
  readonly keyId: string
  /** Certificates of the signer (`x5c`, RFC 7515 §4.1.6), DER, the signer's first; empty where the header has none. */
  readonly certificates: readonly Uint8Array[]
  /** As `certificates`, of a renew token of step, whose certificate may have expired (`x5cInsecure`). */
  readonly renewing: readonly Uint8Array[]
  readonly claims: TokenClaims
}

/** The claims that are read. Texts are empty and lists empty where a claim is absent; times are seconds since the epoch. */
export type TokenClaims = {
  readonly issuer: string
  readonly subject: string
  readonly audience: readonly string[]
  readonly id: string
  readonly issuedAt: number | undefined
  readonly notBefore: number | undefined
  readonly expiresAt: number | undefined
  /** step's `sans`. */
  readonly names: readonly string[]
  /** Every claim, as JSON. */
  readonly all: Readonly<Record<string, unknown>>
}

/** Tokens that carry a certificate chain in their header stay below this; Kubernetes' have about 1,200 characters. */
const maximumLength = 65_536
/** As many as a chain may have (`verifyChain`). */
const maximumCertificates = 8
/** Each is looked for among all URLs of the authority, before anybody has verified anything. Tokens in use have one to three. */
const maximumAudiences = 64
const base64url = /^[A-Za-z0-9_-]+$/
const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Reads a token without verifying it; `unauthorized` (`TokenInvalid`) if it is none or a claim has another type. */
export function readUnverified(text: string): UnverifiedToken {
  if (text.length > maximumLength) throw invalid(`is longer than ${maximumLength} characters`)
  const [head = '', body = '', signature = '', ...more] = text.split('.')
  if (more.length > 0 || !base64url.test(signature)) throw invalid('is not a JWT in compact form')
  const header = objectOf(head, 'header')
  // RFC 7515 §4.1.11: who does not know what is critical must refuse, and none of it is known here.
  if ('crit' in header) throw invalid('has critical header parameters (crit), none of which is supported')
  const all = objectOf(body, 'payload')
  return {
    text,
    algorithm: textOf(header, 'alg'),
    keyId: textOf(header, 'kid'),
    certificates: certificatesOf(header, 'x5c'),
    renewing: certificatesOf(header, 'x5cInsecure'),
    claims: {
      issuer: textOf(all, 'iss'),
      subject: textOf(all, 'sub'),
      audience: audienceOf(all),
      id: textOf(all, 'jti'),
      issuedAt: timeOf(all, 'iat'),
      notBefore: timeOf(all, 'nbf'),
      expiresAt: timeOf(all, 'exp'),
      names: listOf(all, 'sans'),
      all,
    },
  }
}

function objectOf(part: string, name: string): Readonly<Record<string, unknown>> {
  if (!base64url.test(part)) throw invalid('is not a JWT in compact form')
  const value = jsonOf(part)
  if (!isObject(value)) throw invalid(`has a ${name} that is not a JSON object`)
  return value
}

function jsonOf(part: string): unknown {
  try {
    return parseJson(utf8.decode(Buffer.from(part, 'base64url')))
  } catch {
    // Neither the text nor the parser's message, which quotes it, may reach a log.
    return undefined
  }
}

function textOf(claims: Readonly<Record<string, unknown>>, name: string): string {
  const value = claims[name] ?? ''
  if (typeof value !== 'string') throw invalid(`has a ${name} that is not a text`)
  return value
}

/** One text or a list of texts (RFC 7519 §4.1.3). */
function listOf(claims: Readonly<Record<string, unknown>>, name: string): readonly string[] {
  const value = claims[name] ?? []
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (list.every((item) => typeof item === 'string')) return list
  throw invalid(`has a ${name} that is neither a text nor a list of texts`)
}

function audienceOf(claims: Readonly<Record<string, unknown>>): readonly string[] {
  const audience = listOf(claims, 'aud')
  if (audience.length > maximumAudiences) throw invalid(`has more than ${maximumAudiences} audiences (aud)`)
  return audience
}

function timeOf(claims: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const value = claims[name] ?? undefined
  if (value === undefined || (typeof value === 'number' && Number.isFinite(value))) return value
  throw invalid(`has a ${name} that is not a number`)
}

/** Each is base64 with padding, unlike everything else in a token. */
function certificatesOf(header: Readonly<Record<string, unknown>>, name: string): readonly Uint8Array[] {
  const value = header[name] ?? []
  const list: readonly unknown[] = Array.isArray(value) ? value : [undefined]
  if (list.length > maximumCertificates) throw invalid(`has more than ${maximumCertificates} certificates (${name})`)
  return list.map((item) => {
    const der = typeof item === 'string' ? new Uint8Array(Buffer.from(item, 'base64')) : undefined
    if (der === undefined || der.length === 0 || toBase64(der) !== item) {
      throw invalid(`has a certificate chain (${name}) that is not a list of base64 texts`)
    }
    return der
  })
}

function invalid(problem: string): SignetError {
  return new SignetError('unauthorized', `the token ${problem}`, { reason: 'TokenInvalid' })
}
