import type { Json } from '../../../src/core/templates/template.ts'
import { masked, type Answer, type GoldenCase } from '../case.ts'
import type { RenewTokenMark } from '../world.ts'

type More = Partial<Omit<GoldenCase, 'name' | 'request'>>

const byTls = (name: string, client: string, path = '/1.0/renew', more: More = {}): GoldenCase => ({
  name,
  request: { method: 'POST', path, client },
  ...more,
})

const byToken = (name: string, mark: Partial<RenewTokenMark> = {}, more: More = {}): GoldenCase => ({
  name,
  request: { method: 'POST', path: '/renew', bearer: { $renewToken: { of: 'sign web.test', ...mark } } },
  ...more,
})

const rekeying = (name: string, body: Json, path = '/1.0/rekey', client = 'sign web.test'): GoldenCase => ({
  name,
  request: { path, body, client },
})

const doubtful: More = { difference: { row: 'a renew token of doubtful signature', ours: masked } }

const claimRow = 'with 401 for `aud`'
const invalidClaim = (claim: string): Partial<Answer> => ({
  status: 401,
  body: { status: 401, message: `error validating renew token: invalid ${claim}` },
})

const expired: Answer = {
  status: 401,
  headers: ['content-type: application/json', 'x-request-id: new'],
  body: {
    status: 401,
    message: 'The request lacked necessary authorization to be completed: certificate expired on (time)',
  },
}

/** After those that sign. */
export const renewCases: readonly GoldenCase[] = [
  byTls('renew by mutual TLS', 'sign web.test', '/renew'),
  byTls('re-sign by mutual TLS', 'sign web.test', '/re-sign'),
  byTls('re-sign names of all kinds', 'sign names of all kinds', '/1.0/re-sign'),
  byTls('renew an RSA key', 'sign an RSA key'),
  byTls('renew what a template made', 'sign by a template'),
  byTls('renew for who may not', 'sign for who may not renew'),
  { name: 'renew without a certificate', request: { method: 'POST', path: '/renew' } },
  byToken('renew by token'),
  byToken('renew by a token of another subject', { claims: { sub: 'db.test' } }),
  byToken('renew by a token of tomorrow', { claims: { nbf: { $now: 3600 } } }),
  byToken('renew by an expired token', { claims: { exp: { $now: -120 } } }),
  byToken('renew by a token made in the future', { claims: { iat: { $now: 3600 } } }),
  byToken(
    'renew by a token for signing',
    { claims: { aud: 'https://localhost/1.0/sign' } },
    { difference: { row: claimRow, ours: invalidClaim('audience claim (aud)') } },
  ),
  byToken(
    'renew by a token of another issuer',
    { claims: { iss: 'nobody' } },
    { difference: { row: claimRow, ours: invalidClaim('issuer claim (iss)') } },
  ),
  byToken('renew by a token of another key', { key: 'other' }, doubtful),
  byToken('renew by a token without a chain', { header: { x5cInsecure: null } }, doubtful),
  byToken('renew twice by one token', { claims: { jti: 'renewed' } }),
  byToken('renew twice by one token, again', { claims: { jti: 'renewed' } }),
  byToken('renew before the begin', { of: 'sign for later' }),
  { name: 'renew by what is no token', request: { method: 'POST', path: '/renew', bearer: 'x.y.z' }, ...doubtful },
  // step-ca verifies the chain as of a minute before the end, when an authority that was just made must have been there.
  byToken('renew after the end', { of: 'sign for a minute' }, { wait: 63 }),
  byToken('renew after the end where it is allowed', { of: 'sign for a minute, renewable afterwards' }),
  byTls('renew after the end by mutual TLS', 'sign for a minute', '/1.0/renew', {
    difference: { row: 'an expired certificate: no handshake', ours: expired },
  }),
  rekeying('rekey', { csr: { $csr: { commonName: 'other.test', key: 'other' } } }, '/rekey'),
  rekeying('rekey for a key of another kind', { csr: { $csr: { key: 'P-384' } } }),
  rekeying('rekey nothing', ''),
  rekeying('rekey no CSR', {}),
  rekeying('rekey a CSR that is none', { csr: 'x' }),
  rekeying('rekey a CSR that its key did not sign', { csr: { $csr: { key: 'other', broken: true } } }),
  rekeying('rekey for who may not', { csr: { $csr: { key: 'other' } } }, '/rekey', 'sign for who may not renew'),
  { name: 'rekey without a certificate', request: { path: '/rekey', body: {} } },
]
