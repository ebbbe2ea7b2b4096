/** Entry of the worker thread that owns the database file: a batch comes in, one transaction, the outcomes go out. */
import { parentPort } from 'node:worker_threads'
import type { MainMessage, Operation, WorkerMessage, WorkerOptions } from './operations.ts'
import { openSqliteDatabase, type SqliteDatabase } from './sqlite-database.ts'

const port = parentPort
if (port === null) throw new Error('sqlite-worker runs only as a worker thread')
const post = (message: WorkerMessage): void => port.postMessage(message)

let database: SqliteDatabase | undefined

function open(options: WorkerOptions): void {
  try {
    database = openSqliteDatabase(options)
    post({ kind: 'open', createdAt: database.createdAt })
  } catch (error) {
    post({ kind: 'refused', message: error instanceof Error ? error.message : String(error) })
    port?.close()
  }
}

function execute(operations: readonly Operation[]): void {
  const started = performance.now()
  const outcomes = database?.execute(operations) ?? []
  post({ kind: 'batch', outcomes, seconds: (performance.now() - started) / 1000 })
}

port.on('message', (message: MainMessage) => {
  if (message.kind === 'open') return open(message.options)
  if (message.kind === 'batch') return execute(message.operations)
  database?.close()
  port.close()
})
