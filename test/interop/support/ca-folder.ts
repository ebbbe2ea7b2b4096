import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { forgersKey } from '../../builders/tokens.ts'
import type { RunResult } from '../../cluster/harness/run.ts'
import { openProvisioner, type OpenedProvisioner } from '../../harness/authority-folder.ts'
import { freePort } from '../../harness/free-port.ts'
import { runProgram } from './programs.ts'

/** What `ca init` of `signet` or `step` wrote into a temporary folder. */
export type CaFolder = {
  readonly path: string
  /** Of ca.json. */
  readonly config: string
  readonly password: string
  readonly passwordFile: string
  readonly provisionerPassword: string
  readonly provisionerPasswordFile: string
  readonly port: number
  /** `https://localhost:<port>`. */
  readonly url: string
  readonly fingerprint: string
  /** PEM. */
  readonly root: string
  readonly provisioner: OpenedProvisioner
  /** What it said on its two streams. */
  readonly said: RunResult
  readonly file: (...names: readonly string[]) => string
  /** Writes a ca.json with these members in place of its own, and gives back its path. */
  readonly variant: (name: string, changes: Readonly<Record<string, unknown>>) => string
  readonly remove: () => void
}

/** With --remote-management the provisioner of `step ca init` is in a database of step-ca. */
const nobody: OpenedProvisioner = { name: '', kid: '', key: forgersKey }

/** Runs `ca init` without a terminal, on a free port of the loopback, with these flags after its own. */
export async function initFolder(by: 'signet' | 'step', more: readonly string[] = []): Promise<CaFolder> {
  const path = mkdtempSync(join(tmpdir(), `${by}-ca-`))
  const [password, provisionerPassword] = ['correct horse', 'battery staple']
  const [passwordFile, provisionerPasswordFile] = [join(path, 'password'), join(path, 'provisioner-password')]
  writeFileSync(passwordFile, `${password}\n`)
  writeFileSync(provisionerPasswordFile, `${provisionerPassword}\n`)
  const port = await freePort()
  const step = join(path, 'step')
  const flags = ['--name', 'Test', '--dns', 'localhost', '--dns', '127.0.0.1', '--address', `127.0.0.1:${port}`]
  const files = ['--password-file', passwordFile, '--provisioner-password-file', provisionerPasswordFile]
  const said = await runProgram(
    by,
    ['ca', 'init', ...flags, '--provisioner', 'ops', ...files, '--deployment-type', 'standalone', ...more],
    { env: { STEPPATH: step } },
  )
  if (said.status !== 0) throw new Error(`${by} ca init ended with ${said.status}: ${said.stderr}`)
  // With a context, everything is one level below.
  const contexts = join(step, 'authorities')
  const base = existsSync(contexts) ? join(contexts, readdirSync(contexts)[0] ?? '') : step
  const file = (...names: readonly string[]): string => join(base, ...names)
  const config = file('config', 'ca.json')
  const { fingerprint } = JSON.parse(readFileSync(file('config', 'defaults.json'), 'utf8')) as { fingerprint: string }
  return {
    path: step,
    config,
    password,
    passwordFile,
    provisionerPassword,
    provisionerPasswordFile,
    port,
    url: `https://localhost:${port}`,
    fingerprint,
    root: readFileSync(file('certs', 'root_ca.crt'), 'utf8'),
    provisioner: more.includes('--remote-management') ? nobody : await openProvisioner(config, provisionerPassword),
    said,
    file,
    variant(name, changes) {
      const written = JSON.parse(readFileSync(config, 'utf8')) as object
      const variant = join(path, name)
      writeFileSync(variant, JSON.stringify({ ...written, ...changes }))
      return variant
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  }
}
