import { createAudiences, fragmentOf } from '../../../../src/core/tokens/audience.ts'
import { readKeySet } from '../../../../src/core/tokens/key-set.ts'
import {
  comparableEmail,
  discoveryUrl,
  readOpenIdClaims,
  readOpenIdConfiguration,
  subjectUri,
} from '../../../../src/core/tokens/openid.ts'
import { readUnverified } from '../../../../src/core/tokens/unverified.ts'
import { toBase64 } from '../../../../src/core/bytes.ts'
import { parseCertificate } from '../../../../src/core/x509/certificate.ts'
import { parseJson } from '../../../../src/core/json.ts'
import { isSignetError, SignetError } from '../../../../src/core/errors.ts'
import { aProvisionerKey } from '../../../builders/tokens.ts'
import { fuzzed, type FuzzedParser } from '../fuzz.ts'
import { jsonGrammar } from '../grammars/json.ts'
import { tokenGrammar } from '../grammars/token.ts'
import { certificates } from '../seeds-x509.ts'

/** What comes as a token, and what providers publish about theirs. */

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const x5c = certificates.slice(0, 3).map(toBase64)
const headers: readonly object[] = [
  { alg: 'ES256', kid: 'k' },
  { alg: 'RS256', typ: 'JWT' },
  { alg: 'none' },
  { alg: 'HS256', kid: 'seven' },
  { alg: 'ES256', x5c: x5c.slice(0, 1) },
  { alg: 'ES256', x5c },
  { alg: 'ES256', x5cInsecure: x5c },
]
const claims: readonly object[] = [
  { iss: 'i', aud: 'https://a.b/1.0/sign', sub: 's', exp: 1, nbf: 0, iat: 0, jti: 'j' },
  { iss: 'i', aud: ['https://a.b/1.0/sign#k8ssa/x'], sub: 's', exp: 1.5, sans: ['a', 'b'] },
  { aud: ['a', 'b'], sans: 'a', cnf: { 'x5rt#S256': 'x' } },
  { iss: 'https://p.test', sub: 'ü é', azp: 'a', email: 'A@B.C', email_verified: true, groups: ['g'], nonce: 'n' },
  { iss: 'https://p.test/#x', sub: "it's #1", email: 'x', email_verified: 'true', groups: null },
  {
    'kubernetes.io': { namespace: 'n', pod: { name: 'p', uid: 'u' }, serviceaccount: { name: 's', uid: 'v' } },
    sub: 's',
  },
  { amazon: { document: 'e30=', signature: 'AAAA' }, sub: 's', iss: 'ec2.amazonaws.com' },
  { google: { compute_engine: { instance_id: '1', instance_name: 'n', project_id: 'p', zone: 'z' } }, sub: 's' },
]
const tokens = headers.flatMap((header) => claims.map((body) => `${encode(header)}.${encode(body)}.AAAA`))

const audiences = createAudiences(['a.b'])

function readToken(text: string): void {
  const { claims, certificates: chain, renewing } = readUnverified(text)
  audiences.acceptsAny(claims.audience, fragmentOf(claims.audience))
  unlessRefused(() => {
    const { email } = readOpenIdClaims(claims.all)
    comparableEmail(email)
  })
  subjectUri(claims.issuer, claims.subject)
  for (const der of [...chain, ...renewing]) unlessRefused(() => parseCertificate(der))
}

function unlessRefused(read: () => void): void {
  try {
    read()
  } catch (error) {
    if (!isSignetError(error)) throw error
  }
}

const keySets = Array.from({ length: 50 }, (_, index) => {
  const keys = Array.from({ length: 1 + (index % 3) }, (_, one) => aProvisionerKey(`k${index}-${one}`).jwk)
  return JSON.stringify({ keys: [...keys, ...(index % 5 === 0 ? [{ kty: 'oct', k: 'AAAA' }] : [])] })
})
const configurations = Array.from({ length: 50 }, (_, index) =>
  JSON.stringify({
    issuer: index % 2 === 0 ? `https://p${index}.test` : 'https://login.test/{tenantid}/v2.0',
    jwks_uri: `https://p${index}.test/keys`,
    ...(index % 3 === 0 && { scopes_supported: ['openid', 'email'], subject_types_supported: ['public'] }),
  }),
)

/** As the fetcher: what is no JSON is no document. */
function document(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    throw new SignetError('unavailable', 'no JSON')
  }
}

export const tokenParsers: readonly FuzzedParser[] = [
  fuzzed({
    title: 'JWTs',
    grammar: tokenGrammar([['https://a.b/1.0/sign#x/y'], 'ES256', 'none', 1e300, x5c, [''], '#', 'a@b@C']),
    seeds: tokens,
    parse: readToken,
    refusals: ['unauthorized'],
  }),
  fuzzed({
    title: 'sets of keys (JWKS)',
    grammar: jsonGrammar(['EC', 'RSA', 'OKP', 'oct', 'P-256', 'P-999', 'sig', 'enc', 'ES256', 'AQAB']),
    seeds: keySets,
    parse: (text) => readKeySet(document(text)),
    refusals: ['unavailable'],
  }),
  fuzzed({
    title: 'documents of OpenID providers',
    grammar: jsonGrammar(['http://', 'https://[', 'javascript:1', '{tenantid}'], ['://', '{tenantid}']),
    seeds: configurations,
    parse(text) {
      const { issuer, jwksUri } = readOpenIdConfiguration(document(text), 'https://a.test', 't')
      return [discoveryUrl(issuer), discoveryUrl(jwksUri)]
    },
    refusals: ['unavailable'],
  }),
]
