import { compactDecrypt } from 'jose'
import { randomBytes, createPrivateKey, type KeyObject } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCommandLine } from '../../src/cli/program.ts'
import { fakeCliIo } from '../fakes/cli-io.ts'

/** A step folder that `signet ca init` made in a temporary directory. */
export type AuthorityFolder = {
  readonly path: string
  /** Of ca.json. */
  readonly config: string
  readonly password: string
  readonly passwordFile: string
  /** SHA-256 of the root, as `step` wants it. */
  readonly fingerprint: string
  /** PEM. */
  readonly root: string
  readonly provisioner: OpenedProvisioner
  /** The text of ca.json with these members in place of its own. */
  configWith(changes: Readonly<Record<string, unknown>>): string
  remove(): void
}

/** A JWK provisioner with its private key. */
export type OpenedProvisioner = { readonly name: string; readonly kid: string; readonly key: KeyObject }

export type FolderOptions = {
  readonly address?: string
  /** Members of ca.json that replace those that `ca init` writes. */
  readonly changes?: Readonly<Record<string, unknown>>
}

type CaJson = Record<string, unknown> & {
  authority: { provisioners: [{ name: string; key: { kid: string }; encryptedKey: string }] }
}

/** Runs `signet ca init` on port 0 of the loopback, for `localhost` and `127.0.0.1`. */
export async function makeAuthorityFolder(options: FolderOptions = {}): Promise<AuthorityFolder> {
  const path = mkdtempSync(join(tmpdir(), 'signet-authority-'))
  const password = 'correct horse'
  const passwordFile = join(path, 'password')
  writeFileSync(passwordFile, `${password}\n`)
  await init(path, passwordFile, options.address ?? '127.0.0.1:0')
  const config = join(path, 'config', 'ca.json')
  const written = JSON.parse(readFileSync(config, 'utf8')) as CaJson
  const configWith = (changes: Readonly<Record<string, unknown>>): string =>
    JSON.stringify({ ...written, ...options.changes, ...changes })
  // As `ca init` made it: the changes may leave it out.
  const provisioner = await openProvisioner(config, password)
  if (options.changes !== undefined) writeFileSync(config, configWith({}))
  const defaults = JSON.parse(readFileSync(join(path, 'config', 'defaults.json'), 'utf8')) as { fingerprint: string }
  return {
    path,
    config,
    password,
    passwordFile,
    fingerprint: defaults.fingerprint,
    root: readFileSync(join(path, 'certs', 'root_ca.crt'), 'utf8'),
    provisioner,
    configWith,
    remove: () => rmSync(path, { recursive: true, force: true }),
  }
}

async function init(path: string, passwordFile: string, address: string): Promise<void> {
  const io = {
    ...fakeCliIo({ env: { STEPPATH: path } }),
    clock: { now: () => Date.now() },
    random: { bytes: (length: number) => randomBytes(length) },
  }
  const flags = ['--name', 'Test', '--dns', 'localhost,127.0.0.1', '--address', address, '--provisioner', 'ops']
  const code = await runCommandLine(['ca', 'init', ...flags, '--password-file', passwordFile], io, [])
  if (code !== 0) throw new Error(`ca init failed: ${io.said.err}`)
}

/** The first provisioner of a ca.json file, its key decrypted. */
export async function openProvisioner(config: string, password: string): Promise<OpenedProvisioner> {
  const { authority } = JSON.parse(readFileSync(config, 'utf8')) as CaJson
  const [{ name, key, encryptedKey }] = authority.provisioners
  const { plaintext } = await compactDecrypt(encryptedKey, Buffer.from(password), {
    keyManagementAlgorithms: ['PBES2-HS256+A128KW'],
    maxPBES2Count: 600_000,
  })
  const jwk = JSON.parse(Buffer.from(plaintext).toString()) as Record<string, string>
  return { name, kid: key.kid, key: createPrivateKey({ key: jwk, format: 'jwk' }) }
}
