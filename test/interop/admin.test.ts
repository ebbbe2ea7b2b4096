import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunResult } from '../cluster/harness/run.ts'
import { root as corpRoot } from './support/credentials.ts'
import { initFolder, type CaFolder } from './support/ca-folder.ts'
import { startPair, type Pair } from './support/pair.ts'
import { words } from './support/programs.ts'
import { serve } from './support/serve.ts'
import { stepHome, type StepHome } from './support/step-home.ts'
import { pemOf } from '../builders/ca-material.ts'

/**
 * The admin commands of the real `step`, one script, against the real step-ca and against signet, each with
 * `authority.enableAdmin`: what each command says and how it ends, and what is listed after each.
 */

let pair: Pair
let homes: { readonly signet: StepHome; readonly stepCa: StepHome }

beforeAll(async () => {
  pair = await startPair(({ authority }) => ({ authority: { ...(authority as object), enableAdmin: true } }))
  const { folder, signet, stepCa } = pair
  const env = { PAGER: 'cat' }
  homes = { signet: await stepHome(folder, signet.url, env), stepCa: await stepHome(folder, stepCa.url, env) }
  for (const home of Object.values(homes)) {
    writeFileSync(home.file('corp.crt'), pemOf(corpRoot))
    writeFileSync(
      home.file('leaf.tpl'),
      '{"subject": {"commonName": {{ toJson .Subject.CommonName }}}, "sans": {{ toJson .SANs }}}',
    )
    writeFileSync(home.file('broken.tpl'), '{{ .Broken')
    writeFileSync(home.file('bearer'), 'a bearer token\n')
  }
})
afterAll(async () => {
  homes.signet.remove()
  homes.stepCa.remove()
  await pair.stop()
})

const uuid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g

/** Ids, keys, secrets and ports are of the run. */
function withoutChance({ status, stdout, stderr }: RunResult): string {
  return [status, stdout, stderr]
    .join('\n')
    .replaceAll(uuid, 'UUID')
    .replaceAll(/localhost:\d+/g, 'localhost:PORT')
    .replaceAll(/[A-Za-z0-9+/]{86}==/g, 'SECRET')
    .replaceAll(/step-home-\w+/g, 'HOME')
}

type Said = { readonly signet: string; readonly stepCa: string; readonly statuses: readonly [number, number] }

/** Runs one command of `step ca` against both, as this admin. */
async function both(command: string, as = 'step'): Promise<Said> {
  const credentials = ['--admin-provisioner', 'ops', '--admin-subject', as, '--admin-password-file']
  const run = (home: StepHome): Promise<RunResult> =>
    home.step('ca', ...words(command), ...credentials, pair.folder.provisionerPasswordFile)
  const [ours, theirs] = await Promise.all([run(homes.signet), run(homes.stepCa)])
  return { signet: withoutChance(ours), stepCa: withoutChance(theirs), statuses: [ours.status, theirs.status] }
}

/** Both do it, and say the same. */
async function same(command: string, as?: string): Promise<string> {
  const { signet, stepCa, statuses } = await both(command, as)
  expect([command, signet]).toEqual([command, stepCa])
  expect([command, signet, ...statuses]).toEqual([command, signet, 0, 0])
  return signet
}

/** Both refuse it, and say the same. */
async function sameRefusal(command: string, as?: string): Promise<string> {
  const { signet, stepCa, statuses } = await both(command, as)
  expect([command, signet]).toEqual([command, stepCa])
  expect([command, ...statuses]).toEqual([command, 1, 1])
  return signet
}

type Listed = { readonly name: string }

/** All that `/provisioners` says but keys, which are of the run, by name: step-ca's order is the one of random ids. */
async function listOf({ send }: Pair['signet']): Promise<readonly Listed[]> {
  const { body } = await send('/provisioners?limit=100')
  const { provisioners } = JSON.parse(body) as { provisioners: Listed[] }
  return provisioners
    .map((listed) => JSON.parse(JSON.stringify(listed).replaceAll(uuid, 'UUID')) as Listed)
    .map((listed) => ({ ...listed, key: undefined, encryptedKey: undefined }))
    .toSorted((left, right) => (left.name < right.name ? -1 : 1))
}

/** Both list the same, but those of `only`, which step-ca has none of; the names. */
async function sameList(only: readonly string[] = []): Promise<readonly string[]> {
  const [ours, theirs] = await Promise.all([listOf(pair.signet), listOf(pair.stepCa)])
  expect(ours.filter(({ name }) => !only.includes(name))).toEqual(theirs)
  return ours.map(({ name }) => name)
}

describe('step ca admin', () => {
  it('lists the first admin, who is made at the first start', async () => {
    expect(await same('admin list')).toContain('step')
  })

  it('adds, changes and removes admins', async () => {
    await same('admin add jane@example.com ops')
    expect(await same('admin list')).toMatch(/jane@example\.com\s+ops \(JWK\)\s+ADMIN/)
    expect(await sameRefusal('admin add jane@example.com ops')).toContain('already exists')
    expect(await sameRefusal('admin add joe ops', 'jane@example.com')).toContain('must have super admin access')
    await same('admin remove jane@example.com')
    expect(await sameRefusal('admin remove step')).toContain('cannot remove the last super admin')
    expect(await sameRefusal('admin list', 'stranger')).toContain('unable to load admin')
  })
})

describe('step ca provisioner', () => {
  const additions = [
    'jwk-plain --create --password-file PASSWORD',
    'jwk-claims --create --password-file PASSWORD --x509-min-dur 10m --x509-max-dur 2h --x509-default-dur 1h --disable-renewal --ssh=false',
    'jwk-template --create --password-file PASSWORD --x509-template leaf.tpl',
    'acme --type ACME --require-eab --force-cn --challenge http-01 --challenge dns-01',
    'corp --type X5C --x5c-roots corp.crt --allow-renewal-after-expiry',
    'ec2 --type AWS --aws-account 123456789012 --instance-age 1h --disable-custom-sans',
    'pop --type SSHPOP',
  ]

  /** step-ca fetches keys before it adds one of these, which nobody can here. */
  const remote = [
    'login --type OIDC --client-id id --client-secret secret --configuration-endpoint https://127.0.0.1:1/ --domain example.com --admin a@example.com',
    'gce --type GCP --gcp-service-account a@example.com --gcp-project one --disable-trust-on-first-use',
    'azure --type Azure --azure-tenant tenant --azure-resource-group group',
  ]
  const nameOf = (line: string): string => line.split(' ', 1)[0] ?? ''
  const remoteNames = remote.map(nameOf)

  it.each(additions)('adds %s', async (line) => {
    await same(`provisioner add ${line.replace('PASSWORD', pair.folder.passwordFile)}`)
    expect(await sameList()).toContain(nameOf(line))
  })

  it.each(remote)('adds %s, though nobody can be asked', async (line) => {
    expect((await both(`provisioner add ${line}`)).statuses).toEqual([0, 1])
    expect(await sameList(remoteNames)).toContain(nameOf(line))
  })

  it('issues by a provisioner that was added, at once', async () => {
    const { passwordFile } = pair.folder
    for (const home of Object.values(homes)) {
      const { status, stderr } = await home.step(
        ...words('ca certificate web.test web.crt web.key --provisioner jwk-template --provisioner-password-file'),
        passwordFile,
      )
      expect([status, stderr]).toEqual([0, expect.stringContaining('Certificate: web.crt')])
    }
  })

  it('changes and removes them', async () => {
    await same('provisioner update jwk-claims --x509-default-dur 30m --disable-renewal=false')
    expect((await both('provisioner update login --client-id id2 --domain example.net')).statuses[0]).toBe(0)
    expect(await listOf(pair.signet)).toContainEqual(
      expect.objectContaining({ name: 'login', clientID: 'id2', domains: ['example.com', 'example.net'] }),
    )
    await same('provisioner update acme --name acme-two')
    await same('provisioner update jwk-template --x509-template=')
    await sameList(remoteNames)
    await same('provisioner remove ec2')
    await same('provisioner remove pop')
    const left = await sameList(remoteNames)
    expect(left).toContain('acme-two')
    expect(left).not.toContain('ec2')
  })

  it('refuses what cannot be', async () => {
    const { passwordFile } = pair.folder
    expect(await sameRefusal(`provisioner add corp --create --password-file ${passwordFile}`)).toContain(
      'already exists',
    )
    expect(await sameRefusal('provisioner remove ops')).toContain('no super admins will remain')
    expect(await sameRefusal('provisioner remove none')).toContain('provisioner none not found')
    for (const flaw of ['--x509-template broken.tpl', '--x509-min-dur 2h --x509-max-dur 1h']) {
      const { statuses } = await both(`provisioner add flawed --create --password-file ${passwordFile} ${flaw}`)
      expect([flaw, statuses]).toEqual([flaw, [1, 1]])
    }
    await sameList(remoteNames)
  })
})

describe('step ca policy', () => {
  it('is the same in every verb', async () => {
    expect(await sameRefusal('policy authority view')).toContain('does not exist')
    expect(await sameRefusal('policy authority x509 allow dns *.example.com')).toContain('would lock out [step]')
    await same('policy authority x509 allow dns step')
    await same('policy authority x509 allow dns *.example.com')
    await same('policy authority x509 allow ip 10.0.0.0/8')
    await same('policy authority x509 deny dns no.example.com')
    await same('policy authority x509 wildcards allow')
    expect(await same('policy authority view')).toContain('*.example.com')
    await same('policy authority x509 allow dns *.example.com --remove')
    await same('policy authority view')
    await sameRefusal('policy provisioner view --provisioner ops')
    await same('policy authority remove')
    await sameRefusal('policy authority view')
  })
})

describe('step ca provisioner webhook', () => {
  it('adds, changes and removes webhooks', async () => {
    const url = 'https://127.0.0.1:1'
    expect(await same(`provisioner webhook add corp hook --url ${url}/one --bearer-token-file bearer`)).toContain(
      'SECRET',
    )
    expect(await sameRefusal(`provisioner webhook add corp hook --url ${url}/one`)).toContain('already has a webhook')
    expect(await sameRefusal('provisioner webhook add corp plain --url http://127.0.0.1:1')).toContain('must use https')
    await same(`provisioner webhook update corp hook --url ${url}/two --kind AUTHORIZING`)
    expect(await listOf(pair.signet)).toContainEqual(
      expect.objectContaining({
        name: 'corp',
        options: expect.objectContaining({
          webhooks: [expect.objectContaining({ name: 'hook', url: `${url}/two`, kind: 'AUTHORIZING' })],
        }),
      }),
    )
    await same('provisioner webhook remove corp hook')
    await same('provisioner webhook remove corp none')
    await sameList(['login', 'gce', 'azure'])
  })
})

describe('step ca admin update', () => {
  it('makes a super admin, whom step-ca does not let go any more, for it does not count him', async () => {
    await same('admin add jane@example.com ops')
    await same('admin update jane@example.com --super')
    await same('admin add joe ops', 'jane@example.com')
    await same('admin remove joe')
    expect((await both('admin remove jane@example.com')).statuses).toEqual([0, 1])
  })
})

describe('step ca acme eab', () => {
  it('makes keys, which step-ca keeps for its commercial sibling', async () => {
    const added = await both('acme eab add acme-two one')
    expect([added.signet, ...added.statuses]).toEqual([added.signet, 0, 1])
    expect(added.signet).toMatch(/UUID\s*acme-two\s+[\w-]{43}\s+one/)
    expect(added.stepCa).toContain('Certificate Manager')
    const listed = await both('acme eab list acme-two')
    expect(listed.signet).toMatch(/UUID\s*acme-two\s+\*{5}\s.*one/)
  })
})

describe('a ca.json by step ca init --remote-management', () => {
  it('starts signet, with a provisioner under the password of the authority', async () => {
    const folder: CaFolder = await initFolder('step', ['--remote-management', '--admin-subject', 'boss'])
    const process = await serve('signet', folder)
    const home = await stepHome(folder, folder.url)
    const listed = await home.step(
      ...words('ca admin list --admin-subject step --admin-provisioner'),
      'Admin JWK',
      '--admin-password-file',
      folder.passwordFile,
    )
    expect(listed.stderr).toContain('Admin JWK')
    expect([listed.status, listed.stdout]).toEqual([0, expect.stringMatching(/step\s+Admin JWK \(JWK\)\s+SUPER_ADMIN/)])
    home.remove()
    await process.stop()
    folder.remove()
  })
})
