import { X509Certificate } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseCertificate } from '../../../src/core/x509/certificate.ts'
import { anOcspRequest } from '../../builders/ocsp-request.ts'
import { run, tryRun } from '../../cluster/harness/run.ts'
import type { ServerProcess } from '../../harness/server-process.ts'
import { freePort } from '../../harness/free-port.ts'
import { agentFor, send, type WireAnswer, type WireRequest } from '../../harness/wire-client.ts'
import { initFolder, type CaFolder } from '../support/ca-folder.ts'
import { buildGoProgram } from '../support/go-program.ts'
import { words } from '../support/programs.ts'
import { serve } from '../support/serve.ts'
import { stepHome, type StepHome } from '../support/step-home.ts'

let folder: CaFolder
let authority: ServerProcess
let home: StepHome
let client: string
let files: { readonly root: string; readonly issuer: string }
let plainPort: number
let good: string
let revoked: string

beforeAll(async () => {
  client = await buildGoProgram(import.meta.dirname)
  folder = await initFolder('signet')
  plainPort = await freePort()
  const insecureAddress = `127.0.0.1:${plainPort}`
  const signet = { ocsp: { enabled: true, validity: '30m' }, urls: { ocsp: [plain('/ocsp')], crl: [plain('/crl')] } }
  const crl = { enabled: true, generateOnRevoke: true, idpURL: plain('/crl') }
  const config = folder.variant('ocsp.json', { insecureAddress, signet, crl })
  authority = await serve('signet', folder, { config })
  home = await stepHome(folder, folder.url)
  files = { root: folder.file('certs', 'root_ca.crt'), issuer: folder.file('certs', 'intermediate_ca.crt') }
  good = await issue('good')
  revoked = await issue('revoked')
  await revoke(revoked)
}, 600_000)
afterAll(async () => {
  await authority.stop()
  home.remove()
  folder.remove()
})

const plain = (path: string): string => `http://localhost:${plainPort}${path}`
const password = (): string => `--provisioner-password-file ${folder.provisionerPasswordFile}`

async function step(line: string): Promise<string> {
  const { status, stdout, stderr } = await home.step(...words(line))
  if (status !== 0) throw new Error(stderr)
  return stdout.trim()
}

async function issue(name: string): Promise<string> {
  await step(`ca certificate ${name}.test ${name}.crt ${name}.key --force ${password()}`)
  return BigInt(`0x${new X509Certificate(home.text(`${name}.crt`)).serialNumber}`).toString()
}

async function revoke(serial: string): Promise<void> {
  const token = await step(`ca token ${serial} --revoke ${password()}`)
  await step(`ca revoke ${serial} --token ${token} --reasonCode keyCompromise`)
}

describe('golang.org/x/crypto/ocsp', () => {
  const ask = async (method: string, hash: string, serials: readonly string[], path = '/ocsp'): Promise<unknown[]> => {
    const text = await run(client, [method, hash, `${folder.url}${path}`, files.root, files.issuer, ...serials])
    return text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown)
  }

  it.each([
    ['GET', 'sha1', '/ocsp'],
    ['GET', 'sha256', '/1.0/ocsp'],
    ['POST', 'sha1', '/1.0/ocsp'],
    ['POST', 'sha256', '/ocsp'],
  ])('accepts good, revoked and unknown by %s with %s at %s', async (method, hash, path) => {
    const usual = { reason: 0, minutes: 30, signer: 'Step Online CA OCSP', error: '' }
    expect(await ask(method, hash, [good, revoked, '12345'], path)).toEqual([
      { ...usual, serial: good, status: 'good' },
      { ...usual, serial: revoked, status: 'revoked', reason: 1 },
      { ...usual, serial: '12345', status: 'unknown' },
    ])
  })

  it('sees a revocation at once, whatever was said and kept before', async () => {
    const serial = await issue('soon')
    expect(await ask('GET', 'sha1', [serial, serial])).toMatchObject([{ status: 'good' }, { status: 'good' }])
    await revoke(serial)
    expect(await ask('GET', 'sha1', [serial])).toMatchObject([{ status: 'revoked' }])
    expect(await ask('POST', 'sha256', [serial])).toMatchObject([{ status: 'revoked' }])
  })
})

describe('openssl ocsp', () => {
  it('accepts good, revoked and unknown, with its nonce, by POST', async () => {
    const chain = ['-CAfile', files.root, '-issuer', files.issuer, '-verify_other', files.issuer]
    for (const [serial, status] of [
      [good, 'good'],
      [revoked, 'revoked'],
      ['12345', 'unknown'],
    ] as const) {
      const asked = ['-serial', serial, '-url', `${folder.url}/ocsp`]
      const { stdout, stderr } = await tryRun('openssl', ['ocsp', ...chain, ...asked])
      expect([stderr.trim(), stdout.split('\n')[0]]).toEqual(['Response verify OK', `${serial}: ${status}`])
    }
  })

  it('accepts what comes by GET', async () => {
    const issuer = parseCertificate(readFileSync(files.issuer, 'utf8'))
    const request = anOcspRequest({ issuer, serials: [revoked] })
    const { octets } = await get(request)
    const [asked, answer] = [join(folder.path, 'request.der'), join(folder.path, 'answer.der')]
    writeFileSync(asked, request)
    writeFileSync(answer, octets)
    const chain = [
      '-CAfile',
      files.root,
      '-issuer',
      files.issuer,
      '-verify_other',
      files.issuer,
      '-no_nonce',
      '-serial',
      revoked,
    ]
    const said = await tryRun('openssl', ['ocsp', ...chain, '-reqin', asked, '-respin', answer])
    expect([said.stderr.trim(), said.stdout.split('\n')[0]]).toEqual(['Response verify OK', `${revoked}: revoked`])
  })
})

async function ask(path: string, request?: WireRequest): Promise<WireAnswer> {
  const agent = agentFor(folder)
  const answer = await send(agent, `${folder.url}${path}`, request)
  agent.destroy()
  return answer
}

const get = (request: Uint8Array) => ask(`/ocsp/${encodeURIComponent(Buffer.from(request).toString('base64'))}`)

describe('caches', () => {
  const question = (serial: string, nonce?: Uint8Array) =>
    anOcspRequest({
      issuer: parseCertificate(readFileSync(files.issuer, 'utf8')),
      serials: [serial],
      ...(nonce && { nonce }),
    })

  it('may keep what is known, for as long as the authority itself', async () => {
    const { headers, status } = await get(question(good))
    expect(status).toBe(200)
    expect(headers['cache-control']).toBe('max-age=900, public, no-transform, must-revalidate')
    expect(headers.etag).toMatch(/^"[0-9a-f]{64}"$/)
    expect(Date.parse(headers.expires ?? '') - Date.parse(headers['last-modified'] ?? '')).toBe(1_800_000)
  })

  it('may not keep what is unknown, fresh or sent', async () => {
    for (const answer of [
      await get(question('5')),
      await get(question(good, new Uint8Array(32))),
      await ask('/ocsp', { body: Buffer.from(question(good)) }),
      await ask('/ocsp', { body: 'x' }),
      await ask('/ocsp/AA//BB=='),
    ]) {
      expect([answer.status, answer.headers['cache-control'], answer.headers.etag]).toEqual([
        200,
        'no-store',
        undefined,
      ])
    }
  })
})

describe('without TLS', () => {
  it('OCSP and the list are served, and nothing else', async () => {
    const list = await fetch(plain('/1.0/crl'))
    expect([list.status, list.headers.get('content-type')]).toEqual([200, 'application/pkix-crl'])
    const issuer = parseCertificate(readFileSync(files.issuer, 'utf8'))
    const body = anOcspRequest({ issuer, serials: [good] })
    const answer = await fetch(plain('/ocsp'), { method: 'POST', body })
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/ocsp-response'])
    for (const path of ['/health', '/roots.pem', '/1.0/provisioners'])
      expect((await fetch(plain(path))).status).toBe(404)
    expect((await fetch(plain('/revoke'), { method: 'POST', body: '{}' })).status).toBe(404)
  })

  it('openssl verifies a certificate with the list and the responder that it names', async () => {
    const text = await run('openssl', ['x509', '-in', home.file('good.crt'), '-noout', '-ocsp_uri'])
    const chain = ['-CAfile', files.root, '-issuer', files.issuer, '-verify_other', files.issuer]
    const { stdout } = await tryRun('openssl', ['ocsp', ...chain, '-cert', home.file('good.crt'), '-url', text.trim()])
    expect(stdout.split('\n')[0]).toBe(`${home.file('good.crt')}: good`)
    const trust = [files.root, '-untrusted', files.issuer]
    const verify = (name: string) =>
      tryRun('openssl', [...words('verify -crl_check -crl_download -trusted'), ...trust, home.file(`${name}.crt`)])
    expect(await verify('good')).toMatchObject({ status: 0 })
    expect((await verify('revoked')).stderr).toContain('certificate revoked')
  })
})
