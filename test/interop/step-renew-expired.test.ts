import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { until } from '../cluster/harness/wait.ts'
import type { ServerProcess } from '../harness/server-process.ts'
import { initFolder, type CaFolder } from './support/ca-folder.ts'
import { words } from './support/programs.ts'
import { serve } from './support/serve.ts'
import { stepHome, type StepHome } from './support/step-home.ts'

// Not beside step-ca: it verifies the chain as of a minute before the end, when an authority that was just made was not there
// yet. What it answers later on is in test/golden.
let folder: CaFolder
let authority: ServerProcess
let home: StepHome

beforeAll(async () => {
  folder = await initFolder('signet')
  authority = await serve('signet', folder, { config: configWith({}) })
  home = await stepHome(folder, folder.url)
})
afterAll(async () => {
  await authority.stop()
  home.remove()
  folder.remove()
})

/** Writes a ca.json with these claims of the authority, and a shortest life of a second. */
function configWith(claims: object): string {
  const { authority } = JSON.parse(readFileSync(folder.config, 'utf8')) as { authority: object }
  return folder.variant('claims.json', { authority: { ...authority, claims: { minTLSCertDuration: '1s', ...claims } } })
}

const certificate = (): X509Certificate => new X509Certificate(home.text('web.crt'))

it('step ca renew is refused after the certificate expired, unless the claim allows it', async () => {
  const password = ['--provisioner-password-file', folder.provisionerPasswordFile]
  await home.step(...words('ca certificate web.test web.crt web.key --not-after 2s'), ...password)
  const { serialNumber, validTo } = certificate()
  const isOver = (): true | undefined => (Date.now() > Date.parse(validTo) + 1000 ? true : undefined)
  await until('the certificate to expire', 10_000, isOver, 50)
  const refused = await home.step(...words('ca renew --force web.crt web.key'))
  const end = `${new Date(validTo).toISOString().slice(0, 19).replace('T', ' ')} +0000 UTC`
  const masked = 'The request lacked necessary authorization to be completed'
  expect([refused.status, refused.stderr]).toEqual([
    1,
    expect.stringContaining(`${masked}: certificate expired on ${end}`),
  ])
  configWith({ allowRenewalAfterExpiry: true })
  authority.signal('SIGHUP')
  await authority.untilSaid(/configuration applied/)
  const renewed = await home.step(...words('ca renew --force web.crt web.key'))
  expect(renewed).toEqual({ status: 0, stdout: '', stderr: 'Your certificate has been saved in web.crt.\n' })
  expect(certificate().serialNumber).not.toBe(serialNumber)
})
