import { generateKeyPairSync, X509Certificate } from 'node:crypto'
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
import { additions } from './support/added-provisioners.ts'
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
  writeFileSync(file('leaf.tpl'), '{"subject": {"organization": {{ toJson .team }}}, "sans": {{ toJson .SANs }}}')
  writeFileSync(file('leaf.json'), JSON.stringify({ team: 'payments', note: '', strict: false }))
  rights = (await render('adminAPI.authorities={signet}')).filter(
    ({ metadata }) => metadata.name === 'signet-authority-admin',
  )
  const { key, encryptedKey } = await makeProvisionerKey(password)
  await kubectl.apply([provisioner('ops', { type: 'JWK', jwk: { key, encryptedKey } })])
  await kubectl.waitFor('default', `${provisioners}/ops`, 'condition=Ready')
  await setAdmin({ provisioner: 'ops' })
})
afterAll(async () => {
  await setAdmin(null)
  const made = ['ops', 'team', 'second', 'kept', ...additions.map(([name]) => name)]
  await kubectl(['delete', provisioners, ...made, '--ignore-not-found'])
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

/** `yes` or `no`: may the ServiceAccount of the authority? */
async function may(verb: string, resource: string): Promise<string> {
  const as = ['--as', 'system:serviceaccount:signet-system:signet']
  return (await kubectl.try(['auth', 'can-i', verb, resource, ...as])).stdout.trim()
}

const refusal = (message: string) => [1, expect.stringContaining(message)]

describe('the admin API of the authority of a cluster', () => {
  it('may do nothing as long as the chart does not list the Authority, and says so', async () => {
    for (const verb of ['list', 'create', 'update', 'delete']) expect(await may(verb, provisioners)).toBe('no')
    const { status, stderr } = await administer('admin list')
    expect([status, stderr]).toEqual(refusal('please try again; please see the certificate authority logs'))
    expect(await kubectl(['logs', 'signet-0', '-n', 'signet-system'])).toContain(
      "this authority may not read and write Provisioner objects: add signet to the chart's adminAPI.authorities",
    )
    await kubectl.apply(rights)
    await kubectl.eventually('signet-system', 'an answer to an admin', 30_000, async () =>
      (await administer('admin list')).status === 0 ? true : undefined,
    )
  })

  it('gives its ServiceAccount no right that it does not need', async () => {
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
      spec: { type: 'JWK', authorityRef: { name: 'signet' }, claims: { defaultTLSCertDuration: '1h0m0s' } },
      status: { conditions: [{ type: 'Ready', status: 'True' }] },
    })
    const login = ['--provisioner', 'team', '--provisioner-password-file', file('password')]
    const issued = await run([...words('ca certificate web.test web.crt web.key --force'), ...login, ...place()])
    expect([issued.status, issued.stderr]).toEqual([0, expect.stringContaining('web.crt')])
    const { subjectAltName, validFrom, validTo } = new X509Certificate(readFileSync(file('web.crt')))
    expect(subjectAltName).toBe('DNS:web.test')
    expect(Date.parse(validTo) - Date.parse(validFrom)).toBe(61 * 60_000)
  })

  it('changes it, again and again', async () => {
    expect((await administer('provisioner update team --disable-renewal')).status).toBe(0)
    const values = '--x509-template leaf.tpl --x509-template-data leaf.json'
    expect((await administer(`provisioner update team ${values}`)).status).toBe(0)
    const { spec } = await kubectl.get<{ spec: object }>(`${provisioners}/team`)
    expect(spec).toMatchObject({
      claims: { defaultTLSCertDuration: '1h0m0s', disableRenewal: true },
      x509: {
        template: readFileSync(file('leaf.tpl'), 'utf8'),
        templateData: { team: 'payments', note: '', strict: false },
      },
    })
    const login = ['--provisioner', 'team', '--provisioner-password-file', file('password')]
    await run([...words('ca certificate web.test web.crt web.key --force'), ...login, ...place()])
    expect(new X509Certificate(readFileSync(file('web.crt'))).subject).toBe('O=payments')
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

  it.each(additions)('adds %s: %s', async (name, line, spec) => {
    const { status, stderr } = await administer(`provisioner add ${name} ${line}`)
    expect([status, stderr]).toEqual([0, expect.any(String)])
    const object = await kubectl.get<{ spec: object; status: object }>(`${provisioners}/${name}`)
    expect(object.spec).toEqual({ authorityRef: { name: 'signet' }, ...spec })
    expect(object.status).toMatchObject({ conditions: [{ type: 'Ready', status: 'True' }] })
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

  const jwk = '--create --password-file password'
  it.each([
    [`provisioner add you@example.com ${jwk}`, 'the name of a provisioner is that of an object'],
    ['provisioner add acme --type ACME', 'provisioners of type ACME are not kept in a cluster'],
    ['provisioner add kube --type K8sSA --public-key sa.pub', 'make the Provisioner object by kubectl'],
    [`provisioner add flawed ${jwk} --ssh-template leaf.tpl`, 'templates for SSH are not served'],
    [`provisioner add flawed ${jwk} --ssh-user-max-dur 1h`, 'unknown field "spec.claims.maxUserSSHCertDuration"'],
    ['provisioner webhook add team hook --url https://127.0.0.1:1', 'type JWK cannot have this: options.webhooks'],
    ['acme eab add team', 'error getting ACME details'],
    ['policy authority x509 allow dns *.example.com', 'spec.policy of Authority signet: change them there'],
  ])('refuses what objects cannot say: %s', async (line, message) => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    writeFileSync(file('sa.pub'), publicKey.export({ type: 'spki', format: 'pem' }))
    const { status, stderr } = await administer(line)
    expect([status, stderr]).toEqual(refusal(message))
  })

  it('shows the rules about names that the Authority has, and leaves them to it', async () => {
    const none = await administer('policy authority view')
    expect(`${none.stdout}${none.stderr}`).toContain('does not exist')
    const setPolicy = (policy: object | null) =>
      kubectl(['patch', authority, '--type=merge', '-p', JSON.stringify({ spec: { policy } })])
    await setPolicy({ x509: { deny: { dns: ['*.evil.example.com'] } } })
    await kubectl.eventually('signet-system', 'the rules of the Authority', 60_000, async () =>
      (await administer('policy authority view')).stdout.includes('*.evil.example.com') ? true : undefined,
    )
    const removed = await administer('policy authority remove')
    expect([removed.status, removed.stderr]).toEqual(refusal('spec.policy of Authority signet: change them there'))
    await setPolicy(null)
    await kubectl.eventually('signet-system', 'no rules', 60_000, async () =>
      (await administer('policy authority view')).stdout.includes('evil') ? undefined : true,
    )
  })

  it('keeps admins, but the one that the Authority names, who stays', async () => {
    expect((await administer('admin add jane@example.com ops')).status).toBe(0)
    const listed = await administer('admin list')
    expect(listed.stdout).toMatch(/step\s+ops \(JWK\)\s+SUPER_ADMIN/)
    expect(listed.stdout).toMatch(/jane@example\.com\s+ops \(JWK\)\s+ADMIN/)
    const last = await administer('admin remove step')
    expect([last.status, last.stderr]).toEqual(refusal('cannot remove the last super admin'))
    expect((await administer('admin update jane@example.com --super')).status).toBe(0)
    const removed = await administer('admin remove step')
    expect([removed.status, removed.stderr]).toEqual(refusal('this admin is spec.admin of Authority signet: change it'))
    expect((await administer('admin remove jane@example.com')).status).toBe(0)
  })

  it('gives admins of a Provisioner to no other of its name', async () => {
    expect((await administer(`provisioner add second ${jwk}`)).status).toBe(0)
    expect((await administer('admin add jane@example.com second')).status).toBe(0)
    expect((await administer('admin list')).stdout).toContain('jane@example.com')
    const { spec } = await kubectl.get<{ spec: object }>(`${provisioners}/second`)
    await kubectl(['delete', `${provisioners}/second`])
    await kubectl.apply([provisioner('second', spec)])
    await kubectl.waitFor('default', `${provisioners}/second`, 'condition=Ready')
    const { status, stdout } = await administer('admin list')
    expect(status).toBe(0)
    expect(stdout).not.toContain('jane@example.com')
  })
})
