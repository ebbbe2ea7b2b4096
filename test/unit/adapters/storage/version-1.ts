/** What the first version of the program made of a new file, with one certificate and one spent credential: never to change. */
export const version1 = `
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
INSERT INTO facts (name, value) VALUES ('created_at', 1000), ('checked_at', 2000);
INSERT INTO intents VALUES (1, '77', 'ops:kid', 'ops', 'JWK', '{"kind":"token","subject":"web"}', 'provisioner', 'abab', 3000, NULL);
INSERT INTO certificates VALUES (1, x'3000', 4000, 5000);
INSERT INTO spent_credentials VALUES ('token', 99999999999999);
PRAGMA user_version = 1;
PRAGMA journal_mode = WAL;
`
