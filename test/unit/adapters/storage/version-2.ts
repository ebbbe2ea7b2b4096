/** What the second version of the program added to a file of the first, with one revocation and a list: never to change. */
export const version2 = `
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
INSERT INTO revocations VALUES (1, '78', 1, '', 4000, '{"kind":"certificate"}', 5000);
INSERT INTO crls VALUES (1, 7, 6000, x'3000');
PRAGMA user_version = 2;
`
