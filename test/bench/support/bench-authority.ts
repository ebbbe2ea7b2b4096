import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureTool } from '../../cluster/harness/tools.ts'
import { openProvisioner, type OpenedProvisioner } from '../../harness/authority-folder.ts'
import { freePort } from '../../harness/free-port.ts'
import { startServer, type ServerProcess } from '../../harness/server-process.ts'

/** Who is measured: signet as it is built, or the real step-ca 0.30.2 with Badger. */
export type AuthorityProgram = {
  /** The start of a command line of the one that knows `ca init`. */
  readonly cli: readonly [string, ...string[]]
  readonly serve: (config: string, passwordFile: string) => [string, ...string[]]
}

const password = 'bench'

/** Builds both. */
export async function authorityPrograms(): Promise<{ ours: AuthorityProgram; peer: AuthorityProgram }> {
  const [step, stepCa] = [await ensureTool('step'), await ensureTool('step-ca')]
  execFileSync(process.execPath, ['.config/build.ts'], { stdio: 'pipe' })
  const signet = [process.execPath, 'dist/cli.js'] as const
  const flag = '--password-file'
  return {
    ours: { cli: signet, serve: (config, file) => [...signet, 'authority', config, flag, file] },
    peer: { cli: [step], serve: (config, file) => [stepCa, config, flag, file] },
  }
}

/** A folder that `ca init` made, on a port of the loopback. */
export type BenchFolder = {
  readonly url: string
  /** PEM. */
  readonly root: string
  readonly provisioner: OpenedProvisioner
  readonly start: () => Promise<ServerProcess>
  readonly command: () => [string, ...string[]]
  readonly env: Readonly<Record<string, string>>
  readonly logFile: string
}

/** Makes a folder whose ca.json has these provisioners besides its own, has it used, and removes it. */
export async function withBenchFolder<T>(
  { cli: [program, ...args], serve }: AuthorityProgram,
  provisioners: readonly object[],
  use: (folder: BenchFolder) => Promise<T>,
): Promise<T> {
  const path = mkdtempSync(join(tmpdir(), 'signet-bench-'))
  try {
    const passwordFile = join(path, 'password')
    writeFileSync(passwordFile, password)
    const port = await freePort()
    const flags = ['--name', 'Bench', '--dns', 'localhost', '--address', `127.0.0.1:${port}`, '--provisioner', 'bench']
    const env = { STEPPATH: path }
    execFileSync(program, [...args, 'ca', 'init', ...flags, '--password-file', passwordFile], {
      stdio: 'pipe',
      env: { ...process.env, ...env },
    })
    const config = join(path, 'config', 'ca.json')
    addProvisioners(config, provisioners)
    const url = `https://localhost:${port}`
    const logFile = join(path, 'server.log')
    const command = (): [string, ...string[]] => serve(config, passwordFile)
    return await use({
      url,
      root: readFileSync(join(path, 'certs', 'root_ca.crt'), 'utf8'),
      provisioner: await openProvisioner(config, password),
      start: () => startServer(command(), { url, logFile, env }),
      command,
      env,
      logFile,
    })
  } finally {
    rmSync(path, { recursive: true, force: true })
  }
}

function addProvisioners(file: string, more: readonly object[]): void {
  const config = JSON.parse(readFileSync(file, 'utf8')) as { authority: { provisioners: object[] } }
  config.authority.provisioners.push(...more)
  writeFileSync(file, JSON.stringify(config))
}
