import type { KeyObject } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import type { RecordOutcome, SpendOutcome } from '../../authority/ports.ts'
import { equalBytes } from '../../core/bytes.ts'
import { SignetError, isSignetError } from '../../core/errors.ts'
import { isSignedBy } from '../../core/x509/certificate.ts'
import { importPublicKey } from '../../core/x509/public-key.ts'
import type { Operation, OperationOf, Outcome, WorkerOptions } from './operations.ts'
import { toRecord } from './rows.ts'
import { prepareSchema } from './schema.ts'
import { prepareAdministration } from './sqlite-administration.ts'
import { prepareRevocations } from './sqlite-revocations.ts'
import { prepareSpend, type Spend } from './sqlite-spend.ts'

/**
 * 64 MiB of 4 KiB pages, where SQLite's own default is 4: pages that change often are copied to the file less often, and
 * each copying keeps all that wait for a commit waiting for some 25 ms.
 */
const walPages = 16_384

export type SqliteDatabase = {
  /** Milliseconds since the epoch at which the file was created. */
  readonly createdAt: number
  /**
   * Runs all operations in one transaction and returns when it is durable, with one outcome each. An operation that fails
   * is undone alone; a fault of the database undoes all of them and each outcome is `unavailable`.
   */
  execute(operations: readonly Operation[]): Outcome[]
  close(): void
}

type Run = (operation: never) => unknown

/** They need no transaction of their own. */
const reading: ReadonlySet<Operation['kind']> = new Set([
  'find',
  'findRevocation',
  'revocationsAlive',
  'findCrl',
  'loadAdmin',
])
/** They have several statements, which are undone together. */
const inSteps: ReadonlySet<Operation['kind']> = new Set(['record', 'revoke', 'spend', 'changeAdmin'])

/** Opens or creates the database file. Blocks while it works: only for the worker thread. */
export function openSqliteDatabase({ file, synchronous, busyTimeoutMs, now }: WorkerOptions): SqliteDatabase {
  const database = new DatabaseSync(file, { timeout: busyTimeoutMs, enableForeignKeyConstraints: false })
  useLog(database, busyTimeoutMs)
  database.exec(`PRAGMA synchronous = ${synchronous}; PRAGMA wal_autocheckpoint = ${walPages}`)
  prepareSchema(database, now)
  const [begin, commit, rollback] = ['BEGIN IMMEDIATE', 'COMMIT', 'ROLLBACK'].map((sql) => database.prepare(sql))
  const runOne = prepareRunOne(database, prepareRuns(database))
  return {
    createdAt: Number(database.prepare(`SELECT value FROM facts WHERE name = 'created_at'`).get()?.['value']),
    execute(operations) {
      try {
        if (operations.every(({ kind }) => reading.has(kind))) return operations.map(runOne)
        begin?.run()
        const outcomes = operations.map(runOne)
        commit?.run()
        return outcomes
      } catch (error) {
        if (database.isTransaction) rollback?.run()
        const outcome = unusable(error)
        return operations.map(() => outcome)
      }
    },
    close() {
      database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
      database.close()
    },
  }
}

/** Result code of SQLite where another process holds a lock. */
const busy = 5
const retryMs = 10

/** Has SQLite write ahead. While another process makes the same file, it refuses this at once, whatever the timeout. */
function useLog(database: DatabaseSync, timeoutMs: number): void {
  for (let waited = 0; ; waited += retryMs) {
    try {
      database.exec('PRAGMA journal_mode = WAL')
      return
    } catch (error) {
      if ((error as { readonly errcode?: number }).errcode !== busy || waited >= timeoutMs) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, retryMs)
    }
  }
}

/**
 * What one caller sent never fails the requests of others: what takes several statements has a savepoint of its own in the
 * transaction, the others are one statement each, which SQLite undoes by itself.
 */
function prepareRunOne(database: DatabaseSync, runs: Readonly<Record<Operation['kind'], Run>>) {
  const [save, release, undo] = ['SAVEPOINT one', 'RELEASE one', 'ROLLBACK TO one'].map((sql) => database.prepare(sql))
  return (operation: Operation): Outcome => {
    const saved = inSteps.has(operation.kind)
    try {
      if (saved) save?.run()
      const value = runs[operation.kind](operation as never)
      if (saved) release?.run()
      return { value }
    } catch (error) {
      // SQLite itself ends the transaction where it is beyond saving, such as on a full disk.
      if (!database.isTransaction && !isSignetError(error)) throw error
      if (saved && database.isTransaction) {
        undo?.run()
        release?.run()
      }
      return isSignetError(error) ? { error: { code: error.code, message: error.message } } : unusable(error)
    }
  }
}

function unusable(error: unknown): Outcome {
  const reason = error instanceof Error ? error.message : String(error)
  return { error: { code: 'unavailable', message: `the database cannot be used: ${reason}` } }
}

function prepareRuns(database: DatabaseSync) {
  const spend = prepareSpend(database)
  const select = database.prepare(
    'SELECT * FROM certificates LEFT JOIN (SELECT serial, reason_code, reason, revoked_at, revoked_by, expires_at FROM revocations) USING (serial) WHERE serial = ?',
  )
  const touch = database.prepare(`UPDATE facts SET value = ? WHERE name = 'checked_at' RETURNING value`)
  return {
    record: prepareRecord(database, spend),
    ...prepareRevocations(database, spend),
    ...prepareAdministration(database),
    spend: ({ use, now }: OperationOf<'spend'>): SpendOutcome => spend(use, now) ?? 'spent',
    find: ({ serial }: OperationOf<'find'>) => toRecord(select.get(serial)),
    check: ({ now }: OperationOf<'check'>) => {
      if (touch.get(now)?.['value'] !== now) throw new Error('a row that was written cannot be read back')
    },
  }
}

/** The KeyObject of an issuer: one importing serves all that come with the same key after each other. */
function keyOfLast(): (spki: Uint8Array) => KeyObject {
  let last: { readonly spki: Uint8Array; readonly key: KeyObject } | undefined
  return (spki) => {
    if (last === undefined || !equalBytes(last.spki, spki)) last = { spki, key: importPublicKey(spki) }
    return last.key
  }
}

function prepareRecord(database: DatabaseSync, spend: Spend) {
  const keyOf = keyOfLast()
  const serialTaken = database.prepare('SELECT 1 FROM certificates WHERE serial = ?')
  const revoked = database.prepare('SELECT 1 FROM revocations WHERE serial = ?')
  const insert = database.prepare(
    `INSERT INTO certificates (serial, provisioner_id, provisioner_name, provisioner_type, issued_to, rule, public_key_sha256, requested_at, renews, certificate, not_before, not_after)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  return ({ record, issuerSpki, use, now }: OperationOf<'record'>): RecordOutcome => {
    const { serial, provisioner, issuedTo, renews, certificate } = record
    if (!isSignedBy(certificate, keyOf(issuerSpki))) {
      throw new SignetError('internal', `certificate ${serial} is not signed by its issuer`)
    }
    if (serialTaken.get(serial) !== undefined) return 'serial-taken'
    if (renews !== undefined && revoked.get(renews) !== undefined) return 'renews-revoked'
    const refusal = use === undefined ? undefined : spend(use, now)
    if (refusal !== undefined) return refusal
    insert.run(
      serial,
      provisioner.id,
      provisioner.name,
      provisioner.type,
      JSON.stringify(issuedTo),
      record.rule,
      record.publicKeySha256,
      record.requestedAt,
      renews ?? null,
      certificate,
      record.notBefore,
      record.notAfter,
    )
    return 'recorded'
  }
}
