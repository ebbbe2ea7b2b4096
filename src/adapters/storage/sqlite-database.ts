import { DatabaseSync, type SQLOutputValue } from 'node:sqlite'
import type { BeginOutcome, CredentialUse, IssuanceIntent, IssuanceRecord, IssuedTo } from '../../authority/ports.ts'
import { SignetError, isSignetError } from '../../core/errors.ts'
import type { Operation, Outcome, WorkerOptions } from './operations.ts'
import { prepareSchema } from './schema.ts'

/** Expired credentials deleted per write batch: more than a batch adds, few enough not to be felt. */
const purgeLimit = 64

export type SqliteDatabase = {
  /** Milliseconds since the epoch at which the file was created. */
  readonly createdAt: number
  /**
   * Runs all operations in one transaction and returns when it is durable, with one outcome each. A fault of the
   * database undoes all of them and each outcome is `unavailable`.
   */
  execute(operations: readonly Operation[]): Outcome[]
  close(): void
}

type Run = (operation: never) => unknown

/** Opens or creates the database file. Blocks while it works: only for the worker thread. */
export function openSqliteDatabase({ file, synchronous, busyTimeoutMs, now }: WorkerOptions): SqliteDatabase {
  const database = new DatabaseSync(file, { timeout: busyTimeoutMs, enableForeignKeyConstraints: false })
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}`)
  prepareSchema(database, now)
  const runs: Readonly<Record<Operation['kind'], Run>> = prepareRuns(database)
  const [begin, commit, rollback] = ['BEGIN IMMEDIATE', 'COMMIT', 'ROLLBACK'].map((sql) => database.prepare(sql))
  return {
    createdAt: Number(database.prepare(`SELECT value FROM facts WHERE name = 'created_at'`).get()?.['value']),
    execute(operations) {
      try {
        if (operations.every(({ kind }) => kind === 'find')) return operations.map((each) => runOne(runs, each))
        begin?.run()
        const outcomes = operations.map((each) => runOne(runs, each))
        commit?.run()
        return outcomes
      } catch (error) {
        if (database.isTransaction) rollback?.run()
        const message = `the database cannot be used: ${error instanceof Error ? error.message : String(error)}`
        return operations.map(() => ({ error: { code: 'unavailable', message } }))
      }
    },
    close() {
      database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
      database.close()
    },
  }
}

function runOne(runs: Readonly<Record<Operation['kind'], Run>>, operation: Operation): Outcome {
  try {
    return { value: runs[operation.kind](operation as never) }
  } catch (error) {
    // A SignetError is an answer that wrote nothing; anything else is SQLite's and undoes the whole batch.
    if (isSignetError(error)) return { error: { code: error.code, message: error.message } }
    throw error
  }
}

type OperationOf<Kind extends Operation['kind']> = Extract<Operation, { kind: Kind }>

function prepareRuns(database: DatabaseSync) {
  const begin = prepareBegin(database)
  const insertCertificate = database.prepare(
    'INSERT INTO certificates (id, certificate, not_before, not_after) SELECT id, ?, ?, ? FROM intents WHERE serial = ? AND NOT EXISTS (SELECT 1 FROM certificates c WHERE c.id = intents.id)',
  )
  const select = database.prepare('SELECT * FROM intents JOIN certificates USING (id) WHERE serial = ?')
  const touch = database.prepare(`UPDATE facts SET value = ? WHERE name = 'checked_at' RETURNING value`)
  return {
    begin,
    complete: ({ serial, certificate, notBefore, notAfter }: OperationOf<'complete'>) => {
      if (insertCertificate.run(certificate, notBefore, notAfter, serial).changes !== 1) {
        throw new SignetError('conflict', `serial ${serial} has no open intent in the store`)
      }
    },
    find: ({ serial }: OperationOf<'find'>) => toRecord(select.get(serial)),
    check: ({ now }: OperationOf<'check'>) => {
      if (touch.get(now)?.['value'] !== now) throw new Error('a row that was written cannot be read back')
    },
  }
}

function prepareBegin(database: DatabaseSync) {
  const serialTaken = database.prepare('SELECT 1 FROM intents WHERE serial = ?')
  const insert = database.prepare(
    `INSERT INTO intents (serial, provisioner_id, provisioner_name, provisioner_type, issued_to, rule, public_key_sha256, requested_at, renews)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const spend = prepareSpend(database)
  return ({ intent, use, now }: OperationOf<'begin'>): BeginOutcome => {
    if (serialTaken.get(intent.serial) !== undefined) return 'serial-taken'
    const refusal = use === undefined ? undefined : spend(use, now)
    if (refusal !== undefined) return refusal
    const { id, name, type } = intent.provisioner
    const who = JSON.stringify(intent.issuedTo)
    insert.run(
      intent.serial,
      id,
      name,
      type,
      who,
      intent.rule,
      intent.publicKeySha256,
      intent.requestedAt,
      intent.renews ?? null,
    )
    return 'begun'
  }
}

/** Records the use of a credential, or says why it may not be used and records nothing. */
function prepareSpend(database: DatabaseSync): (use: CredentialUse, now: number) => BeginOutcome | undefined {
  const insertSpent = database.prepare('INSERT OR IGNORE INTO spent_credentials (id, expires_at) VALUES (?, ?)')
  const countUses = database.prepare('SELECT count(*) AS uses FROM credential_uses WHERE subject = ? AND used_at > ?')
  const insertUse = database.prepare(
    'INSERT INTO credential_uses (id, subject, used_at, expires_at) VALUES (?, ?, ?, ?)',
  )
  const purges = [
    `DELETE FROM spent_credentials WHERE id IN (SELECT id FROM spent_credentials WHERE expires_at < ? LIMIT ${purgeLimit})`,
    `DELETE FROM credential_uses WHERE number IN (SELECT number FROM credential_uses WHERE expires_at < ? LIMIT ${purgeLimit})`,
  ].map((sql) => database.prepare(sql))
  let purgedAt = 0
  return (use, now) => {
    if (now - purgedAt >= 1000) {
      purgedAt = now
      for (const purge of purges) purge.run(now)
    }
    // A credential without an end, or one beyond what an integer holds, is kept for ever.
    const expiresAt = Math.min(use.expiresAt, Number.MAX_SAFE_INTEGER)
    if (use.kind === 'once') return insertSpent.run(use.id, expiresAt).changes === 1 ? undefined : 'credential-used'
    const uses = Number(countUses.get(use.subject, now - use.windowSeconds * 1000)?.['uses'])
    if (uses >= use.limit) return 'too-many-uses'
    insertUse.run(use.id, use.subject, now, expiresAt)
    return undefined
  }
}

function toRecord(row: Record<string, SQLOutputValue> | undefined): IssuanceRecord | undefined {
  if (row === undefined) return undefined
  const intent: IssuanceIntent = {
    serial: String(row['serial']),
    provisioner: {
      id: String(row['provisioner_id']),
      name: String(row['provisioner_name']),
      type: String(row['provisioner_type']),
    },
    issuedTo: JSON.parse(String(row['issued_to'])) as IssuedTo,
    rule: String(row['rule']),
    publicKeySha256: String(row['public_key_sha256']),
    requestedAt: Number(row['requested_at']),
    ...(typeof row['renews'] === 'string' ? { renews: row['renews'] } : {}),
  }
  return {
    ...intent,
    certificate: row['certificate'] as Uint8Array,
    notBefore: Number(row['not_before']),
    notAfter: Number(row['not_after']),
  }
}
