import { X509Certificate } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { run } from '../cluster/harness/run.ts'
import { contentOfFile } from './support/flow.ts'
import { startPair, type Pair } from './support/pair.ts'
import { words } from './support/programs.ts'
import { knowingHome, type BareHome } from './support/step-home.ts'

let pair: Pair

beforeAll(async () => {
  pair = await startPair()
})
afterAll(() => pair.stop())

describe.each(['signet', 'stepCa'] as const)('the real step ca rekey against %s', (name) => {
  let home: BareHome
  /** Of one certificate for all of them: who rekeys it takes nothing from the others. */
  let issued: { readonly certificate: string; readonly key: string }

  async function issue(): Promise<void> {
    const password = ['--provisioner-password-file', pair.folder.provisionerPasswordFile]
    const line = 'ca certificate web.test web.crt web.key --force --san web.test --san 10.0.0.1'
    const { status, stderr } = await home.step(...words(line), ...password)
    if (status !== 0) throw new Error(stderr)
  }

  beforeAll(async () => {
    home = knowingHome(pair.folder, pair[name].url)
    await issue()
    issued = { certificate: home.text('web.crt'), key: home.text('web.key') }
    home.remove()
  })
  beforeEach(() => {
    home = knowingHome(pair.folder, pair[name].url)
    writeFileSync(home.file('web.crt'), issued.certificate)
    writeFileSync(home.file('web.key'), issued.key)
    return () => home.remove()
  })

  const step = (line: string) => home.step(...words(line))
  const said = (stderr: string): object => ({ status: 0, stdout: '', stderr })
  const publicKeyOf = (file: string): Promise<string> => run('openssl', ['pkey', '-in', home.file(file), '-pubout'], {})
  const certifiedKeyOf = (file: string): string =>
    new X509Certificate(home.text(file)).publicKey.export({ type: 'spki', format: 'pem' }) as string

  const contentOf = (file: string): Promise<string[]> => contentOfFile(home, file)

  it('replaces certificate and key', async () => {
    const [before, key] = [new X509Certificate(home.text('web.crt')), await publicKeyOf('web.key')]
    const content = await contentOf('web.crt')
    expect(await step('ca rekey --force web.crt web.key')).toEqual(
      said('✔ Certificate: web.crt\n✔ Private Key: web.key\n'),
    )
    const after = new X509Certificate(home.text('web.crt'))
    expect(after.serialNumber).not.toBe(before.serialNumber)
    expect(await publicKeyOf('web.key')).not.toBe(key)
    expect(certifiedKeyOf('web.crt')).toBe(await publicKeyOf('web.key'))
    expect(await contentOf('web.crt')).toEqual(content)
    const root = home.file('.step', 'certs', 'root_ca.crt')
    expect((await step(`certificate verify web.crt --roots ${root}`)).status).toBe(0)
    expect((await step('ca renew --force web.crt web.key')).status).toBe(0)
  })

  it.each([
    ['--kty EC --crv P-384', 'ECDSA P-384'],
    ['--kty RSA --size 2048', 'RSA 2048'],
    ['--kty OKP --crv Ed25519', 'Ed25519 256'],
  ])('into other files, for a key of another kind: %s', async (flags, kind) => {
    expect(await step(`ca rekey web.crt web.key --out-cert new.crt --out-key new.key ${flags}`)).toEqual(
      said('✔ Certificate: new.crt\n✔ Private Key: new.key\n'),
    )
    expect((await step('certificate inspect --short new.crt')).stdout).toContain(`(${kind})`)
    expect(certifiedKeyOf('new.crt')).toBe(await publicKeyOf('new.key'))
    expect(await contentOf('new.crt')).toEqual(await contentOf('web.crt'))
  })

  it('for a key that is there, and not before --expires-in is reached', async () => {
    await step('crypto keypair --no-password --insecure own.pub own.key')
    const early = await step('ca rekey web.crt web.key --expires-in 1h --out-cert new.crt')
    expect([early.status, early.stderr]).toEqual([
      0,
      expect.stringMatching(/^certificate not rekeyed: expires in (?:23h59m\d+s|24h0m0s)\n$/),
    ])
    const rekeyed = await step('ca rekey web.crt web.key --private-key own.key --out-cert new.crt')
    expect(rekeyed).toEqual(said('✔ Certificate: new.crt\n'))
    expect(certifiedKeyOf('new.crt')).toBe(await publicKeyOf('own.key'))
  })

  it('not for a certificate that was revoked', async () => {
    await issue()
    expect((await step('ca revoke --cert web.crt --key web.key')).status).toBe(0)
    const masked =
      'The request lacked necessary authorization to be completed. Please see the certificate authority logs for more info.'
    expect(await step('ca rekey --force web.crt web.key')).toEqual({
      status: 1,
      stdout: '',
      stderr: `${masked}\nRe-run with STEPDEBUG=1 for more info.\n`,
    })
  })
})
