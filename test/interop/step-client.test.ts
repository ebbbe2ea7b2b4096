import { X509Certificate } from 'node:crypto'
import { statSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { run } from '../cluster/harness/run.ts'
import type { ServerProcess } from '../harness/server-process.ts'
import { initFolder, type CaFolder } from './support/ca-folder.ts'
import { words } from './support/programs.ts'
import { serve } from './support/serve.ts'
import { knowingHome, stepHome, type BareHome } from './support/step-home.ts'

/** Each with a folder that its own side made: what `step` sees is the same. */
const authorities = [
  ['signet', 'signet'],
  ['step-ca', 'step'],
] as const

describe.each(authorities)('a user of %s', (server, init) => {
  let folder: CaFolder
  let authority: ServerProcess
  let home: BareHome

  beforeAll(async () => {
    folder = await initFolder(init)
    authority = await serve(server, folder)
  })
  afterAll(async () => {
    await authority.stop()
    folder.remove()
  })
  beforeEach(() => {
    home = knowingHome(folder, folder.url)
    return () => home.remove()
  })

  const provisionerLine = (): string => `✔ Provisioner: ops (JWK) [kid: ${folder.provisioner.kid}]\n`
  const byPassword = (): string[] => ['--provisioner-password-file', folder.provisionerPasswordFile]
  const said = (stdout: string, stderr = ''): object => ({ status: 0, stdout, stderr })
  const modeOf = (name: string): string => (statSync(home.file(name)).mode & 0o777).toString(8)
  const inspect = async (name: string): Promise<string> => (await home.step('certificate', 'inspect', name)).stdout

  describe('step', () => {
    it('bootstraps by the fingerprint', async () => {
      const home = await stepHome(folder, folder.url)
      onTestFinished(() => home.remove())
      const [root, defaults] = [
        home.file('.step', 'certs', 'root_ca.crt'),
        home.file('.step', 'config', 'defaults.json'),
      ]
      expect(home.bootstrapped).toEqual(
        said(
          '',
          `The root certificate has been saved in ${root}.\nThe authority configuration has been saved in ${defaults}.\n`,
        ),
      )
      expect(home.text('.step/certs/root_ca.crt')).toBe(folder.root)
      expect(JSON.parse(home.text('.step/config/defaults.json'))).toEqual({
        'ca-url': folder.url,
        fingerprint: folder.fingerprint,
        root,
      })
    })

    it('asks for health, root, roots and federation', async () => {
      expect(await home.step('ca', 'health')).toEqual(said('ok\n'))
      expect(await home.step('ca', 'root')).toEqual(said(folder.root))
      expect(await home.step('ca', 'roots')).toEqual(said(folder.root))
      expect(await home.step('ca', 'federation')).toEqual(said(folder.root))
      expect(await home.step('ca', 'root', 'r.crt')).toEqual(
        said('', 'The root certificate has been saved in r.crt.\n'),
      )
      expect([home.text('r.crt'), modeOf('r.crt')]).toEqual([folder.root, '600'])
    })

    it('lists the provisioners and their keys', async () => {
      const { stdout } = await home.step('ca', 'provisioner', 'list')
      const [{ encryptedKey, ...rest }] = JSON.parse(stdout) as [{ encryptedKey: string }]
      expect(rest).toEqual({
        type: 'JWK',
        name: 'ops',
        key: expect.objectContaining({ kid: folder.provisioner.kid }) as object,
      })
      expect(await home.step('ca', 'provisioner', 'jwe-key', folder.provisioner.kid)).toEqual(said(`${encryptedKey}\n`))
    })

    it('makes a token with the fingerprint and the audience in it', async () => {
      const made = await home.step(...words('ca token web.test --san web.test --san 10.0.0.1'), ...byPassword())
      expect([made.status, made.stderr]).toEqual([0, provisionerLine()])
      const [header, payload] = made.stdout.split('.').map((part) => Buffer.from(part, 'base64url').toString())
      expect(JSON.parse(header ?? '')).toEqual({ alg: 'ES256', kid: folder.provisioner.kid, typ: 'JWT' })
      expect(JSON.parse(payload ?? '')).toMatchObject({
        aud: `${folder.url}/1.0/sign`,
        iss: 'ops',
        sans: ['web.test', '10.0.0.1'],
        sha: folder.fingerprint,
        sub: 'web.test',
      })
    })
  })

  const issuedLines = (): string =>
    `${provisionerLine()}✔ CA: ${folder.url}\n✔ Certificate: web.crt\n✔ Private Key: web.key\n`

  /** What shows that a certificate is of this root and for this key. */
  async function verifyFiles(): Promise<void> {
    const root = home.file('.step', 'certs', 'root_ca.crt')
    expect(await home.step('certificate', 'verify', 'web.crt', '--roots', root)).toEqual(said(''))
    const openssl = (...args: string[]): Promise<string> => run('openssl', args, { cwd: home.path })
    expect(await openssl('verify', '-CAfile', root, '-untrusted', 'web.crt', 'web.crt')).toBe('web.crt: OK\n')
    expect(await openssl('pkey', '-in', 'web.key', '-pubout')).toBe(
      await openssl('x509', '-in', 'web.crt', '-noout', '-pubkey'),
    )
  }

  describe('step ca certificate', () => {
    it.each([
      ['', 'ECDSA P-256', 'EC PRIVATE KEY'],
      ['--kty EC --crv P-384', 'ECDSA P-384', 'EC PRIVATE KEY'],
      ['--kty EC --crv P-521', 'ECDSA P-521', 'EC PRIVATE KEY'],
      ['--kty RSA --size 2048', 'RSA 2048', 'RSA PRIVATE KEY'],
      ['--kty RSA --size 3072', 'RSA 3072', 'RSA PRIVATE KEY'],
      ['--kty OKP --crv Ed25519', 'Ed25519 256', 'PRIVATE KEY'],
    ])('%s', async (flags, kind, label) => {
      const more = flags === '' ? [] : words(flags)
      const issued = await home.step(...words('ca certificate web.test web.crt web.key'), ...more, ...byPassword())
      expect(issued).toEqual(said('', issuedLines()))
      expect([modeOf('web.crt'), modeOf('web.key'), home.text('web.key').split('\n')[0]]).toEqual([
        '600',
        '600',
        `-----BEGIN ${label}-----`,
      ])
      const short = (await home.step('certificate', 'inspect', '--short', 'web.crt')).stdout
      const { kid } = folder.provisioner
      expect(short.split('  Valid from')[0]?.replace(/Serial: \d{4}\.\.\.\d{4}/, 'Serial')).toBe(
        `X.509v3 TLS Certificate (${kind}) [Serial]
  Subject:     web.test
  Issuer:      Test Intermediate CA
  Provisioner: ops [ID: ${kid.slice(0, 4)}...${kid.slice(-4)}]
`,
      )
      await verifyFiles()
    })

    it('with names of all kinds, for an hour', async () => {
      const names = [
        'web.test',
        '*.web.test',
        '10.1.2.3',
        'fd00::1',
        'ops@web.test',
        'spiffe://cluster.local/ns/a/sa/b',
      ]
      const flags = [...names.flatMap((name) => ['--san', name]), '--not-after', '1h']
      const issued = await home.step(...words('ca certificate web.test web.crt web.key'), ...flags, ...byPassword())
      expect(issued).toEqual(said('', issuedLines()))
      const text = await inspect('web.crt')
      expect(text).toContain(
        `X509v3 Subject Alternative Name:
                DNS:web.test, DNS:*.web.test
                email:ops@web.test
                IP Address:10.1.2.3, IP Address:fd00::1
                URI:spiffe://cluster.local/ns/a/sa/b
`,
      )
      expect(text).toContain(
        `X509v3 Step Provisioner:
                Type: JWK
                Name: ops
                CredentialID: ${folder.provisioner.kid}
`,
      )
      const { validFrom, validTo } = new X509Certificate(home.text('web.crt'))
      expect(Date.parse(validTo) - Date.parse(validFrom)).toBe(3_660_000)
      await verifyFiles()
    })

    it('by a token alone', async () => {
      const token = (await home.step(...words('ca token web.test'), ...byPassword())).stdout.trim()
      const issued = await home.step(...words('ca certificate web.test web.crt web.key --token'), token)
      expect(issued).toEqual(said('', issuedLines().replace(provisionerLine(), '')))
      await verifyFiles()
    })
  })

  describe('step ca sign', () => {
    beforeEach(async () => {
      const create =
        'certificate create --csr --no-password --insecure --san web.test --san 10.0.0.1 web.test web.csr web.key'
      await home.step(...words(create))
    })
    const line = (): string => `✔ CA: ${folder.url}\n✔ Certificate: web.crt\n`

    it('by password', async () => {
      const issued = await home.step(...words('ca sign web.csr web.crt'), ...byPassword())
      expect(issued).toEqual(said('', provisionerLine() + line()))
      expect(new X509Certificate(home.text('web.crt')).subjectAltName).toBe('DNS:web.test, IP Address:10.0.0.1')
      await verifyFiles()
    })

    it('by a token that has the names of the CSR', async () => {
      const made = await home.step(...words('ca token web.test --san web.test --san 10.0.0.1'), ...byPassword())
      expect(await home.step(...words('ca sign web.csr web.crt --token'), made.stdout.trim())).toEqual(said('', line()))
      await verifyFiles()
    })

    it('not by a token for other names', async () => {
      const made = await home.step(...words('ca token web.test --san web.test --san db.test'), ...byPassword())
      const message =
        'The request was forbidden by the certificate authority: certificate request does not contain the valid DNS names - got [web.test], want [web.test db.test].'
      expect(await home.step(...words('ca sign web.csr web.crt --token'), made.stdout.trim())).toEqual({
        status: 1,
        stdout: '',
        stderr: `✔ CA: ${folder.url}\n${message}\nRe-run with STEPDEBUG=1 for more info.\n`,
      })
    })
  })

  it('step inspects and verifies the certificates that it is served with', async () => {
    const roots = ['--roots', home.file('.step/certs/root_ca.crt')]
    const { stdout } = await home.step('certificate', 'inspect', '--short', '--bundle', ...roots, folder.url)
    expect(stdout.replace(/Serial: \d{4}\.\.\.\d{4}/g, 'Serial').replace(/(from|to): .*/g, '$1')).toBe(
      `X.509v3 TLS Certificate (ECDSA P-256) [Serial]
  Subject:     Step Online CA
               localhost
               127.0.0.1
  Issuer:      Test Intermediate CA
  Valid from
          to
X.509v3 Intermediate CA Certificate (ECDSA P-256) [Serial]
  Subject:     Test Intermediate CA
  Issuer:      Test Root CA
  Valid from
          to
`,
    )
    expect(await home.step('certificate', 'verify', ...roots, folder.url)).toEqual(said(''))
  })
})
