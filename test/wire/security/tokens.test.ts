import { createHmac, createPublicKey, generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { Agent } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { toBase64, utf8Bytes } from '../../../src/core/bytes.ts'
import { noNames } from '../../../src/core/names/names.ts'
import { encodePem } from '../../../src/core/pem.ts'
import { createName } from '../../../src/core/x509/name.ts'
import { anIntermediate, aRoot, pemOf, spkiOf, type TestLevel } from '../../builders/ca-material.ts'
import { aCsr, sharedKey } from '../../builders/csr.ts'
import { aProvisionerKey, aToken, forgersKey } from '../../builders/tokens.ts'
import { signedBy } from '../../builders/x509.ts'
import { startAuthority, type RunningAuthority } from '../../harness/running-authority.ts'
import { agentFor, send } from '../../harness/wire-client.ts'

/** Attacks with tokens by name. To the attacker every answer is the same; the log says what it was. */

const now = Date.now()
const hour = 3_600_000
const audience = 'https://localhost/1.0/sign'
const csr = encodePem('CERTIFICATE REQUEST', aCsr().der)
const [ops, other] = [aProvisionerKey('ops-key'), aProvisionerKey('other-key')]
const [root, strangeRoot] = [aRoot(now), aRoot(now)]
const intermediate = anIntermediate(root, now)
const providerKey = generateKeyPairSync('ec', { namedCurve: 'P-256' })

let provider: Server
let issuer: string
let ca: RunningAuthority
let agent: Agent

beforeAll(async () => {
  const jwk = { ...providerKey.publicKey.export({ format: 'jwk' }), kid: 'p' }
  provider = createServer(({ url }, response) => {
    response.end(JSON.stringify(url === '/keys' ? { keys: [jwk] } : { issuer, jwks_uri: `${issuer}/keys` }))
  })
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve))
  issuer = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`
  const provisioners = [
    { type: 'JWK', name: 'ops', key: ops.jwk },
    { type: 'JWK', name: 'other', key: other.jwk },
    { type: 'X5C', name: 'corp', roots: toBase64(utf8Bytes(pemOf(root))) },
    { type: 'OIDC', name: 'people', clientID: 'step', configurationEndpoint: issuer },
  ]
  ca = await startAuthority({ changes: { authority: { provisioners } } })
  agent = agentFor(ca.folder)
})
afterAll(async () => {
  agent.destroy()
  await ca.stop()
  provider.closeAllConnections()
  provider.close()
})

const sign = (ott: string) => send(agent, `${ca.url}/1.0/sign`, { body: JSON.stringify({ csr, ott }) })

/** Of tokens, which must not be older than the authority. */
const seconds = (): number => Math.floor(Date.now() / 1000)
const claims = (changes: object = {}): object => {
  const usual = { iss: 'ops', aud: audience, sub: 'web.test', sans: ['web.test'], iat: seconds(), exp: seconds() + 300 }
  return { ...usual, jti: randomUUID(), ...changes }
}
const jwkToken = (changes: object = {}, { privateKey, kid } = ops): string =>
  aToken(claims(changes), privateKey, { kid })

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
function authenticatedWith(secret: string | Buffer, header: object = { alg: 'HS256', kid: ops.kid }): string {
  const text = `${part(header)}.${part(claims())}`
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
}

function x5cToken({ issuer = intermediate, hoursLeft = 4, key = sharedKey, changes = {} }: X5cChanges = {}): string {
  const leaf = signedBy(issuer.certificate, issuer.key, {
    serial: '77',
    subject: createName({ commonName: 'machine' }),
    names: noNames,
    notBefore: now - 8 * hour,
    notAfter: now + hoursLeft * hour,
    spki: spkiOf(sharedKey),
    keyUsage: ['digitalSignature'],
    extKeyUsage: ['clientAuth'],
    extensions: [],
  })
  const x5c = [leaf, issuer.certificate].map(({ der }) => toBase64(der))
  return aToken(claims({ iss: 'corp', aud: `${audience}#x5c/corp`, ...changes }), key, { x5c })
}
type X5cChanges = {
  readonly issuer?: TestLevel
  readonly hoursLeft?: number
  readonly key?: KeyObject
  readonly changes?: object
}

const idToken = (changes: object): string =>
  aToken(
    { iss: issuer, aud: 'step', sub: 'jane', iat: seconds(), exp: seconds() + 300, ...changes },
    providerKey.privateKey,
    {
      kid: 'p',
    },
  )

const opsPublic = createPublicKey({ key: ops.jwk, format: 'jwk' })
const notOfKey = 'the token is not valid: algorithm (alg) is not one of the key'
const notSigned = 'the token is not valid: signature verification failed'
const otherParty = 'the authorized party (azp) of the token is not the client of its provisioner'
const notFound = (text: string): string => `provisioner not found or invalid audience (${text})`

type Attack = readonly [name: string, token: () => string, reason: string, message: string]
const attacks: readonly Attack[] = [
  [
    'confused provisioner: the key of another one, its own id',
    () => jwkToken({}, { ...other, kid: ops.kid }),
    'TokenInvalid',
    notSigned,
  ],
  [
    'confused provisioner: the name of one, the key id of another',
    () => jwkToken({}, other),
    'WrongAudience',
    notFound(audience),
  ],
  [
    'confused provisioner: the audience of an X5C one',
    () => jwkToken({ aud: `${audience}#x5c/corp` }),
    'TokenInvalid',
    'the token has no certificate chain (x5c)',
  ],
  [
    'confused provisioner: an X5C token for a JWK one',
    () => x5cToken({ changes: { iss: 'ops', aud: audience } }),
    'WrongAudience',
    notFound(audience),
  ],
  [
    'audience of another host',
    () => jwkToken({ aud: 'https://ca.test/1.0/sign' }),
    'WrongAudience',
    notFound('https://ca.test/1.0/sign'),
  ],
  [
    'audience of another host that begins as ours',
    () => jwkToken({ aud: 'https://localhost.evil.test/1.0/sign' }),
    'WrongAudience',
    notFound('https://localhost.evil.test/1.0/sign'),
  ],
  [
    'audience of another use',
    () => jwkToken({ aud: 'https://localhost/1.0/revoke' }),
    'WrongAudience',
    'the audience (aud) of the token is not for signing here',
  ],
  [
    'key confusion: HS256 with the public key in PEM',
    () => authenticatedWith(opsPublic.export({ type: 'spki', format: 'pem' })),
    'TokenInvalid',
    notOfKey,
  ],
  [
    'key confusion: HS256 with the public key in DER',
    () => authenticatedWith(opsPublic.export({ type: 'spki', format: 'der' })),
    'TokenInvalid',
    notOfKey,
  ],
  [
    'key confusion: HS256 with the public key in JWK',
    () => authenticatedWith(JSON.stringify(ops.jwk)),
    'TokenInvalid',
    notOfKey,
  ],
  ['alg none, with a signature', () => authenticatedWith('x', { alg: 'none', kid: ops.kid }), 'TokenInvalid', notOfKey],
  [
    'alg none, without a signature',
    () => `${part({ alg: 'none', kid: ops.kid })}.${part(claims())}.`,
    'TokenInvalid',
    'the token is not a JWT in compact form',
  ],
  ['alg None in other letters', () => authenticatedWith('x', { alg: 'nOnE', kid: ops.kid }), 'TokenInvalid', notOfKey],
  [
    'x5c with an untrusted chain',
    () => x5cToken({ issuer: anIntermediate(strangeRoot, now) }),
    'CertificateUntrusted',
    'certificate is signed by an unknown authority',
  ],
  [
    'x5c with an expired certificate',
    () => x5cToken({ hoursLeft: -4 }),
    'CertificateExpired',
    'certificate has expired',
  ],
  ['x5c with the certificate of somebody else', () => x5cToken({ key: forgersKey }), 'TokenInvalid', notSigned],
  ['azp mismatch: a token for another client', () => idToken({ azp: 'other' }), 'TokenInvalid', otherParty],
  [
    'azp mismatch: a token for both',
    () => idToken({ aud: ['step', 'other'], azp: 'other' }),
    'TokenInvalid',
    otherParty,
  ],
]

const masked = `${JSON.stringify({
  status: 401,
  message:
    'The request lacked necessary authorization to be completed. Please see the certificate authority logs for more info.',
})}\n`

async function outcomeOf(ott: string) {
  const { status, body, headers } = await sign(ott)
  const { err } = await ca.lineOf(String(headers['x-request-id']))
  return { status, body, reason: err?.reason, message: err?.message }
}

it.each(attacks)('%s', async (_, token, reason, message) => {
  expect(await outcomeOf(token())).toEqual({ status: 401, body: masked, reason, message })
})

it.each([
  ['JWK', () => jwkToken()],
  ['X5C', () => x5cToken()],
  ['OIDC', () => idToken({ azp: 'step' })],
])('token replay: %s', async (_, make) => {
  const token = make()
  expect(await outcomeOf(token)).toMatchObject({ status: 201, reason: undefined })
  const used = { status: 401, body: masked, reason: 'TokenReused', message: 'the token was used already' }
  expect(await outcomeOf(token)).toEqual(used)
})

it('tells none of these tokens to the log', () => {
  expect(JSON.stringify(ca.log)).not.toMatch(/eyJ[\w-]{20}/)
})
