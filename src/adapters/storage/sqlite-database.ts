import type { KeyObject } from 'node:crypto'
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite'
import type { BeginOutcome, CredentialUse, IssuanceIntent, IssuanceRecord, IssuedTo } from '../../authority/ports.ts'
import { equalBytes } from '../../core/bytes.ts'
import { SignetError, isSignetError } from '../../core/errors.ts'
import { isSignedBy } from '../../core/x509/certificate.ts'
import { importPublicKey } from '../../core/x509/public-key.ts'
import type { Operation, Outcome, WorkerOptions } from './operations.ts'
import { prepareSchema } from './schema.ts'

/** Expired credentials deleted for each second since the last time: more than are ever added in one. */
const purgedPerSecond = 5000
/** At once: some 20 ms, and after a pause the rest follows second by second. */
const purgeLimit = 20_000

/** 16 MiB of 4 KiB pages, where SQLite's own default is 4: pages that change often are copied to the file less often. */
const walPages = 4096

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

/** Opens or creates the database file. Blocks while it works: only for the worker thread. */
export function openSqliteDatabase({ file, synchronous, busyTimeoutMs, now }: WorkerOptions): SqliteDatabase {
  const database = new DatabaseSync(file, { timeout: busyTimeoutMs, enableForeignKeyConstraints: false })
  database.exec(
    `PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}; PRAGMA wal_autocheckpoint = ${walPages}`,
  )
  prepareSchema(database, now)
  const [begin, commit, rollback] = ['BEGIN IMMEDIATE', 'COMMIT', 'ROLLBACK'].map((sql) => database.prepare(sql))
  const runOne = prepareRunOne(database, prepareRuns(database))
  return {
    createdAt: Number(database.prepare(`SELECT value FROM facts WHERE name = 'created_at'`).get()?.['value']),
    execute(operations) {
      try {
        if (operations.every(({ kind }) => kind === 'find')) return operations.map(runOne)
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

/**
 * What one caller sent never fails the requests of others: `begin` has a savepoint of its own in the transaction, the others
 * are one statement each, which SQLite undoes by itself.
 */
function prepareRunOne(database: DatabaseSync, runs: Readonly<Record<Operation['kind'], Run>>) {
  const [save, release, undo] = ['SAVEPOINT one', 'RELEASE one', 'ROLLBACK TO one'].map((sql) => database.prepare(sql))
  return (operation: Operation): Outcome => {
    const inSteps = operation.kind === 'begin'
    try {
      if (inSteps) save?.run()
      const value = runs[operation.kind](operation as never)
      if (inSteps) release?.run()
      return { value }
    } catch (error) {
      // SQLite itself ends the transaction where it is beyond saving, such as on a full disk.
      if (!database.isTransaction && !isSignetError(error)) throw error
      if (inSteps && database.isTransaction) {
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

type OperationOf<Kind extends Operation['kind']> = Extract<Operation, { kind: Kind }>

function prepareRuns(database: DatabaseSync) {
  const begin = prepareBegin(database)
  const keyOf = keyOfLast()
  const insertCertificate = database.prepare(
    'INSERT INTO certificates (id, certificate, not_before, not_after) SELECT id, ?, ?, ? FROM intents WHERE serial = ? AND NOT EXISTS (SELECT 1 FROM certificates c WHERE c.id = intents.id)',
  )
  const select = database.prepare('SELECT * FROM intents JOIN certificates USING (id) WHERE serial = ?')
  const touch = database.prepare(`UPDATE facts SET value = ? WHERE name = 'checked_at' RETURNING value`)
  return {
    begin,
    complete: ({ serial, certificate, notBefore, notAfter, issuerSpki }: OperationOf<'complete'>) => {
      if (!isSignedBy(certificate, keyOf(issuerSpki))) {
        throw new SignetError('internal', `certificate ${serial} is not signed by its issuer`)
      }
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

/** The KeyObject of an issuer: one importing serves all that come with the same key after each other. */
function keyOfLast(): (spki: Uint8Array) => KeyObject {
  let last: { readonly spki: Uint8Array; readonly key: KeyObject } | undefined
  return (spki) => {
    if (last === undefined || !equalBytes(last.spki, spki)) last = { spki, key: importPublicKey(spki) }
    return last.key
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
    `DELETE FROM spent_credentials WHERE id IN (SELECT id FROM spent_credentials WHERE expires_at < ? LIMIT ?)`,
    `DELETE FROM credential_uses WHERE number IN (SELECT number FROM credential_uses WHERE expires_at < ? LIMIT ?)`,
  ].map((sql) => database.prepare(sql))
  let purgedAt = 0
  return (use, now) => {
    const seconds = (now - purgedAt) / 1000
    if (seconds >= 1) {
      purgedAt = now
      for (const purge of purges) purge.run(now, Math.min(Math.ceil(seconds * purgedPerSecond), purgeLimit))
    }
    // A credential without an end, or one beyond what an integer holds, is kept for ever.
    const expiresAt = Math.min(Math.ceil(use.expiresAt), Number.MAX_SAFE_INTEGER)
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
