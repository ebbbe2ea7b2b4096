import type { DatabaseSync } from 'node:sqlite'
import type { AdminDocument, AdminDocuments } from '../../authority/admin/store.ts'
import type { OperationOf } from './operations.ts'

/** The operations on the documents of the admin API. */
export function prepareAdministration(database: DatabaseSync) {
  const selectRevision = database.prepare(`SELECT value FROM facts WHERE name = 'admin_revision'`)
  const selectAll = database.prepare('SELECT kind, id, json FROM admin_documents ORDER BY number')
  const advance = database.prepare(
    `UPDATE facts SET value = value + 1 WHERE name = 'admin_revision' AND value = ? RETURNING value`,
  )
  const write = database.prepare(
    `INSERT INTO admin_documents (kind, id, json) VALUES (?, ?, ?)
     ON CONFLICT (kind, id) DO UPDATE SET json = excluded.json`,
  )
  const remove = database.prepare('DELETE FROM admin_documents WHERE kind = ? AND id = ?')
  return {
    loadAdmin(): AdminDocuments {
      return {
        revision: Number(selectRevision.get()?.['value']),
        documents: selectAll.all().map(({ kind, id, json }) => ({
          kind: String(kind) as AdminDocument['kind'],
          id: String(id),
          json: String(json),
        })),
      }
    },
    changeAdmin({ revision, changes }: OperationOf<'changeAdmin'>): boolean {
      if (advance.get(revision) === undefined) return false
      for (const { kind, id, json } of changes) {
        if (json === undefined) remove.run(kind, id)
        else write.run(kind, id, json)
      }
      return true
    },
  }
}
