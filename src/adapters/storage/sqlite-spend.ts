import type { DatabaseSync } from 'node:sqlite'
import type { CredentialUse } from '../../authority/ports.ts'

/** Expired credentials deleted for each second since the last time: more than are ever added in one. */
const purgedPerSecond = 5000
/** At once: some 20 ms, and after a pause the rest follows second by second. */
const purgeLimit = 20_000

/** Records the use of a credential, or says why it may not be used and records nothing. */
export type Spend = (use: CredentialUse, now: number) => 'credential-used' | 'too-many-uses' | undefined

/** A credential without an end, or one beyond what an integer holds, is kept for ever. */
const storedEnd = ({ expiresAt }: Pick<CredentialUse, 'expiresAt'>): number =>
  Math.min(Math.ceil(expiresAt), Number.MAX_SAFE_INTEGER)

/** For the open database; deletes expired credentials as it goes. */
export function prepareSpend(database: DatabaseSync): Spend {
  const insertSpent = database.prepare('INSERT OR IGNORE INTO spent_credentials (id, expires_at) VALUES (?, ?)')
  const countUses = database.prepare('SELECT count(*) AS uses FROM credential_uses WHERE subject = ? AND used_at > ?')
  const insertUse = database.prepare(
    'INSERT INTO credential_uses (id, subject, used_at, expires_at) VALUES (?, ?, ?, ?)',
  )
  const purges = [
    `DELETE FROM spent_credentials WHERE id IN (SELECT id FROM spent_credentials WHERE expires_at < ? LIMIT ?)`,
    `DELETE FROM credential_uses WHERE number IN (SELECT number FROM credential_uses WHERE expires_at < ? LIMIT ?)`,
  ].map((sql) => database.prepare(sql))
  const spendOnce = (use: Pick<CredentialUse, 'id' | 'expiresAt'>) =>
    insertSpent.run(use.id, storedEnd(use)).changes === 1 ? undefined : 'credential-used'
  let purgedAt = 0
  return (use, now) => {
    const seconds = (now - purgedAt) / 1000
    if (seconds >= 1) {
      purgedAt = now
      for (const purge of purges) purge.run(now, Math.min(Math.ceil(seconds * purgedPerSecond), purgeLimit))
    }
    if (use.kind === 'once') return spendOnce(use)
    const uses = Number(countUses.get(use.subject, now - use.windowSeconds * 1000)?.['uses'])
    if (uses >= use.limit) return 'too-many-uses'
    if (use.token !== undefined && spendOnce(use.token) !== undefined) return 'credential-used'
    insertUse.run(use.id, use.subject, now, storedEnd(use))
    return undefined
  }
}
