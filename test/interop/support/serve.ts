import { join } from 'node:path'
import { spawnServer, startServer, type ServerProcess } from '../../harness/server-process.ts'
import type { CaFolder } from './ca-folder.ts'
import { commandOf } from './programs.ts'

export type ServeOptions = {
  /** Another ca.json than the folder's own. */
  readonly config?: string
  /** Put before the command, such as a tracer. */
  readonly prefix?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** Serves a folder and waits until it answers. */
export function serve(by: 'signet' | 'step-ca', folder: CaFolder, options: ServeOptions = {}): Promise<ServerProcess> {
  return startServer(commandLine(by, folder, options), { ...settings(by, folder, options), url: folder.url })
}

/** Starts `signet authority` without waiting for anything. */
export function spawnAuthority(folder: CaFolder, options: ServeOptions = {}): ServerProcess {
  return spawnServer(commandLine('signet', folder, options), settings('signet', folder, options))
}

function commandLine(by: 'signet' | 'step-ca', folder: CaFolder, { config, prefix = [] }: ServeOptions) {
  const rest = [config ?? folder.config, '--password-file', folder.passwordFile]
  const [file, ...args] = [...prefix, ...commandOf(by), ...(by === 'signet' ? ['authority'] : []), ...rest]
  return [file ?? '', ...args] as const
}

const settings = (by: string, { path }: CaFolder, { env = {} }: ServeOptions) => ({
  logFile: join(path, '..', `${by}.log`),
  env: { STEPPATH: path, ...env },
})
