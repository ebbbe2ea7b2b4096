import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startAdminPair, type AdminPair } from './support/admin-pair.ts'
import { initFolder, type CaFolder } from './support/ca-folder.ts'
import { words } from './support/programs.ts'
import { serve } from './support/serve.ts'
import { stepHome } from './support/step-home.ts'

/**
 * Commands of the real `step` about admins and policy, one script, against the real step-ca and against signet, each with
 * `authority.enableAdmin`: what each command says and how it ends.
 */

let admin: AdminPair

beforeAll(async () => {
  admin = await startAdminPair()
})
afterAll(() => admin.stop())

describe('step ca admin', () => {
  it('lists the first admin, who is made at the first start, for who has the password of his provisioner', async () => {
    for (const home of admin.homes) {
      const { stdout, status } = await home.step(
        ...words('ca admin list --admin-provisioner ops --admin-subject step --admin-password-file'),
        admin.pair.folder.provisionerPasswordFile,
      )
      expect([status, stdout]).toEqual([0, expect.stringMatching(/step\s+ops \(JWK\)\s+SUPER_ADMIN/)])
    }
  })

  it('adds, changes and removes admins', async () => {
    await admin.same('admin add jane@example.com ops')
    expect(await admin.same('admin list')).toMatch(/jane@example\.com\s+ops \(JWK\)\s+ADMIN/)
    expect(await admin.sameRefusal('admin add jane@example.com ops')).toContain('already exists')
    expect(await admin.sameRefusal('admin add joe ops', 'jane@example.com')).toContain('must have super admin access')
    await admin.same('admin remove jane@example.com')
    expect(await admin.sameRefusal('admin remove step')).toContain('cannot remove the last super admin')
    expect(await admin.sameRefusal('admin list', 'stranger')).toContain('unable to load admin')
  })
})

describe('step ca policy', () => {
  it('is the same in every verb', async () => {
    expect(await admin.same('policy authority view')).toContain('does not exist')
    expect(await admin.sameRefusal('policy authority x509 allow dns *.example.com')).toContain('would lock out [step]')
    await admin.same('policy authority x509 allow dns step')
    await admin.same('policy authority x509 allow dns *.example.com')
    await admin.same('policy authority x509 allow ip 10.0.0.0/8')
    await admin.same('policy authority x509 deny dns no.example.com')
    await admin.same('policy authority x509 wildcards allow')
    expect(await admin.same('policy authority view')).toContain('*.example.com')
    await admin.same('policy authority x509 allow dns *.example.com --remove')
    await admin.same('policy authority view')
    const { signet, stepCa } = await admin.both('policy provisioner view --provisioner ops')
    expect(signet).toBe(stepCa)
    await admin.same('policy authority remove')
    expect(await admin.same('policy authority view')).toContain('does not exist')
  })
})

describe('step ca admin update', () => {
  it('makes a super admin, whom step-ca does not let go any more, for it does not count him', async () => {
    await admin.same('admin add jane@example.com ops')
    await admin.same('admin update jane@example.com --super')
    await admin.same('admin add joe ops', 'jane@example.com')
    await admin.same('admin remove joe')
    expect((await admin.both('admin remove jane@example.com')).statuses).toEqual([0, 1])
  })
})

describe('step ca acme eab', () => {
  it('makes keys, which step-ca keeps for its commercial sibling', async () => {
    await admin.same('provisioner add acme-two --type ACME --require-eab')
    const added = await admin.both('acme eab add acme-two one')
    expect([added.signet, ...added.statuses]).toEqual([added.signet, 0, 1])
    expect(added.signet).toMatch(/UUID\s*acme-two\s+[\w-]{43}\s+one/)
    expect(added.stepCa).toContain('Certificate Manager')
    const listed = await admin.both('acme eab list acme-two')
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
