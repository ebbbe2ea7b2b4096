import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectSameOutput, runBoth } from './support/both.ts'
import { makeSamples, type Samples } from './support/samples.ts'
import { runProgram, words } from '../support/programs.ts'

let samples: Samples

beforeAll(async () => {
  samples = await makeSamples()
})
afterAll(() => samples.remove())

const at = (...args: readonly string[]) => [args, { cwd: samples.folder }] as const

describe('signet certificate inspect, beside step', () => {
  it.each(['', '--short'])('prints every kind of certificate and request alike with "%s"', async (flags) => {
    for (const file of [...samples.certificates, ...samples.requests]) {
      const said = await expectSameOutput(...at('certificate', 'inspect', file, ...words(flags).filter(Boolean)))
      expect([file, said.status, said.stdout.length > 0]).toEqual([file, 0, true])
    }
  })

  it.each([
    'leaf.crt --bundle',
    'leaf.crt --bundle --short',
    'leaf.crt --bundle --format pem',
    'leaf.der --format pem',
    'simple.csr --format pem',
  ])('prints the same for %s', async (line) => {
    const said = await expectSameOutput(...at('certificate', 'inspect', ...words(line)))
    expect(said.status).toBe(0)
  })

  it('reads standard input', async () => {
    const input = readFileSync(samples.file('leaf.crt'))
    const whole = await expectSameOutput(['certificate', 'inspect'], { input })
    const short = await expectSameOutput(['certificate', 'inspect', '-', '--short'], { input })
    expect([whole.status, short.status]).toEqual([0, 0])
  })

  it('takes flags from the environment and defaults.json as step does', async () => {
    const [args, options] = at('certificate', 'inspect', 'leaf.crt')
    const said = await expectSameOutput(args, { ...options, env: { STEP_SHORT: 'true', STEPPATH: samples.folder } })
    expect(said.stdout).toMatch(/^X\.509v3 TLS Certificate \(ECDSA P-256\)/)
  })

  it.each([
    ['inspect none.crt', 'signet: cannot read none.crt: no such file or directory\n'],
    [
      'inspect leaf.key',
      'signet: file leaf.key does not contain any valid CERTIFICATE or CERTIFICATE REQUEST blocks\n',
    ],
    ['inspect leaf.crt --format yaml', "signet: invalid value 'yaml' for flag '--format'; options are text, pem\n"],
    ['inspect leaf.crt --format pem --short', "signet: flag '--short' is incompatible with '--format pem'\n"],
    ['inspect a b', "signet: too many positional arguments were provided in 'signet certificate inspect [crt-file]'\n"],
    [
      'fingerprint leaf.crt --format x',
      "signet: error parsing fingerprint format: 'x' is not a valid fingerprint format\n",
    ],
    ['fingerprint leaf.crt --sha1', "signet: flag '--sha1' requires the '--insecure' flag\n"],
  ])('fails as step does for "%s"', async (line, message) => {
    const [theirs, ours] = await runBoth(...at('certificate', ...words(line)))
    expect([ours.status, ours.stdout, ours.stderr]).toEqual([theirs.status, '', message])
  })
})

describe('signet certificate fingerprint, beside step', () => {
  const formats = ['hex', 'base64', 'base64-url', 'base64-raw', 'base64-url-raw', 'emoji'].map(
    (name) => `--format ${name}`,
  )

  it.each(['', '--bundle', '--sha1 --insecure', ...formats])('prints the same with "%s"', async (flags) => {
    for (const file of ['leaf.crt', 'simple.csr']) {
      const said = await expectSameOutput(...at('certificate', 'fingerprint', file, ...words(flags).filter(Boolean)))
      expect([file, said.status]).toEqual([file, 0])
    }
  })
})

describe('signet certificate needs-renewal, beside step', () => {
  it.each([
    ['leaf.crt', 1],
    ['leaf.crt --verbose', 1],
    ['leaf.crt --expires-in 1%', 1],
    ['leaf.crt --expires-in 0%', 0],
    ['leaf.crt --expires-in 25h -v', 0],
    ['leaf.crt --expires-in 1h', 1],
    ['leaf.crt --bundle --expires-in 87601h', 0],
    ['none.crt', 2],
    ['leaf.key', 255],
    ['leaf.crt --expires-in 101%', 255],
    ['leaf.crt --expires-in soon', 255],
  ])('ends with the same status for %s', async (line, status) => {
    const said = await expectSameOutput(...at('certificate', 'needs-renewal', ...words(line)))
    expect(said.status).toBe(status)
  })

  it('says why it fails', async () => {
    const messages = await Promise.all(
      ['none.crt', 'leaf.key', 'leaf.crt --expires-in 101%', 'leaf.crt -v'].map(async (line) => {
        const [args, options] = at('certificate', 'needs-renewal', ...words(line))
        return (await runProgram('signet', args, options)).stderr
      }),
    )
    expect(messages).toEqual([
      'signet: there is no file none.crt\n',
      'signet: file leaf.key does not contain any certificate\n',
      "signet: invalid value '101%' for flag '--expires-in'; value must be in range 0-100%\n",
      'signet: certificate does not need renewal\n',
    ])
  })
})
