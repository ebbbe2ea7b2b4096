import { X509Certificate } from 'node:crypto'
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { toBase64 } from '../../src/core/bytes.ts'
import { parseCertificate } from '../../src/core/x509/certificate.ts'
import { encodeProvisionerExtension } from '../../src/core/x509/provisioner-extension.ts'
import { provisionerOf } from '../builders/provisioner-extension.ts'
import { until } from '../cluster/harness/wait.ts'
import { freePort } from '../harness/free-port.ts'
import { browse } from './support/browser.ts'
import { initFolder, type CaFolder } from './support/ca-folder.ts'
import { startIdentityProvider, type IdentityProvider } from './support/identity-provider.ts'
import { startPostgres, type Postgres } from './support/postgres.ts'
import { words } from './support/programs.ts'
import { openSession, query } from './support/psql.ts'
import { serve } from './support/serve.ts'
import { stepHome, type StepHome } from './support/step-home.ts'
import { stepWithLogin } from './support/step-login.ts'
import { ensureGhostunnel, startTunnelEnd, type TunnelEnd } from './support/tunnel.ts'

// A database that is reached only through a tunnel, which lets in whom the identity provider vouches for:
// psql → ghostunnel with the person's certificate → ghostunnel with the server's → PostgreSQL on its socket.

const people = { jane: { email: 'jane@example.com' }, joe: { email: 'joe@example.com' } }
const oidcType = 2

let provider: IdentityProvider
let folder: CaFolder
let home: StepHome
let database: Postgres
let server: TunnelEnd
/** What the end of this file stops, the last first. */
const parts = new AsyncDisposableStack()

beforeAll(async () => {
  await ensureGhostunnel()
  provider = await startIdentityProvider(people)
  parts.defer(() => provider.stop())
  database = await startPostgres()
  parts.defer(() => database.stop())
  folder = await initFolder('signet')
  parts.defer(() => folder.remove())
  const authority = await serve('signet', folder, { config: await configWithPeople(), env: provider.env })
  parts.defer(async () => void (await authority.stop()))
  home = await stepHome(folder, folder.url, provider.env)
  parts.defer(() => home.remove())
  await issueByKey('db', 'db.test')
  writeFileSync(home.file('policy.rego'), policy)
  server = await startEnd('server', {
    target: `unix:${database.socket}`,
    ...filesOf('db'),
    'allow-policy': home.file('policy.rego'),
    'allow-query': 'data.tunnel.allow',
  })
}, 1_800_000)
afterAll(() => parts.disposeAsync())

/** Jane, if the provisioner `people` says so. Of a certificate the policy sees what Go's x509.Certificate holds. */
const policy = `package tunnel

import rego.v1

default allow := false

allow if {
  "jane@example.com" in input.certificate.EmailAddresses
  some extension in input.certificate.Extensions
  extension.Id == [1, 3, 6, 1, 4, 1, 37476, 9000, 64, 1]
  extension.Value == "${toBase64(
    encodeProvisionerExtension({ type: oidcType, name: 'people', credentialId: 'step', keyValuePairs: [] }).value,
  )}"
}
`

async function configWithPeople(): Promise<string> {
  const { authority } = JSON.parse(readFileSync(folder.config, 'utf8')) as { authority: { provisioners: object[] } }
  const listenAddress = `127.0.0.1:${await freePort()}`
  const oidc = { type: 'OIDC', name: 'people', ...provider.client, configurationEndpoint: provider.url, listenAddress }
  const claims = { minTLSCertDuration: '1s' }
  return folder.variant('people.json', {
    authority: { ...authority, claims, provisioners: [...authority.provisioners, oidc] },
  })
}

/** A certificate by the provisioner `ops`, whose key may vouch for any name. */
async function issueByKey(name: string, ...sans: readonly string[]): Promise<void> {
  const more = [...sans.flatMap((san) => ['--san', san]), '--provisioner', folder.provisioner.name]
  const password = ['--provisioner-password-file', folder.provisionerPasswordFile]
  const { status, stderr } = await home.step(
    ...words(`ca certificate ${name} ${name}.crt ${name}.key`),
    ...more,
    ...password,
  )
  if (status !== 0) throw new Error(stderr)
}

/** A certificate by a login, without a browser. */
async function issueByLogin(person: keyof typeof people, name: string, ...flags: readonly string[]): Promise<void> {
  const args = ['ca', 'certificate', person, home.file(`${name}.crt`), home.file(`${name}.key`), '--force']
  const { status, said } = await stepWithLogin(
    home,
    provider,
    [...args, ...words('--provisioner people'), ...flags],
    (address) => browse(address, { login: person, password: 'any' }, provider.root),
  )
  if (status !== 0) throw new Error(said)
}

function filesOf(name: string): Record<string, string> {
  return { cert: home.file(`${name}.crt`), key: home.file(`${name}.key`), cacert: folder.file('certs', 'root_ca.crt') }
}

async function startEnd(...args: Parameters<typeof startTunnelEnd>): Promise<TunnelEnd> {
  const end = await startTunnelEnd(...args)
  parts.defer(async () => void (await end.process.stop()))
  return end
}

/** The tunnel's other end, where the person is. */
function clientEnd(credentials: Readonly<Record<string, string>>): Promise<TunnelEnd> {
  const target = { target: `127.0.0.1:${server.port}`, 'override-server-name': 'db.test' }
  return startEnd('client', { ...target, ...credentials })
}

const certificate = (name: string): X509Certificate => new X509Certificate(home.text(`${name}.crt`))
const answer = { status: 0, stdout: 'owner\n', stderr: '' }

/** Asks through the tunnel, which is to be closed, and resolves to why, as the server's end says it. */
async function refusalOf(client: TunnelEnd): Promise<string> {
  const before = server.process.said().length
  const { status, stderr } = await query(client.port, 'select current_user')
  expect([status, stderr]).toEqual([2, expect.stringContaining('server closed the connection unexpectedly')])
  const reason = /error on TLS handshake from \S+: (.*)/
  await server.process.untilSaid(new RegExp(`^[^]{${before}}[^]*${reason.source}`))
  return reason.exec(server.process.said().slice(before))?.[1] ?? ''
}

describe('a database behind a tunnel', () => {
  it('is there for the person who logged in, by a certificate that names the provisioner', async () => {
    await issueByLogin('jane', 'jane')
    expect(provisionerOf(parseCertificate(certificate('jane').raw).extensions)).toEqual({
      type: oidcType,
      name: 'people',
      credentialId: 'step',
      keyValuePairs: [],
    })
    const { port } = await clientEnd(filesOf('jane'))
    expect(await query(port, 'select current_user')).toEqual(answer)
  })

  const notAllowed = 'unauthorized: invalid principal, or principal not allowed'

  it('is not there for another person', async () => {
    await issueByLogin('joe', 'joe')
    expect(await refusalOf(await clientEnd(filesOf('joe')))).toBe(notAllowed)
  })

  it('is not there for the same names by another provisioner', async () => {
    await issueByKey('double', 'jane@example.com', `${provider.url}#jane`)
    expect(certificate('double').subjectAltName).toBe(`email:jane@example.com, URI:${provider.url}#jane`)
    expect(await refusalOf(await clientEnd(filesOf('double')))).toBe(notAllowed)
  })

  it('is not there without a certificate', async () => {
    const { cacert = '' } = filesOf('jane')
    expect(await refusalOf(await clientEnd({ cacert, 'disable-authentication': '' }))).toBe(
      "tls: client didn't provide a certificate",
    )
  })

  it('is not there with one of another authority', async () => {
    const line = 'certificate create jane other.crt other.key --profile self-signed --subtle --no-password --insecure'
    expect((await home.step(...words(line), '--san', 'jane@example.com')).status).toBe(0)
    expect(await refusalOf(await clientEnd(filesOf('other')))).toContain('certificate signed by unknown authority')
  })
})

it('goes on after a renewal, and ends for whoever did not renew', async () => {
  await issueByLogin('jane', 'short', '--not-after', '20s')
  for (const kind of ['crt', 'key']) copyFileSync(home.file(`short.${kind}`), home.file(`old.${kind}`))
  const [renewing, resting] = [await clientEnd(filesOf('short')), await clientEnd(filesOf('old'))]
  const session = openSession(renewing.port)
  expect(await session.query('select current_user')).toBe('owner')
  expect(await query(resting.port, 'select current_user')).toEqual(answer)

  const end = Date.parse(certificate('old').validTo)
  await untilTime(end - 10_000)
  expect((await home.step(...words('ca renew --force short.crt short.key'))).status).toBe(0)
  await renewing.reload()
  await untilTime(end + 1000)

  expect(await query(renewing.port, 'select current_user')).toEqual(answer)
  expect(await refusalOf(resting)).toContain('certificate has expired or is not yet valid')
  expect(await session.query('select current_user')).toBe('owner')
  await session.end()
})

async function untilTime(time: number): Promise<void> {
  await until('the time to come', 30_000, () => (Date.now() >= time ? true : undefined), 50)
}
