import type { AdminDocument, AdminStore } from '../../src/authority/admin/store.ts'

/** An AdminStore in memory; it keeps the whole contract but durability. */
export function memoryAdminStore(): AdminStore {
  const documents = new Map<string, AdminDocument>()
  let revision = 0
  return {
    load: () => Promise.resolve({ revision, documents: [...documents.values()] }),
    change(expected, changes) {
      if (expected !== revision) return Promise.resolve(false)
      revision += 1
      for (const { kind, id, json } of changes) {
        if (json === undefined) documents.delete(`${kind} ${id}`)
        else documents.set(`${kind} ${id}`, { kind, id, json })
      }
      return Promise.resolve(true)
    },
  }
}
