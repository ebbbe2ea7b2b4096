/** Entry of the worker thread that owns the database file: a batch comes in, one transaction, the outcomes go out. */
import { parentPort, workerData } from 'node:worker_threads'
import type { MainMessage, WorkerMessage, WorkerOptions } from './operations.ts'
import { openSqliteDatabase, type SqliteDatabase } from './sqlite-database.ts'

const port = parentPort
if (port === null) throw new Error('sqlite-worker runs only as a worker thread')
const post = (message: WorkerMessage): void => port.postMessage(message)

function serve(database: SqliteDatabase): void {
  post({ kind: 'open', createdAt: database.createdAt })
  port?.on('message', (message: MainMessage) => {
    if (message.kind === 'close') {
      database.close()
      port?.close()
      return
    }
    const started = performance.now()
    const outcomes = database.execute(message.operations)
    post({ kind: 'batch', outcomes, seconds: (performance.now() - started) / 1000 })
  })
}

let opened: SqliteDatabase | undefined
try {
  opened = openSqliteDatabase(workerData as WorkerOptions)
} catch (error) {
  post({ kind: 'refused', message: error instanceof Error ? error.message : String(error) })
  port.close()
}
if (opened !== undefined) serve(opened)
