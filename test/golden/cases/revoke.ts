import type { Json } from '../../../src/core/templates/template.ts'
import type { GoldenCase } from '../case.ts'
import type { TokenMark } from '../world.ts'

const posting = (name: string, body: Json, more: Partial<GoldenCase['request']> = {}): GoldenCase => ({
  name,
  request: { path: '/1.0/revoke', body, ...more },
})

/** A right request but for what is changed. */
function revoking(name: string, changes: Readonly<Record<string, Json>> = {}, claims: TokenMark['claims'] = {}) {
  const usual = { aud: 'https://localhost/1.0/revoke', sub: '1001' }
  const ott = { $token: { by: 'ops', claims: { ...usual, ...claims } } }
  return posting(name, { serial: '1001', ott, passive: true, ...changes })
}

const serial = { $serial: 'sign an RSA key' }

/** After those that sign and renew. */
export const revokeCases: readonly GoldenCase[] = [
  posting('revoke nothing', '', { path: '/revoke' }),
  posting('revoke no number', {}),
  posting('revoke what is no number', { serial: 'x', passive: true }),
  revoking('revoke for no known reason', { reasonCode: 11 }),
  revoking('revoke for a reason below all', { reasonCode: -1 }),
  revoking('revoke actively', { passive: false }),
  posting('revoke without a credential', { serial: '1001', passive: true }),
  revoking('revoke by a token for another certificate', {}, { sub: '1002' }),
  revoking('revoke by a token for signing', {}, { aud: 'https://localhost/1.0/sign' }),
  revoking('revoke by an expired token', {}, { exp: { $now: -120 } }),
  revoking('revoke a certificate that nobody knows', { reasonCode: 4, reason: 'replaced' }),
  revoking('revoke a certificate again'),
  revoking('revoke in hexadecimal', { serial: '0x3ea' }, { sub: '1002' }),
  posting(
    'revoke another certificate by mutual TLS',
    { serial: '1003', passive: true },
    { client: 'sign an Ed25519 key' },
  ),
  posting(
    'revoke by mutual TLS',
    { serial: { $serial: 'sign an Ed25519 key' }, reasonCode: 1, passive: true },
    { client: 'sign an Ed25519 key', path: '/revoke' },
  ),
  posting(
    'revoke by mutual TLS again',
    { serial: { $serial: 'sign an Ed25519 key' }, passive: true },
    { client: 'sign an Ed25519 key' },
  ),
  revoking('revoke what was issued', { serial, reasonCode: 5 }, { sub: serial }),
  {
    name: 'renew what was revoked',
    request: { method: 'POST', path: '/renew', client: 'sign an RSA key' },
  },
  {
    name: 'rekey what was revoked',
    request: { path: '/rekey', client: 'sign an RSA key', body: { csr: { $csr: { key: 'other' } } } },
  },
  { name: 'GET /crl', request: { path: '/crl' } },
  { name: 'GET /crl?pem', request: { path: '/crl?pem' } },
  { name: 'GET /1.0/crl', request: { path: '/1.0/crl' } },
]
