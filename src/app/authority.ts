import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { createLogger, logLevels, parseLogLevel } from '../adapters/telemetry/logger.ts'
import { SignetError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { fileConfigSource } from './authority-process/config-source.ts'
import { startRuntime, type RuntimeOptions } from './authority-process/runtime.ts'
import type { ProcessMain } from './processes.ts'
import { keepHeapSmall } from './small-heap.ts'
import { systemClock, untilSignal } from './system.ts'

const usage = `Usage: signet authority CONFIG [--password-file FILE]

Serves the certificate authority that CONFIG, a ca.json, describes.
  --password-file FILE  password of the issuing key; comes before "password" in CONFIG
  --help                this text

SIGHUP reads CONFIG and the files that it names again; SIGTERM and SIGINT end the process when it has answered.
In a cluster, without CONFIG, SIGNET_AUTHORITY_NAME names the Authority whose Secret is watched instead.
SIGNET_LOG_LEVEL is one of ${logLevels.join(', ')} (default info).
`

/** Process `authority`: serves until a signal comes. */
export const runAuthority: ProcessMain = async (args) => {
  const { values, positionals } = readArguments(args)
  if (values.help === true) {
    process.stdout.write(usage)
    return 0
  }
  keepHeapSmall()
  const log = createLogger('authority', parseLogLevel(process.env['SIGNET_LOG_LEVEL']))
  const { promise: failed, reject: onFailure } = Promise.withResolvers<never>()
  const password = values['password-file'] === undefined ? undefined : readPassword(values['password-file'])
  const options = { ...(await findSource(positionals, log)), password, clock: systemClock, log, onFailure }
  const stopped = untilSignal()
  const runtime = await startRuntime(options)
  const signal = await Promise.race([stopped, failed])
  log.info({ signal }, 'stopping')
  await runtime.stop()
  return 0
}

function readArguments(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { 'password-file': { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    })
  } catch (error) {
    throw new SignetError('malformed', `${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
  }
}

async function findSource(files: readonly string[], log: Log): Promise<Pick<RuntimeOptions, 'source' | 'cluster'>> {
  const [file, ...more] = files
  const name = process.env['SIGNET_AUTHORITY_NAME'] ?? ''
  if (more.length > 0) throw new SignetError('malformed', `only one CONFIG can be served, got ${files.join(' ')}`)
  if (file !== undefined) return { source: fileConfigSource(file), cluster: undefined }
  if (name === '') throw new SignetError('malformed', `CONFIG is missing: name a ca.json\n\n${usage}`)
  const { connectCluster } = await import('./authority-process/cluster.ts')
  return connectCluster({ authority: name, environment: process.env, log })
}

function readPassword(file: string): string {
  try {
    return readFileSync(file, 'utf8').trimEnd()
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    throw new SignetError('malformed', `--password-file: cannot read ${file}: ${code}`)
  }
}
