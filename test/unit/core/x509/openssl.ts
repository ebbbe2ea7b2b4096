import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What `openssl` answers to a command with this input. Fails, with what it said, if it fails or is not there. */
export function openssl(command: readonly string[], input: string | Uint8Array): string {
  const { error, status, stdout, stderr } = spawnSync('openssl', command, { input, encoding: 'utf8', timeout: 20_000 })
  if (error !== undefined) throw new Error(`openssl is needed by these tests: ${error.message}`)
  if (status !== 0) throw new Error(`openssl ${command.join(' ')}: ${stdout}${stderr}`)
  return stdout
}

/** Runs `use` with the paths of files of this content in a folder that is removed afterwards. */
export function withFiles<Result>(
  files: Readonly<Record<string, string>>,
  use: (pathOf: (name: string) => string) => Result,
): Result {
  const folder = mkdtempSync(join(tmpdir(), 'signet-x509-'))
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
    return use((name) => join(folder, name))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
