import { X509Certificate } from 'node:crypto'
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { until } from '../cluster/harness/wait.ts'
import { isDeepStrictEqual } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { run } from '../cluster/harness/run.ts'
import { spawnServer, type ServerProcess } from '../harness/server-process.ts'
import { initFolder, type CaFolder } from './support/ca-folder.ts'
import { commandOf, words } from './support/programs.ts'
import { serve } from './support/serve.ts'
import { knowingHome, type BareHome } from './support/step-home.ts'

describe.each([
  ['signet', 'signet'],
  ['step-ca', 'step'],
] as const)('a user of %s', (server, init) => {
  let folder: CaFolder
  let authority: ServerProcess
  let home: BareHome
  /** Of one certificate for all of them: who renews it takes nothing from the others. */
  let issued: { readonly certificate: string; readonly key: string }
  let config: string

  beforeAll(async () => {
    folder = await initFolder(init)
    config = configWith(claims)
    authority = await serve(server, folder, { config })
    home = knowingHome(folder, folder.url)
    await issue()
    issued = { certificate: home.text('web.crt'), key: home.text('web.key') }
    home.remove()
  })
  afterAll(async () => {
    await authority.stop()
    folder.remove()
  })
  beforeEach(() => {
    home = knowingHome(folder, folder.url)
    writeFileSync(home.file('web.crt'), issued.certificate)
    writeFileSync(home.file('web.key'), issued.key)
    return () => home.remove()
  })

  const claims = { minTLSCertDuration: '1s' }

  /** Writes a ca.json with these claims of the provisioner. */
  function configWith(claims: object): string {
    const { authority } = JSON.parse(readFileSync(folder.config, 'utf8')) as { authority: { provisioners: [object] } }
    const [ops] = authority.provisioners
    return folder.variant('claims.json', { authority: { ...authority, provisioners: [{ ...ops, claims }] } })
  }

  /** Puts these claims into force, and waits until the authority shows them. */
  async function reload(claims: object): Promise<void> {
    configWith(claims)
    authority.signal('SIGHUP')
    await until('the authority to show its new claims', 20_000, async () => {
      const [shown] = JSON.parse((await home.step('ca', 'provisioner', 'list')).stdout) as [{ claims: object }]
      return isDeepStrictEqual(shown.claims, claims) || undefined
    })
  }

  async function issue(...flags: readonly string[]): Promise<void> {
    const password = ['--provisioner-password-file', folder.provisionerPasswordFile]
    const { status, stderr } = await home.step(
      ...words('ca certificate web.test web.crt web.key --force'),
      ...flags,
      ...password,
    )
    if (status !== 0) throw new Error(stderr)
  }

  const certificate = (name = 'web.crt'): X509Certificate => new X509Certificate(home.text(name))
  const said = (stderr: string): object => ({ status: 0, stdout: '', stderr })
  const renewed = 'Your certificate has been saved in web.crt.\n'

  /** All but serial, times and signature, line by line: Go puts copied extensions last, whatever they were before. */
  async function content(name: string): Promise<string[]> {
    const options = 'no_serial,no_validity,no_sigdump'
    const text = await run('openssl', ['x509', '-in', home.file(name), '-noout', '-text', '-certopt', options])
    return text.split('\n').toSorted()
  }

  describe('step ca renew by mutual TLS', () => {
    it('gets the same certificate with another serial and a new life', async () => {
      copyFileSync(home.file('web.crt'), home.file('old.crt'))
      expect(await home.step(...words('ca renew --force web.crt web.key'))).toEqual(said(renewed))
      const [before, after] = [certificate('old.crt'), certificate()]
      expect(after.serialNumber).not.toBe(before.serialNumber)
      expect(Date.parse(after.validTo)).toBeGreaterThanOrEqual(Date.parse(before.validTo))
      expect(await content('web.crt')).toEqual(await content('old.crt'))
      expect(home.text('web.crt').match(/BEGIN CERTIFICATE/g)).toHaveLength(2)
      const root = home.file('.step', 'certs', 'root_ca.crt')
      expect((await home.step('certificate', 'verify', 'web.crt', '--roots', root)).status).toBe(0)
    })

    it('writes into another file if told so, and works with the leaf alone', async () => {
      writeFileSync(home.file('leaf.crt'), certificate().toString())
      expect(await home.step(...words('ca renew --out new.crt leaf.crt web.key'))).toEqual(
        said('Your certificate has been saved in new.crt.\n'),
      )
      expect(certificate('new.crt').serialNumber).not.toBe(certificate().serialNumber)
    })

    it('does nothing while --expires-in is not reached', async () => {
      const { serialNumber } = certificate()
      const { status, stderr } = await home.step(...words('ca renew --force --expires-in 1h web.crt web.key'))
      expect([status, stderr]).toEqual([
        0,
        expect.stringMatching(/^certificate not renewed: expires in (?:23h59m\d+s|24h0m0s)\n$/),
      ])
      expect(certificate().serialNumber).toBe(serialNumber)
    })

    it('renews once --expires-in is reached, and runs what --exec says', async () => {
      await issue('--not-after', '5m')
      const { serialNumber } = certificate()
      const exec = ['--exec', 'cp web.crt ran']
      expect(await home.step(...words('ca renew --force --expires-in 5m55s'), ...exec, 'web.crt', 'web.key')).toEqual(
        said(renewed),
      )
      expect(certificate().serialNumber).not.toBe(serialNumber)
      expect(home.text('ran')).toBe(home.text('web.crt'))
    })

    it('signals a process once it has renewed', async () => {
      const program = `for (const name of ['SIGHUP', 'SIGUSR1']) process.on(name, () => console.log(name));
      console.log('ready'); setInterval(() => {}, 1000)`
      const other = spawnServer([process.execPath, '-e', program], { logFile: home.file('other.log') })
      await other.untilSaid(/ready/)
      writeFileSync(home.file('pid'), `${other.pid}\n`)
      const renew = (flags: string) => home.step(...words(`ca renew --force ${flags} web.crt web.key`))
      expect(await renew('--expires-in 1h --pid-file pid')).toMatchObject({ status: 0 })
      expect(await renew('--pid-file pid --signal 10')).toEqual(said(renewed))
      await other.untilSaid(/SIGUSR1/)
      expect(other.said()).toBe('ready\nSIGUSR1\n')
      expect(await renew(`--pid ${other.pid}`)).toEqual(said(renewed))
      await other.untilSaid(/SIGHUP/)
      await other.stop()
      expect(await renew(`--pid ${other.pid}`)).toMatchObject({ status: 1 })
    })

    it('asks before it replaces a file, for which it needs a terminal', async () => {
      const { serialNumber } = certificate()
      const { status, stderr } = await home.step(...words('ca renew web.crt web.key'))
      expect([status, stderr]).toEqual([1, expect.stringMatching(/^open \/dev\/tty failed/)])
      expect(certificate().serialNumber).toBe(serialNumber)
    })

    it('as a daemon renews in time and on SIGHUP', async () => {
      const [step, ...args] = [...commandOf('step'), ...words('ca renew --daemon --renew-period 3s')]
      const files = [home.file('web.crt'), home.file('web.key')]
      const { serialNumber } = certificate()
      const daemon = spawnServer([step ?? '', ...args, ...files], {
        logFile: home.file('daemon.log'),
        env: { STEPPATH: home.file('.step') },
      })
      await daemon.untilSaid(/first renewal in/)
      daemon.signal('SIGHUP')
      await daemon.untilSaid(/web\.test certificate renewed, next in/)
      const second = certificate().serialNumber
      await daemon.untilSaid(/(?:web\.test certificate renewed, next in[^]*){2}/)
      expect(new Set([serialNumber, second, certificate().serialNumber]).size).toBe(3)
      expect(await daemon.stop()).toEqual({ code: 0, signal: null })
    })
  })

  describe('step ca renew is refused', () => {
    const missing = {
      status: 1,
      stdout: '',
      stderr:
        'The request could not be completed: missing client certificate.\nRe-run with STEPDEBUG=1 for more info.\n',
    }

    it('with a certificate that was not issued here, which step does not even send', async () => {
      await home.step(
        ...words('certificate create --profile self-signed --subtle --no-password --insecure me me.crt me.key'),
      )
      expect(await home.step(...words('ca renew --force me.crt me.key'))).toEqual(missing)
    })

    it('where renewal is disabled, at once after a reload', async () => {
      await reload({ ...claims, disableRenewal: true })
      const { status, stderr } = await home.step(...words('ca renew --force web.crt web.key'))
      await reload(claims)
      expect([status, stderr]).toEqual([1, expect.stringContaining('The request lacked necessary authorization')])
      expect((await home.step(...words('ca renew --force web.crt web.key'))).status).toBe(0)
    })
  })

  describe('step ca renew by a token', () => {
    it('gets the same certificate with another serial', async () => {
      copyFileSync(home.file('web.crt'), home.file('old.crt'))
      expect(await home.step(...words('ca renew --mtls=false --force web.crt web.key'))).toEqual(said(renewed))
      expect(certificate().serialNumber).not.toBe(certificate('old.crt').serialNumber)
      expect(await content('web.crt')).toEqual(await content('old.crt'))
    })

    it.each(['EC', 'RSA', 'OKP'])('works with a key of kind %s', async (kty) => {
      await issue('--kty', kty)
      const { serialNumber } = certificate()
      expect(await home.step(...words('ca renew --mtls=false --force web.crt web.key'))).toEqual(said(renewed))
      expect(certificate().serialNumber).not.toBe(serialNumber)
    })
  })
})
