import type { DatabaseSync } from 'node:sqlite'
import { SignetError } from '../../core/errors.ts'

/** Grows by one with each change of the schema; kept in `PRAGMA user_version`. */
const schemaVersion = 1

/*
 * Intents and certificates are two tables that grow at their end: only the index on the serial and the one on credential
 * ids, both random by nature, touch old pages. Times are milliseconds since the epoch.
 */
const schema = `
CREATE TABLE facts (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
CREATE TABLE intents (
  id INTEGER PRIMARY KEY,
  serial TEXT NOT NULL UNIQUE,
  provisioner_id TEXT NOT NULL,
  provisioner_name TEXT NOT NULL,
  provisioner_type TEXT NOT NULL,
  issued_to TEXT NOT NULL,
  rule TEXT NOT NULL,
  public_key_sha256 TEXT NOT NULL,
  requested_at INTEGER NOT NULL,
  renews TEXT
) STRICT;
CREATE TABLE certificates (
  id INTEGER PRIMARY KEY REFERENCES intents (id),
  certificate BLOB NOT NULL,
  not_before INTEGER NOT NULL,
  not_after INTEGER NOT NULL
) STRICT;
CREATE TABLE spent_credentials (
  id TEXT PRIMARY KEY,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX spent_credentials_by_expiry ON spent_credentials (expires_at);
CREATE TABLE credential_uses (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  subject TEXT NOT NULL,
  used_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX credential_uses_by_subject ON credential_uses (subject, used_at);
CREATE INDEX credential_uses_by_expiry ON credential_uses (expires_at);
`

/** Creates the tables in a new file, with `now` as the time of creation; a file of a later version is refused. */
export function prepareSchema(database: DatabaseSync, now: number): void {
  const version = database.prepare('PRAGMA user_version').get()?.['user_version']
  if (version === schemaVersion) return
  if (version !== 0) {
    throw new SignetError(
      'internal',
      `the database has schema version ${String(version)}, this program knows ${schemaVersion}: run the version of signet that wrote it`,
    )
  }
  database.exec('BEGIN IMMEDIATE')
  database.exec(schema)
  database.prepare(`INSERT INTO facts (name, value) VALUES ('created_at', ?), ('checked_at', ?)`).run(now, now)
  database.exec(`PRAGMA user_version = ${schemaVersion}`)
  database.exec('COMMIT')
}
