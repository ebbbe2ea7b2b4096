import { generateKeyPairSync, randomUUID } from 'node:crypto'
import type { Agent } from 'node:https'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { encodePem } from '../../../src/core/pem.ts'
import { aCsr } from '../../builders/csr.ts'
import { aProvisionerKey, aToken } from '../../builders/tokens.ts'
import { startAuthority, type RunningAuthority } from '../../harness/running-authority.ts'
import { agentFor, aStepToken, send } from '../../harness/wire-client.ts'

/** No token, no key and no secret of ca.json reaches the log, wherever somebody puts it. `test/cluster` looks at Events. */

const secrets = {
  password: 'secret-of-the-key-file',
  clientSecret: 'secret-of-the-client',
  challenge: 'secret-of-scep',
  decrypterKeyPassword: 'secret-of-the-decrypter',
  encryptedKey: 'secret.of.the.key.encrypted',
}
const ops = aProvisionerKey('ops-key')
const provisioners = [
  { type: 'JWK', name: 'ops', key: ops.jwk, encryptedKey: secrets.encryptedKey },
  {
    type: 'OIDC',
    name: 'people',
    clientID: 'c',
    clientSecret: secrets.clientSecret,
    configurationEndpoint: 'http://127.0.0.1:1',
  },
  { type: 'SCEP', name: 'scep', challenge: secrets.challenge, decrypterKeyPassword: secrets.decrypterKeyPassword },
  { type: 'AWS', name: 'aws' },
  { type: 'GCP', name: 'gcp' },
  { type: 'Azure', name: 'azure', tenantID: 't' },
]
const changes = { authority: { provisioners }, crl: { enabled: true }, signet: { ocsp: { enabled: true } } }
const privateKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
  type: 'pkcs8',
  format: 'pem',
})

let ca: RunningAuthority
let agent: Agent

beforeAll(async () => {
  ca = await startAuthority({ changes })
  agent = agentFor(ca.folder)
})
afterAll(async () => {
  agent.destroy()
  await ca.stop()
})

const csr = encodePem('CERTIFICATE REQUEST', aCsr({ subject: { commonName: 'web.test' }, sans: ['web.test'] }).der)
const opsToken = (claims: object = {}): string =>
  aStepToken({ provisioner: { name: 'ops', kid: ops.kid, key: ops.privateKey } }, claims as Record<string, unknown>)

/** A token for each kind of provisioner, and for each use. */
const tokens: Readonly<Record<string, () => string>> = {
  JWK: () => opsToken(),
  'JWK, for revoking': () => opsToken({ aud: 'https://localhost/1.0/revoke', sub: '77' }),
  OIDC: () => aToken({ iss: 'https://p.test', aud: 'c', sub: 's' }, ops.privateKey),
  AWS: () =>
    aToken(
      { aud: 'https://localhost/1.0/sign#aws/aws', amazon: { document: 'e30=', signature: 'AA==' } },
      ops.privateKey,
    ),
  GCP: () => aToken({ aud: 'https://localhost/1.0/sign#gcp/gcp', google: {} }, ops.privateKey),
  Azure: () => aToken({ aud: 'https://management.azure.com/', tid: 't', jti: randomUUID() }, ops.privateKey),
  SCEP: () => aToken({ aud: 'https://localhost/1.0/sign#scep/scep' }, ops.privateKey),
  'X5C, for renewing': () => aToken({ aud: 'https://localhost/renew' }, ops.privateKey, { x5cInsecure: ['AAAA'] }),
}

/** As a header can have it. */
const onOneLine = (secret: string): string => secret.replaceAll('\n', '')

type Place = (secret: string) => {
  readonly path: string
  readonly body?: object
  readonly headers?: Record<string, string>
}
/** Where secrets come, and where they do not belong. */
const places: Readonly<Record<string, Place>> = {
  'token to sign': (ott) => ({ path: '/1.0/sign', body: { csr, ott } }),
  'token to revoke': (ott) => ({ path: '/1.0/revoke', body: { serial: '77', ott, passive: true } }),
  'serial to revoke': (serial) => ({ path: '/1.0/revoke', body: { serial, ott: opsToken(), passive: true } }),
  'reason to revoke': (reason) => ({ path: '/1.0/revoke', body: { serial: '77', ott: 'x', reason, passive: true } }),
  CSR: (secret) => ({ path: '/1.0/sign', body: { csr: secret, ott: 'x' } }),
  time: (notAfter) => ({ path: '/1.0/sign', body: { csr, ott: 'x', notAfter } }),
  bearer: (secret) => ({ path: '/1.0/renew', body: {}, headers: { authorization: `Bearer ${onOneLine(secret)}` } }),
  'OCSP request': (secret) => ({ path: `/ocsp/${encodeURIComponent(secret)}` }),
  root: (secret) => ({ path: `/root/${encodeURIComponent(secret)}` }),
  query: (secret) => ({
    path: `/provisioners?cursor=${encodeURIComponent(secret)}&limit=${encodeURIComponent(secret)}`,
  }),
  'user agent and id': (secret) => {
    const plain = onOneLine(secret)
    return { path: '/health', headers: { 'user-agent': plain, 'x-request-id': plain.slice(0, 128) } }
  },
}

const leak = /eyJ[\w-]{20}|PRIVATE KEY|secret[-.]of/
const logged = (): string => ca.log.map((line) => JSON.stringify(line)).join('\n')

async function put(place: Place, secret: string): Promise<void> {
  const { path, body, headers = {} } = place(secret)
  const before = ca.log.length
  await send(agent, `${ca.url}${path}`, { headers, ...(body && { body: JSON.stringify(body) }) })
  // Not by its id, which may be one of the secrets.
  await vi.waitFor(() => expect(ca.log.length).toBeGreaterThan(before))
}

it.each(Object.entries(places))('%s', async (_, place) => {
  for (const token of [...Object.values(tokens), () => String(privateKey)]) await put(place, token())
  expect(logged().match(leak)).toBeNull()
})

it('ca.json that is broken, of which the secrets are a part', async () => {
  for (const broken of [
    { ...changes, password: secrets.password, crt: '/nowhere' },
    { ...changes, authority: { provisioners: provisioners.map((each) => ({ ...each, name: 7 })) } },
    {
      ...changes,
      authority: { provisioners: [{ type: 'OIDC', name: 'x', clientSecret: { is: secrets.clientSecret } }] },
    },
    { ...changes, password: [secrets.password] },
  ]) {
    await expect(ca.reconfigure(broken)).rejects.toMatchObject({ code: 'malformed' })
  }
  expect(logged()).toContain('the configuration was not applied')
  expect(logged().match(leak)).toBeNull()
})

it('the listing of provisioners, but for what step needs to log in', async () => {
  const { body } = await send(agent, `${ca.url}/provisioners`)
  const shown = Object.entries(secrets).filter(([, secret]) => body.includes(secret))
  expect(shown.map(([name]) => name)).toEqual(['clientSecret', 'encryptedKey'])
})

it('would be seen', () => {
  for (const secret of [
    ...Object.values(tokens).map((token) => token()),
    String(privateKey),
    ...Object.values(secrets),
  ]) {
    expect(secret).toMatch(leak)
  }
})
