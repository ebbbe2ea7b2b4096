import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listOf, startAdminPair, type AdminPair } from './support/admin-pair.ts'
import { words } from './support/programs.ts'

/**
 * Commands of the real `step` about provisioners, one script, against the real step-ca and against signet, each with
 * `authority.enableAdmin`: what each command says and how it ends, and what is listed after each.
 */

let admin: AdminPair

beforeAll(async () => {
  admin = await startAdminPair()
})
afterAll(() => admin.stop())

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
    'gce --type GCP --gcp-service-account a@example.com --gcp-project one --disable-trust-on-first-use',
    'azure --type Azure --azure-tenant tenant --azure-resource-group group',
  ]
  const nameOf = (line: string): string => line.split(' ', 1)[0] ?? ''
  const remoteNames = remote.map(nameOf)

  it.each(additions)('adds %s', async (line) => {
    await admin.same(`provisioner add ${line.replace('PASSWORD', admin.pair.folder.passwordFile)}`)
    expect(await admin.sameList()).toContain(nameOf(line))
  })

  it.each(remote)('adds %s, though nobody can be asked', async (line) => {
    expect((await admin.both(`provisioner add ${line}`)).statuses).toEqual([0, 1])
    expect(await admin.sameList(remoteNames)).toContain(nameOf(line))
  })

  it('issues by a provisioner that was added, at once', async () => {
    const { passwordFile } = admin.pair.folder
    for (const home of admin.homes) {
      const { status, stderr } = await home.step(
        ...words('ca certificate web.test web.crt web.key --provisioner jwk-template --provisioner-password-file'),
        passwordFile,
      )
      expect([status, stderr]).toEqual([0, expect.stringContaining('Certificate: web.crt')])
    }
  })

  it('changes and removes them', async () => {
    await admin.same('provisioner update jwk-claims --x509-default-dur 30m --disable-renewal=false')
    await admin.same('provisioner update acme --name acme-two')
    await admin.same('provisioner update jwk-template --x509-template=')
    await admin.sameList(remoteNames)
    await admin.same('provisioner remove ec2')
    await admin.same('provisioner remove pop')
    const left = await admin.sameList(remoteNames)
    expect(left).toContain('acme-two')
    expect(left).not.toContain('ec2')
  })

  it('refuses what cannot be', async () => {
    const { passwordFile } = admin.pair.folder
    expect(await admin.sameRefusal(`provisioner add corp --create --password-file ${passwordFile}`)).toContain(
      'already exists',
    )
    expect(await admin.sameRefusal('provisioner remove ops')).toContain('no super admins will remain')
    expect(await admin.sameRefusal('provisioner remove none')).toContain('provisioner none not found')
    for (const flaw of ['--x509-template broken.tpl', '--x509-min-dur 2h --x509-max-dur 1h']) {
      const { statuses } = await admin.both(`provisioner add flawed --create --password-file ${passwordFile} ${flaw}`)
      expect([flaw, statuses]).toEqual([flaw, [1, 1]])
    }
    await admin.sameList(remoteNames)
  })
})

describe('step ca provisioner webhook', () => {
  it('adds, changes and removes webhooks', async () => {
    const url = 'https://127.0.0.1:1'
    expect(await admin.same(`provisioner webhook add corp hook --url ${url}/one --bearer-token-file bearer`)).toContain(
      'SECRET',
    )
    expect(await admin.sameRefusal(`provisioner webhook add corp hook --url ${url}/one`)).toContain(
      'already has a webhook',
    )
    expect(await admin.sameRefusal('provisioner webhook add corp plain --url http://127.0.0.1:1')).toContain(
      'must use https',
    )
    await admin.same(`provisioner webhook update corp hook --url ${url}/two --kind AUTHORIZING`)
    expect(await listOf(admin.pair.signet)).toContainEqual(
      expect.objectContaining({
        name: 'corp',
        options: expect.objectContaining({
          webhooks: [expect.objectContaining({ name: 'hook', url: `${url}/two`, kind: 'AUTHORIZING' })],
        }),
      }),
    )
    await admin.same('provisioner webhook remove corp hook')
    await admin.same('provisioner webhook remove corp none')
    await admin.sameList(['gce', 'azure'])
  })
})
