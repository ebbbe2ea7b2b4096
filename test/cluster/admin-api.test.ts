import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { makeProvisionerKey } from '../../src/cli/init/provisioner-key.ts'
import { noon } from '../builders/authority.ts'
import { aRoot, pemOf } from '../builders/ca-material.ts'
import { startConnectProxy, type ConnectProxy } from '../harness/connect-proxy.ts'
import { render, type Rendered } from '../unit/chart/render.ts'
import { createKubectl } from './harness/kubectl.ts'
import { tryRun, type RunResult } from './harness/run.ts'
import { ensureTool } from './harness/tools.ts'
import { authorityAccess, type AuthorityAccess } from './support/authority.ts'

/** The real `step ca provisioner` and `step ca admin` from outside, at the authority of the cluster. */

const { kubectl: binary, kubeconfig } = inject('cluster')
const kubectl = createKubectl(binary, kubeconfig)
const authority = 'authorities.signet.dev/signet'
const provisioners = 'provisioners.signet.dev'
const password = 'a password of this test'

let folder: string
let step: string
let access: AuthorityAccess
let proxy: ConnectProxy
let rights: Rendered[]

beforeAll(async () => {
  step = await ensureTool('step')
  folder = mkdtempSync(join(tmpdir(), 'signet-admin-api-'))
  access = await authorityAccess(kubectl)
  proxy = await startConnectProxy(access.address, 443)
  writeFileSync(file('password'), password)
  writeFileSync(file('roots.pem'), access.roots)
  writeFileSync(file('corp.crt'), pemOf(aRoot(noon)))
  rights = (await render('adminAPI.authorities={signet}')).filter(
    ({ metadata }) => metadata.name === 'signet-authority-admin',
  )
  const { key, encryptedKey } = await makeProvisionerKey(password)
  await kubectl.apply([...rights, provisioner('ops', { type: 'JWK', jwk: { key, encryptedKey } })])
  await kubectl.waitFor('default', `${provisioners}/ops`, 'condition=Ready')
  await setAdmin({ provisioner: 'ops' })
})
afterAll(async () => {
  await setAdmin(null)
  await kubectl(['delete', provisioners, 'ops', 'corp', 'team', 'kept', '--ignore-not-found'])
  for (const { kind, metadata } of rights) await kubectl(['delete', kind, metadata.name, '--ignore-not-found'])
  proxy.stop()
  rmSync(folder, { recursive: true, force: true })
})

const file = (name: string): string => join(folder, name)
const provisioner = (name: string, spec: object, labels = {}) => ({
  apiVersion: 'signet.dev/v1',
  kind: 'Provisioner',
  metadata: { name, labels },
  spec,
})

/** Its pod is made anew; resolves when the new one serves. */
async function setAdmin(admin: object | null): Promise<void> {
  const patch = JSON.stringify({ spec: { admin } })
  const before = await podUid()
  await kubectl(['patch', authority, '--type=merge', '-p', patch])
  await kubectl.eventually('signet-system', 'a new pod of the authority', 60_000, async () =>
    (await podUid()) === before ? undefined : true,
  )
  await kubectl.waitFor('signet-system', 'pod/signet-0', 'condition=Ready')
}

async function podUid(): Promise<string | undefined> {
  const { status, stdout } = await kubectl.try([
    'get',
    'pod',
    'signet-0',
    '-n',
    'signet-system',
    '-o',
    'jsonpath={.metadata.uid}',
  ])
  return status === 0 && stdout !== '' ? stdout : undefined
}

const words = (line: string): string[] => line.split(' ')
const place = (): string[] => ['--ca-url', `https://${access.name}`, '--root', file('roots.pem')]
const run = (args: readonly string[]): Promise<RunResult> =>
  tryRun(step, [...args], {
    env: { STEPPATH: file('.step'), HTTPS_PROXY: proxy.url },
    cwd: folder,
    timeoutMs: 30_000,
  })

/** As the super admin that the Authority names. */
const administer = (line: string): Promise<RunResult> => {
  const who = ['--admin-provisioner', 'ops', '--admin-subject', 'step', '--admin-password-file', file('password')]
  return run(['ca', ...words(line), ...who, ...place()])
}

describe('the admin API of the authority of a cluster', () => {
  it('gives its ServiceAccount no right that it does not need', async () => {
    const as = ['--as', 'system:serviceaccount:signet-system:signet']
    const may = async (verb: string, resource: string): Promise<string> =>
      (await kubectl.try(['auth', 'can-i', verb, resource, ...as])).stdout.trim()
    for (const verb of ['list', 'create', 'update', 'delete']) expect(await may(verb, provisioners)).toBe('yes')
    for (const verb of ['watch', 'patch', 'deletecollection']) expect(await may(verb, provisioners)).toBe('no')
    for (const kind of ['authorities.signet.dev', 'certificatepolicies.signet.dev', 'certificates.signet.dev']) {
      expect([kind, await may('update', kind)]).toEqual([kind, 'no'])
    }
  })

  it('makes a Provisioner of what step adds, which is in force when step has ended', async () => {
    const added = await administer('provisioner add team --create --password-file password --x509-default-dur 1h')
    expect([added.status, added.stderr]).toEqual([0, expect.any(String)])
    expect(await kubectl.get(`${provisioners}/team`)).toMatchObject({
      metadata: { annotations: { 'signet.dev/provisioner-id': expect.any(String) as string } },
      spec: { type: 'JWK', authorityRef: { name: 'signet' }, claims: { defaultTLSCertDuration: '1h0m0s' } },
    })
    const login = ['--provisioner', 'team', '--provisioner-password-file', file('password')]
    const issued = await run([...words('ca certificate web.test web.crt web.key --force'), ...login, ...place()])
    expect([issued.status, issued.stderr]).toEqual([0, expect.stringContaining('web.crt')])
    const { subjectAltName, validFrom, validTo } = new X509Certificate(readFileSync(file('web.crt')))
    expect(subjectAltName).toBe('DNS:web.test')
    expect(Date.parse(validTo) - Date.parse(validFrom)).toBe(61 * 60_000)
  })

  it('changes it', async () => {
    const { status } = await administer('provisioner update team --disable-renewal')
    expect(status).toBe(0)
    const { spec } = await kubectl.get<{ spec: { claims: object } }>(`${provisioners}/team`)
    expect(spec.claims).toEqual({ defaultTLSCertDuration: '1h0m0s', disableRenewal: true })
  })

  it('lists what is served', async () => {
    const { stdout } = await run(['ca', 'provisioner', 'list', ...place()])
    const listed = (JSON.parse(stdout) as { name: string }[]).map(({ name }) => name)
    expect(listed).toEqual(expect.arrayContaining(['kubernetes', 'ops', 'team']))
  })

  it('adds one of another type, and removes it', async () => {
    expect((await administer('provisioner add corp --type X5C --x5c-roots corp.crt')).status).toBe(0)
    expect(await kubectl.get(`${provisioners}/corp`)).toMatchObject({
      spec: { type: 'X5C', x5c: { roots: readFileSync(file('corp.crt'), 'utf8') } },
    })
    expect((await administer('provisioner remove corp')).status).toBe(0)
    expect((await kubectl.try(['get', `${provisioners}/corp`])).stderr).toContain('not found')
  })

  it('leaves alone what is kept elsewhere', async () => {
    const { key } = await makeProvisionerKey(password)
    await kubectl.apply([provisioner('kept', { type: 'JWK', jwk: { key } }, { 'signet.dev/managed': 'gitops' })])
    await kubectl.waitFor('default', `${provisioners}/kept`, 'condition=Ready')
    const byLabel = await administer('provisioner update kept --disable-renewal')
    expect([byLabel.status, byLabel.stderr]).toEqual([
      1,
      expect.stringContaining('Provisioner kept is kept elsewhere (label signet.dev/managed=gitops): change it there'),
    ])
    const last = await administer('provisioner remove ops')
    expect([last.status, last.stderr]).toEqual([1, expect.stringContaining('no super admins will remain')])
    const ofChart = await administer('provisioner remove kubernetes')
    expect([ofChart.status, ofChart.stderr]).toEqual([
      1,
      expect.stringContaining(
        'Provisioner kubernetes is kept elsewhere (field manager "signet-operator"): change it there',
      ),
    ])
  })

  it('refuses what cannot be an object, in words of the cluster', async () => {
    const named = await administer('provisioner add you@example.com --create --password-file password')
    expect([named.status, named.stderr]).toEqual([
      1,
      expect.stringContaining('the name of a provisioner is that of an object'),
    ])
    const typed = await administer('provisioner add acme --type ACME')
    expect([typed.status, typed.stderr]).toEqual([
      1,
      expect.stringContaining('provisioners of type ACME are not kept in a cluster'),
    ])
    const policy = await administer('policy authority x509 allow dns *.example.com')
    expect([policy.status, policy.stderr]).toEqual([1, expect.stringContaining('spec.policy of Authority signet')])
  })

  it('keeps admins, but the one that the Authority names, who stays', async () => {
    expect((await administer('admin add jane@example.com ops')).status).toBe(0)
    const listed = await administer('admin list')
    expect(listed.stdout).toMatch(/step\s+ops \(JWK\)\s+SUPER_ADMIN/)
    expect(listed.stdout).toMatch(/jane@example\.com\s+ops \(JWK\)\s+ADMIN/)
    const removed = await administer('admin remove step')
    expect([removed.status, removed.stderr]).toEqual([1, expect.stringContaining('cannot remove the last super admin')])
    expect((await administer('admin remove jane@example.com')).status).toBe(0)
  })
})
