import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Worker } from 'node:worker_threads'
import type { AdminStore } from '../../authority/admin/store.ts'
import type { CertificateStore } from '../../authority/ports.ts'
import type { Clock } from '../../core/clock.ts'
import { SignetError } from '../../core/errors.ts'
import type {
  MainMessage,
  Operation,
  Outcome,
  ResultOf,
  Synchronous,
  WorkerMessage,
  WorkerOptions,
} from './operations.ts'
import { bootSqliteThread } from './sqlite-thread.ts'

export type SqliteStoreOptions = {
  /**
   * Path of the database file; it and its folder are made if need be, readable by their owner only. undefined: a database
   * in memory, which ends with the store.
   */
  readonly file: string | undefined
  readonly synchronous?: Synchronous
  /** Milliseconds to wait for another process's lock, such as a backup by the sqlite3 tool; 5000 unless given. */
  readonly busyTimeoutMs?: number
  /** A thread that was booted for it; one is booted unless given. */
  readonly thread?: Worker
  readonly clock: Clock
  /** Called after each group commit with its number of operations and its time in seconds. */
  readonly onBatch?: (operations: number, seconds: number) => void
  /** Called once if the worker dies: no call succeeds afterwards and the process is best ended. */
  readonly onFailure?: (error: Error) => void
}

/** Certificates and the documents of the admin API, in one file. */
export type SqliteStore = CertificateStore & { readonly administration: AdminStore }

type Waiting = {
  readonly operation: Operation
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

/**
 * A SqliteStore in one file, in a worker thread. Calls that arrive while a transaction is under way share
 * the next one (group commit): under load one fdatasync serves many, idle a call waits for nobody.
 * Fails with `internal` if the file cannot be opened or is of a later version.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<SqliteStore> {
  if (options.file !== undefined) prepareFile(options.file)
  const { clock, file = ':memory:', synchronous = 'full', busyTimeoutMs = 5000 } = options
  const { thread: worker = bootSqliteThread() } = options
  const opened = firstMessage(worker, file)
  const open: WorkerOptions = { file, synchronous, busyTimeoutMs, now: clock.now() }
  worker.postMessage({ kind: 'open', options: open } satisfies MainMessage)
  const { createdAt } = await opened
  const run = groupCommit(worker, options)
  let closing: Promise<void> | undefined
  const ask: Run = (operation) =>
    closing === undefined ? run(operation) : Promise.reject(new SignetError('unavailable', 'the database is closed'))
  const close = async (): Promise<void> => {
    // The last in the queue: whatever was asked for before is answered first.
    await run({ kind: 'find', serial: '' }).catch(() => undefined)
    await closeWorker(worker)
  }
  return {
    record: (record, issuerSpki, use, now) => ask({ kind: 'record', record, issuerSpki, use, now }),
    spend: (use, now) => ask({ kind: 'spend', use, now }),
    find: (serial) => ask({ kind: 'find', serial }),
    revoke: (revocation, use, now) => ask({ kind: 'revoke', revocation, use, now }),
    findRevocation: (serial) => ask({ kind: 'findRevocation', serial }),
    revocationsAlive: (time) => ask({ kind: 'revocationsAlive', time }),
    findCrl: () => ask({ kind: 'findCrl' }),
    storeCrl: (crl) => ask({ kind: 'storeCrl', crl }),
    administration: {
      load: () => ask({ kind: 'loadAdmin' }),
      change: (revision, changes) => ask({ kind: 'changeAdmin', revision, changes }),
    },
    createdAt: () => Promise.resolve(createdAt),
    check: () => ask({ kind: 'check', now: clock.now() }),
    close: () => (closing ??= close()),
  }
}

function prepareFile(file: string): void {
  if (existsSync(file)) return
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  closeSync(openSync(file, 'a', 0o600))
  chmodSync(file, 0o600)
}

function firstMessage(worker: Worker, file: string): Promise<Extract<WorkerMessage, { kind: 'open' }>> {
  const refuse = (reason: string, cause?: Error): SignetError =>
    new SignetError('internal', `cannot open the database ${file}: ${reason}`, { cause })
  return new Promise((resolve, reject) => {
    worker.once('error', (error: Error) => reject(refuse(error.message, error)))
    worker.once('message', (message: WorkerMessage) => {
      worker.removeAllListeners('error')
      if (message.kind === 'open') resolve(message)
      else reject(refuse(message.kind === 'refused' ? message.message : 'unexpected answer of the worker'))
    })
  })
}

type Run = <Kind extends Operation['kind']>(operation: Extract<Operation, { kind: Kind }>) => Promise<ResultOf[Kind]>

function groupCommit(worker: Worker, { onBatch, onFailure }: SqliteStoreOptions): Run {
  let queue: Waiting[] = []
  let inFlight: Waiting[] = []
  let broken: SignetError | undefined

  const send = (): void => {
    if (inFlight.length > 0 || queue.length === 0) return
    ;[inFlight, queue] = [queue, []]
    worker.postMessage({ kind: 'batch', operations: inFlight.map(({ operation }) => operation) } satisfies MainMessage)
  }
  worker.on('message', (message: WorkerMessage) => {
    if (message.kind !== 'batch') return
    const done = inFlight
    inFlight = []
    // The worker starts on the next batch before this thread spends time on the answers to the last.
    send()
    onBatch?.(done.length, message.seconds)
    for (const [index, waiting] of done.entries()) settle(waiting, message.outcomes[index])
  })
  const fail = (reason: string, cause?: Error): void => {
    broken = new SignetError('unavailable', `the database worker has ended: ${reason}`, { cause })
    for (const { reject } of [...inFlight, ...queue]) reject(broken)
    ;[inFlight, queue] = [[], []]
    onFailure?.(broken)
  }
  worker.on('error', (error: Error) => fail(error.message, error))
  worker.on('exit', (code) => {
    if (broken === undefined && code !== 0) fail(`exit code ${code}`)
    broken ??= new SignetError('unavailable', 'the database is closed')
  })
  return (operation) =>
    new Promise((resolve, reject) => {
      if (broken !== undefined) return reject(broken)
      queue.push({ operation, resolve: resolve as (value: unknown) => void, reject })
      // The end of this turn: what other requests of the same turn add travels in the same message.
      if (queue.length === 1) setImmediate(send)
    })
}

function settle({ resolve, reject }: Waiting, outcome: Outcome | undefined): void {
  if (outcome === undefined) reject(new SignetError('internal', 'the database worker left out an answer'))
  else if ('error' in outcome) reject(new SignetError(outcome.error.code, outcome.error.message))
  else resolve(outcome.value)
}

async function closeWorker(worker: Worker): Promise<void> {
  if (worker.threadId === -1) return
  const ended = new Promise((resolve) => worker.once('exit', resolve))
  worker.postMessage({ kind: 'close' } satisfies MainMessage)
  await ended
}
