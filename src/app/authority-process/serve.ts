import { readFileSync } from 'node:fs'
import type { Worker } from 'node:worker_threads'
import { createLogger, parseLogLevel } from '../../adapters/telemetry/logger.ts'
import { SignetError } from '../../core/errors.ts'
import type { Log } from '../../core/log.ts'
import { systemClock, untilSignal } from '../system.ts'
import { fileConfigSource } from './config-source.ts'
import { startRuntime, type RuntimeOptions } from './runtime.ts'

/** A ca.json, or the Authority of a cluster whose Secret holds one. */
export type Configuration = { readonly file: string } | { readonly authority: string }

export type ServeOptions = {
  readonly configuration: Configuration
  readonly passwordFile: string | undefined
  readonly storeThread: Worker
}

/** Serves until a signal comes; resolves to the exit code. */
export async function serveAuthority({ configuration, passwordFile, storeThread }: ServeOptions): Promise<number> {
  const log = createLogger('authority', parseLogLevel(process.env['SIGNET_LOG_LEVEL']))
  const { promise: failed, reject: onFailure } = Promise.withResolvers<never>()
  const password = passwordFile === undefined ? undefined : readPassword(passwordFile)
  const options = {
    ...(await findSource(configuration, log)),
    password,
    clock: systemClock,
    log,
    onFailure,
    storeThread,
  }
  const stopped = untilSignal()
  const runtime = await startRuntime(options)
  const signal = await Promise.race([stopped, failed])
  log.info({ signal }, 'stopping')
  await runtime.stop()
  return 0
}

async function findSource(from: Configuration, log: Log): Promise<Pick<RuntimeOptions, 'source' | 'cluster'>> {
  if ('file' in from) return { source: fileConfigSource(from.file), cluster: undefined }
  const { connectCluster } = await import('./cluster.ts')
  return connectCluster({ authority: from.authority, environment: process.env, log })
}

function readPassword(file: string): string {
  try {
    return readFileSync(file, 'utf8').trimEnd()
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    throw new SignetError('malformed', `--password-file: cannot read ${file}: ${code}`)
  }
}
