import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AdminChange, AdminKind, AdminStore } from '../../../src/authority/admin/store.ts'

const written = (kind: AdminKind, id: string, json = `{"of":"${id}"}`): AdminChange & { json: string } => {
  return { kind, id, json }
}
const removed = (kind: AdminKind, id: string): AdminChange => ({ kind, id, json: undefined })

/** An empty store, and what ends it. */
export type OpenedAdminStore = { readonly store: AdminStore; readonly close: () => Promise<void> }

/** What `authority/admin/store.ts` promises of an AdminStore, as tests. */
export function testAdminStore(name: string, open: () => Promise<OpenedAdminStore>): void {
  describe(`admin store: ${name}`, () => {
    let store: AdminStore
    let close: OpenedAdminStore['close']
    beforeEach(async () => {
      ;({ store, close } = await open())
    })
    afterEach(() => close())

    it('is empty at first, and gives back what is written in the order in which it came', async () => {
      expect(await store.load()).toEqual({ revision: 0, documents: [] })
      const [one, two] = [written('provisioner', 'b'), written('admin', 'a')]
      expect(await store.change(0, [one, two])).toBe(true)
      expect(await store.change(1, [written('policy', '')])).toBe(true)
      expect(await store.load()).toEqual({ revision: 2, documents: [one, two, written('policy', '')] })
    })

    it('writes a document anew in its place, and removes one', async () => {
      await store.change(0, [written('provisioner', 'a'), written('provisioner', 'b'), written('admin', 'b')])
      await store.change(1, [written('provisioner', 'a', '{}'), removed('provisioner', 'b')])
      expect((await store.load()).documents).toEqual([written('provisioner', 'a', '{}'), written('admin', 'b')])
    })

    it('removes what is not there, and changes nothing, as a revision', async () => {
      expect(await store.change(0, [removed('admin', 'a')])).toBe(true)
      expect(await store.change(1, [])).toBe(true)
      expect(await store.load()).toEqual({ revision: 2, documents: [] })
    })

    it('changes nothing where another was faster, or comes from the future', async () => {
      await store.change(0, [written('admin', 'a')])
      for (const revision of [0, 2]) {
        expect(await store.change(revision, [written('admin', 'b'), removed('admin', 'a')])).toBe(false)
      }
      expect(await store.load()).toEqual({ revision: 1, documents: [written('admin', 'a')] })
    })

    it('lets exactly one of many change a revision', async () => {
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, index) => store.change(0, [written('admin', String(index))])),
      )
      expect(outcomes.filter((changed) => changed)).toHaveLength(1)
      const { revision, documents } = await store.load()
      expect(revision).toBe(1)
      expect(documents.map(({ id }) => id)).toEqual([String(outcomes.indexOf(true))])
    })
  })
}
