import { execFileSync } from 'node:child_process'
import { compactDecrypt } from 'jose'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureTool } from '../cluster/harness/tools.ts'
import { freePort } from '../harness/free-port.ts'
import { startServer, type ServerProcess } from '../harness/server-process.ts'
import type { Bench, Figure } from './bench.ts'
import { cpuSeconds, residentMiB } from './support/process-figures.ts'
import { runLoad } from './support/run-load.ts'
import type { LoadTask } from './support/sign-load.ts'
import type { LoadResult } from './support/timed-posts.ts'

const connections = 32
const count = 20_000
/**
 * Sent before the measured ones: a server runs for months, and V8 has compiled what it compiles after some 12,000 requests
 * (`--trace-opt`). Resident memory is that after both.
 */
const warmUp = 12_000
const password = 'bench'

type Measured = LoadResult & { readonly cpuMs: number; readonly idleMiB: number; readonly loadedMiB: number }

/** POST /sign with a JWK token, EC P-256, kept connections: signet against step-ca with Badger, one after the other. */
export const bench: Bench = {
  title: `${count} × POST /sign after ${warmUp}, JWK token, EC P-256, ${connections} kept connections; peer: step-ca 0.30.2 with Badger`,
  async run() {
    const [step, stepCa] = [await ensureTool('step'), await ensureTool('step-ca')]
    execFileSync(process.execPath, ['.config/build.ts'], { stdio: 'pipe' })
    const signet = ['dist/cli.js', 'authority'] as const
    const ours = await measure([process.execPath, 'dist/cli.js'], (config, file) => [
      process.execPath,
      ...signet,
      config,
      '--password-file',
      file,
    ])
    const peer = await measure([step], (config, file) => [stepCa, config, '--password-file', file])
    return compare(ours, peer)
  },
}

function compare(ours: Measured, peer: Measured): readonly Figure[] {
  const row = (
    figure: string,
    unit: string,
    pick: (measured: Measured) => number,
    target?: Figure['target'],
  ): Figure => ({
    figure,
    unit,
    ours: pick(ours),
    peer: pick(peer),
    ...(target === undefined ? {} : { target }),
  })
  const held = (text: string, met: boolean) => ({ text, met })
  return [
    row('CPU per certificate', 'ms', ({ cpuMs }) => cpuMs, held('≤ 0.8 × peer', ours.cpuMs <= 0.8 * peer.cpuMs)),
    row('rate', '1/s', ({ seconds }) => count / seconds),
    row('p50', 'ms', ({ p50 }) => p50),
    row('p99', 'ms', ({ p99 }) => p99, held('< peer', ours.p99 < peer.p99)),
    row('resident after start', 'MiB', ({ idleMiB }) => idleMiB, held('≤ 90', ours.idleMiB <= 90)),
    row('resident after the load', 'MiB', ({ loadedMiB }) => loadedMiB, held('≤ 120', ours.loadedMiB <= 120)),
    row('failed', '', ({ failed }) => failed, held('0', ours.failed === 0)),
  ]
}

type Command = (config: string, passwordFile: string) => [string, ...string[]]

/** Makes a folder with `ca init`, starts the server on it and loads it. */
async function measure(cli: readonly [string, ...string[]], command: Command): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'signet-bench-'))
  const passwordFile = join(folder, 'password')
  writeFileSync(passwordFile, password)
  const port = await freePort()
  const [program, ...args] = cli
  const flags = ['--name', 'Bench', '--dns', 'localhost', '--address', `127.0.0.1:${port}`, '--provisioner', 'bench']
  const env = { STEPPATH: folder }
  execFileSync(program, [...args, 'ca', 'init', ...flags, '--password-file', passwordFile], {
    stdio: 'pipe',
    env: { ...process.env, ...env },
  })
  const url = `https://localhost:${port}`
  const server = await startServer(command(join(folder, 'config', 'ca.json'), passwordFile), {
    url,
    logFile: join(folder, 'server.log'),
    env,
  })
  try {
    return await load(server, await taskOf(folder, url))
  } finally {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function load(server: ServerProcess, task: LoadTask): Promise<Measured> {
  const idleMiB = residentMiB(server.pid)
  await runLoad('sign-load.ts', { ...task, count: warmUp }, () => undefined)
  let before = 0
  const result = await runLoad('sign-load.ts', task, () => {
    before = cpuSeconds(server.pid)
  })
  const cpuMs = ((cpuSeconds(server.pid) - before) * 1000) / task.count
  return { ...result, cpuMs, idleMiB, loadedMiB: residentMiB(server.pid) }
}

async function taskOf(folder: string, url: string): Promise<LoadTask> {
  const { authority } = JSON.parse(readFileSync(join(folder, 'config', 'ca.json'), 'utf8')) as {
    authority: { provisioners: [{ name: string; key: { kid: string }; encryptedKey: string }] }
  }
  const [{ name, key, encryptedKey }] = authority.provisioners
  const { plaintext } = await compactDecrypt(encryptedKey, Buffer.from(password), {
    keyManagementAlgorithms: ['PBES2-HS256+A128KW'],
    maxPBES2Count: 600_000,
  })
  return {
    url,
    root: readFileSync(join(folder, 'certs', 'root_ca.crt'), 'utf8'),
    provisioner: name,
    kid: key.kid,
    key: JSON.parse(Buffer.from(plaintext).toString()) as Record<string, string>,
    connections,
    count,
  }
}
