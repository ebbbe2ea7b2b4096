import { parseArgs } from 'node:util'
import { bootSqliteThread } from '../adapters/storage/sqlite-thread.ts'
import { SignetError } from '../core/errors.ts'
import { logLevels } from '../core/log.ts'
import type { Configuration } from './authority-process/serve.ts'
import type { ProcessMain } from './processes.ts'
import { keepHeapSmall } from './small-heap.ts'

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
  const configuration = whichOf(positionals)
  keepHeapSmall()
  // A thread boots for as long as everything else is loaded: 0.2 s each, on two processors.
  const storeThread = bootSqliteThread()
  const { serveAuthority } = await import('./authority-process/serve.ts')
  return serveAuthority({ configuration, passwordFile: values['password-file'], storeThread })
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

function whichOf(files: readonly string[]): Configuration {
  const [file, ...more] = files
  const authority = process.env['SIGNET_AUTHORITY_NAME'] ?? ''
  if (more.length > 0) throw new SignetError('malformed', `only one CONFIG can be served, got ${files.join(' ')}`)
  if (file !== undefined) return { file }
  if (authority === '') throw new SignetError('malformed', `CONFIG is missing: name a ca.json\n\n${usage}`)
  return { authority }
}
