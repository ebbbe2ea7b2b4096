import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { requireGo } from '../cluster/harness/packages.ts'
import { run, tryRun } from '../cluster/harness/run.ts'
import type { ServerProcess } from '../harness/server-process.ts'
import { initFolder, type CaFolder } from './support/ca-folder.ts'
import { words } from './support/programs.ts'
import { serve } from './support/serve.ts'
import { stepHome, type StepHome } from './support/step-home.ts'

let folder: CaFolder
let authority: ServerProcess
let home: StepHome
let root: string
let work: string

beforeAll(async () => {
  folder = await initFolder('signet')
  authority = await serve('signet', folder)
  home = await stepHome(folder, folder.url)
  root = folder.file('certs', 'root_ca.crt')
  work = mkdtempSync(join(tmpdir(), 'signet-tls-'))
  await home.step(
    ...words('ca certificate web.test web.crt web.key --provisioner-password-file'),
    folder.provisionerPasswordFile,
  )
})
afterAll(async () => {
  await authority.stop()
  home.remove()
  folder.remove()
  rmSync(work, { recursive: true })
})

const at = (): string => `localhost:${folder.port}`

/** What openssl prints of a connection with one request: it stays until the answer, before which tickets would come. */
async function handshake(...flags: readonly string[]): Promise<string> {
  const input = 'GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'
  const args = ['s_client', '-ign_eof', '-connect', at(), '-CAfile', root, ...flags]
  const { stdout, stderr } = await tryRun('openssl', args, { input })
  return `${stdout}\n${stderr}`
}

describe('openssl', () => {
  it('sees leaf and intermediate, which verify to the root', async () => {
    const said = await handshake('-showcerts', '-verify_return_error', '-verify_hostname', 'localhost')
    expect(said.match(/^ ?\d s:.*\n +i:.*$/gm)?.map((line) => line.trim())).toEqual([
      '0 s:CN = Step Online CA\n   i:O = Test, CN = Test Intermediate CA',
      '1 s:O = Test, CN = Test Intermediate CA\n   i:O = Test, CN = Test Root CA',
    ])
    expect(said).toContain('Verify return code: 0 (ok)')
    expect(said.match(/BEGIN CERTIFICATE/g)).toHaveLength(2)
  })

  it('is told which certificates to present', async () => {
    const [, names] = /Acceptable client certificate CA names\n((?:O = .*\n)+)/.exec(await handshake()) ?? []
    expect(names?.trim().split('\n').toSorted()).toEqual([
      'O = Test, CN = Test Intermediate CA',
      'O = Test, CN = Test Root CA',
    ])
  })

  it.each([
    ['-tls1_3', 'New, TLSv1.3, Cipher is TLS_AES_'],
    ['-tls1_2', 'New, TLSv1.2, Cipher is ECDHE-ECDSA-'],
  ])('with %s never resumes a session', async (version, cipher) => {
    const session = join(work, `session${version}`)
    const first = await handshake(version, '-sess_out', session)
    expect([first.includes(cipher), first.includes('No ALPN negotiated'), existsSync(session)]).toEqual([
      true,
      true,
      true,
    ])
    expect(await handshake(version, '-sess_in', session)).toContain(cipher)
  })

  it.each(['-tls1_1', '-tls1'])('is refused with %s', async (version) => {
    expect(await handshake(version, '-cipher', 'DEFAULT@SECLEVEL=0')).toMatch(
      /alert protocol version|no protocols available/,
    )
  })

  it('may present a certificate, and one of nobody: that is judged by request', async () => {
    for (const name of ['web', 'me']) {
      if (name === 'me') {
        const flags =
          '-x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=me -days 1 -out me.crt -keyout me.key'
        await run('openssl', ['req', ...words(flags)], { cwd: home.path })
      }
      const said = await handshake('-cert', home.file(`${name}.crt`), '-key', home.file(`${name}.key`))
      expect(said).toContain('Verification: OK')
    }
  })
})

describe('Go', () => {
  let client: string
  beforeAll(async () => {
    await requireGo()
    client = join(work, 'tls-client')
    await run('go', ['build', '-o', client, join(import.meta.dirname, 'support', 'tls-client.go')], { cwd: work })
  })

  const ask = async (...args: readonly string[]): Promise<Record<string, object[]>> =>
    JSON.parse(await run(client, [folder.url, root, ...args])) as Record<string, object[]>
  const exchange = (version: string, kept: boolean, status: number): object => ({
    version: `TLS ${version}`,
    resumed: false,
    chain: 2,
    verified: 'Test Root CA',
    protocol: 'HTTP/1.1',
    kept,
    status,
  })

  it('keeps its connections, and resumes no session although it would', async () => {
    const said = await ask()
    for (const version of ['1.2', '1.3']) {
      expect(said[version]).toEqual([
        exchange(version, false, 200),
        exchange(version, true, 200),
        exchange(version, false, 200),
      ])
    }
  })

  it('renews with its certificate on each of them', async () => {
    const said = await ask(home.file('web.crt'), home.file('web.key'))
    for (const version of ['1.2', '1.3']) {
      expect(said[version]).toEqual([
        exchange(version, false, 201),
        exchange(version, true, 201),
        exchange(version, false, 201),
      ])
    }
  })
})

describe('curl', () => {
  const curl = (...args: readonly string[]): Promise<string> => run('curl', ['-sS', '--cacert', root, ...args])

  it('sends many requests over one connection', async () => {
    const urls = ['/health', '/roots', '/provisioners', '/nope', '/health'].map((path) => `${folder.url}${path}`)
    const figures = await curl(
      ...urls.flatMap((url) => ['-o', '/dev/null', url]),
      '-w',
      '%{http_code} %{num_connects} %{http_version}\\n',
    )
    expect(figures.trim().split('\n')).toEqual(['200 1 1.1', '201 0 1.1', '200 0 1.1', '404 0 1.1', '200 0 1.1'])
  })

  it('sends bodies in chunks, after asking whether it may, and without keeping the connection', async () => {
    const body = ['-d', '{}', '-w', ' %{http_code}', `${folder.url}/sign`]
    const answer = '{"status":400,"message":"The request could not be completed: missing csr."}\n 400'
    expect(await curl('-H', 'Transfer-Encoding: chunked', ...body)).toBe(answer)
    expect(await curl('-H', 'Expect: 100-continue', ...body)).toBe(answer)
    expect(await curl('-H', 'Connection: close', ...body)).toBe(answer)
  })

  it('does not talk to a name that is not in ca.json', async () => {
    const args = ['-sS', '--cacert', root, '--connect-to', `other.test:${folder.port}:${at()}`]
    const { status, stderr } = await tryRun('curl', [...args, `https://other.test:${folder.port}/health`])
    expect([status, stderr]).toEqual([60, expect.stringContaining('other.test')])
  })
})
