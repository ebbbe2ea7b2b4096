import type { Json } from '../../../src/core/templates/template.ts'
import type { Difference, GoldenCase } from '../case.ts'
import { masked } from '../case.ts'
import type { CsrMark, TokenMark } from '../world.ts'

type Wish = {
  readonly csr?: CsrMark
  readonly by?: string
  readonly claims?: TokenMark['claims']
  readonly token?: Partial<TokenMark>
  readonly x5c?: TokenMark['claims']
  readonly body?: Readonly<Record<string, Json>>
  readonly path?: string
  readonly wait?: number
  readonly difference?: Difference
}

const web: CsrMark = { commonName: 'web.test' }
const four = ['web.test', '10.1.2.3', 'a@b.test', 'spiffe://a/b']

/** A request to sign, by a token for `web.test` unless said otherwise. */
export function signing(name: string, wish: Wish = {}): GoldenCase {
  const { csr = web, by = 'ops', claims, token, x5c, body, path = '/1.0/sign', wait, difference } = wish
  const ott = x5c ? { $x5cToken: { by: 'corp', claims: x5c } } : { $token: { by, ...(claims && { claims }), ...token } }
  return {
    name,
    request: { path, body: { csr: { $csr: csr }, ott, ...body } },
    ...(wait !== undefined && { wait }),
    ...(difference && { difference }),
  }
}

const posting = (name: string, body: Json): GoldenCase => ({ name, request: { path: '/sign', body } })

const issued: readonly GoldenCase[] = [
  signing('sign web.test', { path: '/sign' }),
  signing('sign names of all kinds', { csr: { commonName: 'web.test', sans: four }, claims: { sans: four } }),
  signing('sign an RSA key', { csr: { ...web, key: 'RSA-2048' } }),
  signing('sign an Ed25519 key', { csr: { ...web, key: 'Ed25519' } }),
  signing('sign a P-521 key', { csr: { ...web, key: 'P-521' } }),
  signing('sign for a duration', { body: { notAfter: '1h' } }),
  signing('sign from and to', { body: { notBefore: { $time: 3600 }, notAfter: { $time: 7200 } } }),
  signing('sign the CSR of the confirmation', { claims: { cnf: { 'x5rt#S256': { $fingerprint: web } } } }),
  signing('sign for the holder of a certificate', { x5c: {} }),
  signing('sign by a template', { by: 'templated', body: { templateData: { team: 'shop' } } }),
  signing('sign for who may not renew', { by: 'fixed' }),
  signing('sign for a minute', { by: 'short', body: { notAfter: '61s' } }),
  signing('sign for a minute, renewable afterwards', { by: 'late', body: { notAfter: '61s' } }),
  signing('sign for later', { body: { notBefore: '1h', notAfter: '1h' } }),
]

const malformed: readonly GoldenCase[] = [
  posting('sign nothing', ''),
  posting('sign what is no JSON', '{'),
  posting('sign no CSR', {}),
  posting('sign a CSR that is none', { csr: 'x', ott: 'x' }),
  posting('sign without a token', { csr: { $csr: web } }),
  posting('sign for no duration', { csr: { $csr: web }, ott: 'x', notAfter: 'tomorrow' }),
  signing('sign a CSR that its key did not sign', { csr: { ...web, broken: true } }),
]

const beyondToken: readonly GoldenCase[] = [
  signing('sign another common name', { csr: { commonName: 'db.test' } }),
  signing('sign another DNS name', { csr: { ...web, sans: ['db.test'] } }),
  signing('sign another IP address', { csr: { ...web, sans: ['10.0.0.1'] } }),
  signing('sign another e-mail address', { csr: { ...web, sans: ['a@b.test'] } }),
  signing('sign another URI', { csr: { ...web, sans: ['spiffe://a/b'] } }),
  signing('sign another CSR than that of the confirmation', { claims: { cnf: { 'x5rt#S256': 'AAAA' } } }),
  signing('sign a short RSA key', {
    csr: { ...web, key: 'RSA-1024' },
    difference: {
      row: 'RSA below 2048 bits: 403',
      ours: {
        status: 400,
        body: {
          status: 400,
          message:
            'The request could not be completed: certificate request RSA key must be at least 2048 bits (256 bytes).',
        },
      },
    },
  }),
]

const durations: readonly GoldenCase[] = [
  signing('sign for too short a time', { body: { notAfter: '3m' } }),
  signing('sign for too long a time', { body: { notAfter: '48h' } }),
  signing('sign until the past', { body: { notAfter: '2020-01-01T00:00:00Z' } }),
  signing('sign until before the begin', { body: { notBefore: '2h', notAfter: { $time: 3600 } } }),
  signing('sign from before the credential', { x5c: {}, body: { notBefore: { $time: -7200 }, notAfter: '1h' } }),
  signing('sign until after the credential', { x5c: {}, body: { notAfter: '20h' } }),
]

const failed = 'a token for a provisioner that failed'

const tokens: readonly GoldenCase[] = [
  posting('sign by what is no token', { csr: { $csr: web }, ott: 'x.y.z' }),
  signing('sign by an expired token', { claims: { exp: { $now: -120 } } }),
  signing('sign by a token of tomorrow', { claims: { nbf: { $now: 3600 } } }),
  signing('sign by a token made in the future', { claims: { iat: { $now: 3600 } } }),
  signing('sign by a token from before the authority', { claims: { iat: { $now: -3600 } } }),
  signing('sign by a token without subject', { claims: { sub: '' } }),
  signing('sign by a token of another issuer', { claims: { iss: 'nobody' } }),
  signing('sign by a token for another authority', { claims: { aud: 'https://elsewhere.test/1.0/sign' } }),
  signing('sign by a token for revocation', { claims: { aud: 'https://localhost/1.0/revoke' } }),
  signing('sign by a token of another key', { token: { key: 'client' } }),
  signing('sign by an X5C token without its fragment', { x5c: { aud: 'https://localhost/1.0/sign' } }),
  signing('sign once', { claims: { jti: 'the same' } }),
  signing('sign twice by one token', { claims: { jti: 'the same' } }),
  signing('sign by a token for a provisioner that failed', {
    by: 'fog',
    claims: { aud: 'https://localhost/1.0/sign#nebula/fog' },
    difference: { row: failed, ours: masked },
  }),
  signing('sign by a token for an ACME provisioner', {
    by: 'acme',
    claims: { aud: 'https://localhost/1.0/sign#acme/acme' },
    difference: { row: failed, ours: masked },
  }),
]

const templates: readonly GoldenCase[] = [
  signing('sign by a template that fails', { by: 'failing' }),
  signing('sign by a template that stumbles', { by: 'stumbling' }),
  signing('sign by a template that renders no JSON', { by: 'garbled' }),
]

export const signCases: readonly GoldenCase[] = [
  ...issued,
  ...malformed,
  ...beyondToken,
  ...durations,
  ...tokens,
  ...templates,
]
