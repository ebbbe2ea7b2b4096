import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { initFolder, type CaFolder } from './support/ca-folder.ts'
import { startPair, type Pair } from './support/pair.ts'
import { serve } from './support/serve.ts'

const pem = (folder: CaFolder): string => Buffer.from(folder.root).toString('base64')

const claims = { maxTLSCertDuration: '48h', disableRenewal: true }

/** Everything that may be written, in an order and in cases of its own. */
const provisioners = (folder: CaFolder) => [
  { type: 'ACME', name: 'acme' },
  {
    NAME: 'acme everything',
    type: 'ACME',
    attestationRoots: pem(folder),
    attestationFormats: ['apple', 'STEP', 'tpm'],
    challenges: ['http-01', 'DNS-01', 'tls-alpn-01', 'device-attest-01'],
    requireEAB: true,
    caaIdentities: ['a.test', 'b<.test'],
    website: 'https://a.test/?a&b',
    termsOfService: 'https://a.test/tos',
    FORCEcn: true,
    claims,
    options: { x509: {}, ssh: {} },
  },
  {
    type: 'ACME',
    name: 'acme nothing',
    forceCN: false,
    requireEAB: null,
    website: '',
    challenges: [],
    caaIdentities: null,
  },
  { type: 'ACME', name: 'acme bad challenge', challenges: ['http-01', 'http-"2'] },
  { type: 'ACME', name: 'acme wire', challenges: ['wire-oidc-01', 'wire-dpop-01'] },
  { type: 'ACME', name: 'acme wire options', challenges: ['wire-oidc-01'], options: {} },
  { type: 'ACME', name: 'acme bad format', attestationFormats: ['x'] },
  { type: 'ACME', name: 'acme no roots', attestationRoots: Buffer.from('none').toString('base64') },
  { type: 'ACME', name: 'acme bad roots', attestationRoots: Buffer.from(badPem).toString('base64') },
  { type: 'SSHPOP', name: 'sshpop' },
  { type: 'SSHPOP', name: 'sshpop claims', claims, options: { x509: {} } },
  { type: 'SCEP', name: 'scep' },
  {
    type: 'SCEP',
    name: 'scep everything',
    claims,
    options: {},
    encryptionAlgorithmIdentifier: 2,
    minimumPublicKeyLength: 3072,
    excludeIntermediate: true,
    includeRoot: true,
    capabilities: ['AES', 'Renewal'],
    challenge: 'secret',
    forceCN: true,
  },
  { type: 'Nebula', name: 'nebula no roots', roots: '' },
  { type: 'Nebula', name: 'nebula null', claims, options: { ssh: {} } },
]

const badPem = '-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n'

let pair: Pair
let folder: CaFolder

beforeAll(async () => {
  folder = await initFolder('step')
  pair = await startPair({ authority: { provisioners: provisioners(folder) } })
})
afterAll(async () => {
  await pair.stop()
  folder.remove()
})

describe('provisioners of kinds that are not served', () => {
  it('are listed byte for byte as step-ca lists them', async () => {
    const [ours, theirs] = await Promise.all([
      pair.signet.send('/provisioners?limit=100'),
      pair.stepCa.send('/provisioners?limit=100'),
    ])
    const items = (text: string) => (JSON.parse(text) as { provisioners: { name: string }[] }).provisioners
    expect(items(ours.body)).toEqual(items(theirs.body))
    expect(ours.body).toBe(theirs.body)
    expect(items(ours.body)).toHaveLength(provisioners(folder).length)
  })

  it('are told in the log, one line each', () => {
    const lines = readFileSync(join(pair.folder.path, '..', 'signet.log'), 'utf8').split('\n')
    const told = lines.filter((line) => line.includes('"path":"authority.provisioners['))
    expect(told).toHaveLength(provisioners(folder).length)
  })
})

describe('step ca init', () => {
  it('with an ACME provisioner writes what starts signet', async () => {
    const own = await initFolder('step', ['--acme'])
    const process = await serve('signet', own)
    await process.stop()
    const log = readFileSync(join(own.path, '..', 'signet.log'), 'utf8')
    own.remove()
    expect(log).toContain('of type ACME is listed only')
  })
})
