import { X509Certificate } from 'node:crypto'
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { until } from '../cluster/harness/wait.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { run } from '../cluster/harness/run.ts'
import { spawnServer, type ServerProcess } from '../harness/server-process.ts'
import { initFolder, type CaFolder } from './support/ca-folder.ts'
import { commandOf, words } from './support/programs.ts'
import { serve } from './support/serve.ts'
import { stepHome, type StepHome } from './support/step-home.ts'

let folder: CaFolder
let authority: ServerProcess
let home: StepHome
let config: string

beforeAll(async () => {
  folder = await initFolder('signet')
  config = configWith({ minTLSCertDuration: '1s' })
  authority = await serve('signet', folder, { config })
})
afterAll(async () => {
  await authority.stop()
  folder.remove()
})
beforeEach(async () => {
  home = await stepHome(folder, folder.url)
  await issue()
  return () => home.remove()
})

/** Writes a ca.json with these claims of the authority. */
function configWith(claims: object): string {
  const { authority } = JSON.parse(readFileSync(folder.config, 'utf8')) as { authority: object }
  return folder.variant('claims.json', { authority: { ...authority, claims } })
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
    stderr: 'The request could not be completed: missing client certificate.\nRe-run with STEPDEBUG=1 for more info.\n',
  }

  it('with a certificate that was not issued here, which step does not even send', async () => {
    await home.step(
      ...words('certificate create --profile self-signed --subtle --no-password --insecure me me.crt me.key'),
    )
    expect(await home.step(...words('ca renew --force me.crt me.key'))).toEqual(missing)
  })

  it('where renewal is disabled, at once after a reload', async () => {
    configWith({ minTLSCertDuration: '1s', disableRenewal: true })
    authority.signal('SIGHUP')
    await authority.untilSaid(/configuration applied/)
    const { status, stderr } = await home.step(...words('ca renew --force web.crt web.key'))
    configWith({ minTLSCertDuration: '1s' })
    authority.signal('SIGHUP')
    await authority.untilSaid(/(?:configuration applied[^]*){2}/)
    expect([status, stderr]).toEqual([1, expect.stringContaining('The request lacked necessary authorization')])
    expect((await home.step(...words('ca renew --force web.crt web.key'))).status).toBe(0)
  })

  it('after it expired, unless the claim allows it', async () => {
    const { serialNumber } = await expired()
    const refused = await home.step(...words('ca renew --force web.crt web.key'))
    const end = `${new Date(certificate().validTo).toISOString().slice(0, 19).replace('T', ' ')} +0000 UTC`
    const masked = 'The request lacked necessary authorization to be completed'
    expect([refused.status, refused.stderr]).toEqual([
      1,
      expect.stringContaining(`${masked}: certificate expired on ${end}`),
    ])
    const applied = authority.said().match(/configuration applied/g)?.length ?? 0
    configWith({ minTLSCertDuration: '1s', allowRenewalAfterExpiry: true })
    authority.signal('SIGHUP')
    await authority.untilSaid(new RegExp(`(?:configuration applied[^]*){${applied + 1}}`))
    expect(await home.step(...words('ca renew --force web.crt web.key'))).toEqual(said(renewed))
    expect(certificate().serialNumber).not.toBe(serialNumber)
  })
})

/** The certificate, once its time is over. */
async function expired(): Promise<X509Certificate> {
  await issue('--not-after', '2s')
  const isOver = (): true | undefined => (Date.now() > Date.parse(certificate().validTo) + 1000 ? true : undefined)
  await until('the certificate to expire', 10_000, isOver, 50)
  return certificate()
}

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
