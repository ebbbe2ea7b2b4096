import { writeSync } from 'node:fs'
import { pino, stdTimeFunctions, type DestinationStream } from 'pino'
import { SignetError, isSignetError } from '../../core/errors.ts'
import { logLevels, type Log, type LogLevel } from '../../core/log.ts'

/** The level that an environment variable names; unset means info. Fails with `malformed`, naming SIGNET_LOG_LEVEL. */
export function parseLogLevel(text: string | undefined): LogLevel {
  const wanted = text === undefined || text === '' ? 'info' : text
  const level = logLevels.find((each) => each === wanted)
  if (level !== undefined) return level
  throw new SignetError('malformed', `SIGNET_LOG_LEVEL must be one of ${logLevels.join(', ')}, got "${wanted}"`)
}

/** Fields that could hold a secret are replaced wherever they stand in the first two levels, whoever logs them. */
const secretFields: ReadonlySet<string> = new Set([
  'ott',
  'token',
  'authorization',
  'password',
  'secret',
  'bearerToken',
  'privateKey',
  'encryptedKey',
  'data',
  'stringData',
])
const censored = '[redacted]'

/**
 * A JWT or JWE, whole or cut off, and a private key in PEM, inside a line of JSON: whoever sends us one as a path, a header
 * or a time does not find it in the log.
 */
const secretText = /eyJ[\w-]{8,}(?:\.[\w-]*)*|-----BEGIN [A-Z ]*PRIVATE KEY-----(?:[\w+/=:,. -]|\\+[nrt])*/g

/**
 * One JSON line per event: `level time process msg` and the event's fields. An `err` field becomes its message, code and
 * reason, with a stack only for errors that nobody expected. Writes to `stream`, or to standard output once per turn of
 * the event loop.
 */
export function createLogger(name: string, level: LogLevel, stream: DestinationStream = perTurn()): Log {
  return pino(
    {
      level,
      base: { process: name },
      timestamp: stdTimeFunctions.isoTime,
      // pino's own `redact` clones every line for its paths with `*`, which is 2 % of an issuance.
      formatters: { level: (label) => ({ level: label }), log: (fields) => withoutSecrets(fields, 2) },
      serializers: { err: describeError },
      hooks: { streamWrite: (line) => line.replace(secretText, censored) },
    },
    stream,
  )
}

/** Standard output, where all lines of one turn are one write: a system call for each costs as much as a signature. */
function perTurn(): DestinationStream {
  let lines = ''
  const flush = (): void => {
    const text = lines
    lines = ''
    if (text !== '') writeAll(text)
  }
  process.on('exit', flush)
  return {
    write(line) {
      if (lines === '') setImmediate(flush)
      lines += line
    },
  }
}

const standardOutput = 1
const pause = new Int32Array(new SharedArrayBuffer(4))

/** Waits for a pipe whose reader is slow; where nobody reads any more, the lines are lost and the process goes on. */
function writeAll(text: string): void {
  const bytes = Buffer.from(text)
  for (let written = 0; written < bytes.length;) {
    try {
      written += writeSync(standardOutput, bytes, written)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return
      Atomics.wait(pause, 0, 0, 5)
    }
  }
}

type Fields = Readonly<Record<string, unknown>>

/** The same object where there is nothing to hide. `err` has a serializer, which shows no member of its own. */
function withoutSecrets(fields: Fields, levels: number): Record<string, unknown> {
  let clean = fields as Record<string, unknown>
  for (const [name, value] of Object.entries(fields)) {
    const deeper = levels > 1 && typeof value === 'object' && value !== null && name !== 'err'
    const hidden = secretFields.has(name) && value !== undefined
    const shown = hidden ? censored : deeper ? withoutSecrets(value as Fields, levels - 1) : value
    if (shown === value) continue
    if (clean === fields) clean = { ...fields }
    clean[name] = shown
  }
  return clean
}

function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) }
  const expected = isSignetError(error)
  return {
    message: error.message,
    ...(expected ? { code: error.code, reason: error.reason, path: error.path } : {}),
    ...(expected && error.code !== 'internal' ? {} : { stack: error.stack ?? '' }),
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  }
}
