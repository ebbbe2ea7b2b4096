import type { DatabaseSync } from 'node:sqlite'
import type { Revocation, RevokeOutcome, StoredCrl } from '../../authority/ports.ts'
import type { OperationOf } from './operations.ts'
import { toRevocation } from './rows.ts'
import type { Spend } from './sqlite-spend.ts'

/** The operations on revocations and on the list of them. */
export function prepareRevocations(database: DatabaseSync, spend: Spend) {
  const select = database.prepare('SELECT * FROM revocations WHERE serial = ?')
  const insert = database.prepare(
    'INSERT INTO revocations (serial, reason_code, reason, revoked_at, revoked_by, expires_at) VALUES (?, ?, ?, ?, ?, ?)',
  )
  const selectAlive = database.prepare(
    'SELECT * FROM revocations WHERE expires_at >= ? OR expires_at IS NULL ORDER BY id',
  )
  const selectCrl = database.prepare('SELECT number, next_update, der FROM crls')
  const replaceCrl = database.prepare(
    `INSERT INTO crls (id, number, next_update, der) VALUES (1, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET number = excluded.number, next_update = excluded.next_update, der = excluded.der
     WHERE excluded.number > number`,
  )
  return {
    revoke({ revocation, use, now }: OperationOf<'revoke'>): RevokeOutcome {
      const { serial, reasonCode, reason, revokedAt, by, expiresAt } = revocation
      const refusal = use === undefined ? undefined : spend(use, now)
      if (refusal !== undefined) return refusal
      if (select.get(serial) !== undefined) return 'already-revoked'
      insert.run(serial, reasonCode, reason, revokedAt, JSON.stringify(by), expiresAt ?? null)
      return 'revoked'
    },
    findRevocation({ serial }: OperationOf<'findRevocation'>): Revocation | undefined {
      const row = select.get(serial)
      return row === undefined ? undefined : toRevocation(row)
    },
    revocationsAlive: ({ time }: OperationOf<'revocationsAlive'>): Revocation[] =>
      selectAlive.all(time).map(toRevocation),
    findCrl(): StoredCrl | undefined {
      const row = selectCrl.get()
      if (row === undefined) return undefined
      return { number: Number(row['number']), nextUpdate: Number(row['next_update']), der: row['der'] as Uint8Array }
    },
    storeCrl: ({ crl }: OperationOf<'storeCrl'>): boolean =>
      replaceCrl.run(crl.number, crl.nextUpdate, crl.der).changes === 1,
  }
}
