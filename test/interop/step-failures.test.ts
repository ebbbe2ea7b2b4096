import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunResult } from '../cluster/harness/run.ts'
import { startPair, type Member, type Pair } from './support/pair.ts'
import { words } from './support/programs.ts'
import { stepHome, type StepHome } from './support/step-home.ts'

let pair: Pair
let atSignet: StepHome
let atStepCa: StepHome

beforeAll(async () => {
  pair = await startPair()
  ;[atSignet, atStepCa] = await Promise.all([
    stepHome(pair.folder, pair.signet.url),
    stepHome(pair.folder, pair.stepCa.url),
  ])
})
afterAll(async () => {
  atSignet.remove()
  atStepCa.remove()
  await pair.stop()
})

const byPassword = (): string[] => ['--provisioner-password-file', pair.folder.provisionerPasswordFile]

/** Runs the same commands at both; gives back what `step` said last, without the port. */
async function both(commands: (home: StepHome) => Promise<RunResult>): Promise<{ ours: RunResult; theirs: RunResult }> {
  const runAt = async (home: StepHome, { url }: Member): Promise<RunResult> => {
    const { status, stdout, stderr } = await commands(home)
    const plain = (text: string): string => text.replaceAll(url, 'https://ca').replaceAll(home.path, '/home')
    return { status, stdout: plain(stdout), stderr: plain(stderr) }
  }
  const [ours, theirs] = await Promise.all([runAt(atSignet, pair.signet), runAt(atStepCa, pair.stepCa)])
  return { ours, theirs }
}

const masked =
  'The request lacked necessary authorization to be completed. Please see the certificate authority logs for more info.'
const forbidden = (text: string): string => `The request was forbidden by the certificate authority: ${text}.`
const badRequest = (text: string): string => `The request could not be completed: ${text}.`
const certificate = words('ca certificate web.test web.crt web.key --force')

describe('step says the same of signet and of step-ca when', () => {
  it.each<[string, string, (home: StepHome) => Promise<RunResult>]>([
    [
      'a token is used again',
      masked,
      async ({ step }) => {
        const token = (await step(...words('ca token web.test'), ...byPassword())).stdout.trim()
        await step(...certificate, '--token', token)
        return step(...certificate, '--token', token)
      },
    ],
    [
      'a token is of another key',
      masked,
      async ({ step }) => {
        await step(...words('crypto jwk create --force --no-password --insecure pub.json priv.json'))
        const claims = ['--issuer', 'ops', '--kid', pair.folder.provisioner.kid, '--key', 'priv.json']
        const made = await step('ca', 'token', 'web.test', ...claims)
        return step(...certificate, '--token', made.stdout.trim())
      },
    ],
    [
      'a token is for revocation',
      masked,
      async ({ step }) => {
        const made = await step(...words('ca token web.test --revoke'), ...byPassword())
        return step(...certificate, '--token', made.stdout.trim())
      },
    ],
    [
      'the life is too long',
      forbidden('requested duration of 48h1m0s is more than the authorized maximum certificate duration of 24h1m0s'),
      ({ step }) => step(...certificate, '--not-after', '48h', ...byPassword()),
    ],
    [
      'the life is too short',
      forbidden('requested duration of 1m10s is less than the authorized minimum certificate duration of 5m0s'),
      ({ step }) => step(...certificate, '--not-after', '10s', ...byPassword()),
    ],
    [
      'the end has passed',
      badRequest('notAfter cannot be in the past; na=2020-01-01 00:00:00 +0000 UTC'),
      ({ step }) => step(...certificate, '--not-after', '2020-01-01T00:00:00Z', ...byPassword()),
    ],
    [
      'a CSR has another name than the token',
      forbidden('certificate request does not contain the valid DNS names - got [web.test], want [web.test db.test]'),
      async ({ step }) => {
        await step(...words('certificate create --csr --no-password --insecure --force web.test web.csr web.key'))
        const made = await step(...words('ca token web.test --san web.test --san db.test'), ...byPassword())
        return step(...words('ca sign web.csr web.crt --force --token'), made.stdout.trim())
      },
    ],
    [
      'the root’s fingerprint is wrong',
      'root certificate with fingerprint "00" was not found',
      ({ step }) => step('ca', 'root', '--fingerprint', '00'),
    ],
    [
      'there is no such provisioner',
      `invalid value 'nobody' for flag '--provisioner'`,
      ({ step }) => step(...certificate, '--provisioner', 'nobody', ...byPassword()),
    ],
    [
      'the provisioner’s password is wrong',
      'failed to decrypt JWE: invalid password',
      ({ step }) => step(...certificate, '--provisioner-password-file', pair.folder.passwordFile),
    ],
    [
      'the key id is unknown',
      'The requested resource could not be found. Please see the certificate authority logs for more info.',
      ({ step }) => step(...words('ca provisioner jwe-key nobody')),
    ],
  ])('%s', async (_, message, commands) => {
    const { ours, theirs } = await both(commands)
    expect(ours).toEqual(theirs)
    expect([ours.status, ours.stderr]).toEqual([1, expect.stringContaining(`${message}\n`)])
  })
})

/** As `src/http/README.md` lists them. */
describe('step says another thing of signet when', () => {
  it('a name cannot be certified', async () => {
    const { ours, theirs } = await both(({ step }) =>
      step('ca', 'certificate', 'Jane Doe', 'jane.crt', 'jane.key', '--force', ...byPassword()),
    )
    const message = badRequest('certificate request: subject alternative names: "Jane Doe" is no DNS name')
    expect([theirs.status, ours.status, ours.stderr]).toEqual([0, 1, expect.stringContaining(`${message}\n`)])
  })

  it('the key is too short, which is a bad request and not forbidden', async () => {
    const { ours, theirs } = await both(async ({ step }) => {
      const weak = words('--kty RSA --size 1024 --no-password --insecure --force web.test weak.csr weak.key')
      await step('certificate', 'create', '--csr', ...weak)
      return step(...words('ca sign weak.csr web.crt --force'), ...byPassword())
    })
    const message = 'certificate request RSA key must be at least 2048 bits (256 bytes)'
    expect(theirs.stderr).toContain(`${forbidden(message)}\n`)
    expect(ours).toEqual({ ...theirs, stderr: theirs.stderr.replace(forbidden(message), badRequest(message)) })
  })
})
