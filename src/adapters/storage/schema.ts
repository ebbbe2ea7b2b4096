import type { DatabaseSync } from 'node:sqlite'
import { SignetError } from '../../core/errors.ts'

/** Grows by one with each change of the schema; kept in `PRAGMA user_version`. */
const schemaVersion = 4

/** The first version. Times are milliseconds since the epoch. */
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

/** A revocation needs no certificate here, as in step-ca; `expires_at` is null where there is none. Of lists the last is kept. */
const revocations = `
CREATE TABLE revocations (
  id INTEGER PRIMARY KEY,
  serial TEXT NOT NULL UNIQUE,
  reason_code INTEGER NOT NULL,
  reason TEXT NOT NULL,
  revoked_at INTEGER NOT NULL,
  revoked_by TEXT NOT NULL,
  expires_at INTEGER
) STRICT;
CREATE INDEX revocations_by_expiry ON revocations (expires_at);
CREATE TABLE crls (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  number INTEGER NOT NULL,
  next_update INTEGER NOT NULL,
  der BLOB NOT NULL
) STRICT;
`

/** The documents of the admin API; the fact `admin_revision` counts their changes. */
const administration = `
CREATE TABLE admin_documents (
  number INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  json TEXT NOT NULL,
  UNIQUE (kind, id)
) STRICT;
INSERT INTO facts (name, value) VALUES ('admin_revision', 0);
`

/**
 * One row for a certificate and why it was issued, in one write. The table grows at its end: only the index on the serial and
 * the one on credential ids, both random by nature, touch old pages. What was begun and never became a certificate goes.
 */
const oneTable = `
ALTER TABLE intents RENAME TO old_intents;
ALTER TABLE certificates RENAME TO old_certificates;
CREATE TABLE certificates (
  id INTEGER PRIMARY KEY,
  serial TEXT NOT NULL UNIQUE,
  provisioner_id TEXT NOT NULL,
  provisioner_name TEXT NOT NULL,
  provisioner_type TEXT NOT NULL,
  issued_to TEXT NOT NULL,
  rule TEXT NOT NULL,
  public_key_sha256 TEXT NOT NULL,
  requested_at INTEGER NOT NULL,
  renews TEXT,
  certificate BLOB NOT NULL,
  not_before INTEGER NOT NULL,
  not_after INTEGER NOT NULL
) STRICT;
INSERT INTO certificates SELECT * FROM old_intents JOIN old_certificates USING (id) ORDER BY id;
DROP TABLE old_certificates;
DROP TABLE old_intents;
`

/** What leads from each version to the next; the first makes a new file. */
const upgrades: readonly string[] = [schema, revocations, administration, oneTable]

/**
 * Creates the tables in a new file, with `now` as the time of creation; adds to a file of an earlier version what came
 * since, all or nothing; refuses a file of a later version.
 */
export function prepareSchema(database: DatabaseSync, now: number): void {
  if (versionOf(database) === schemaVersion) return
  // Another process may be at it: who comes second finds it done.
  database.exec('BEGIN IMMEDIATE')
  try {
    upgrade(database, now)
    database.exec('COMMIT')
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}

const versionOf = (database: DatabaseSync): unknown => database.prepare('PRAGMA user_version').get()?.['user_version']

function upgrade(database: DatabaseSync, now: number): void {
  const version = versionOf(database)
  if (version === schemaVersion) return
  if (typeof version !== 'number' || version > schemaVersion) {
    throw new SignetError(
      'internal',
      `the database has schema version ${String(version)}, this program knows ${schemaVersion}: run the version of signet that wrote it`,
    )
  }
  for (const step of upgrades.slice(version)) database.exec(step)
  if (version === 0) {
    database.prepare(`INSERT INTO facts (name, value) VALUES ('created_at', ?), ('checked_at', ?)`).run(now, now)
  }
  database.exec(`PRAGMA user_version = ${schemaVersion}`)
}
