import { describe, expect, it } from 'vitest'
import { readDatabase } from '../../../src/config/database-settings.ts'
import type { Warning } from '../../../src/config/warning.ts'
import { readJson } from '../../../src/core/json-reader.ts'

function read(db: unknown) {
  const warnings: Warning[] = []
  const settings = readJson({ db }, '', (node) =>
    readDatabase(db === undefined ? undefined : { ...node, value: db, path: 'db' }, (warning) =>
      warnings.push(warning),
    ),
  )
  return { ...settings, warnings }
}

describe('readDatabase', () => {
  it.each(['sqlite', 'SQLite'])('takes the path of %s as it is', (type) => {
    expect(read({ type, dataSource: '/ca/db/db.sqlite' })).toMatchObject({ file: '/ca/db/db.sqlite', warnings: [] })
  })

  it.each([
    ['badgerv2', '/ca/db', '/ca/db/signet.db'],
    ['BadgerV2', '/ca/db/', '/ca/db/signet.db'],
    ['badgerv1', 'db', 'db/signet.db'],
    ['badger', '/ca/db', '/ca/db/signet.db'],
    ['bbolt', '/ca/db/bbolt.db', '/ca/db/signet.db'],
  ])('puts our file beside those of step-ca for %s in %s', (type, dataSource, file) => {
    expect(read({ type, dataSource, badgerFileLoadingMode: '' })).toMatchObject({
      file,
      warnings: [
        {
          path: 'db.type',
          message: `"${type}" means the SQLite file ${file} here: files of step-ca are not touched`,
        },
      ],
    })
  })

  it('notices a change of any member, and of nothing else', () => {
    const db = { type: 'badgerv2', dataSource: '/ca/db' }
    const { section } = read(db)
    expect(read({ DATASOURCE: '/ca/db', type: 'badgerv2', badgerFileLoadingMode: '' }).section).toBe(section)
    for (const change of [{ type: 'badger' }, { dataSource: '/x' }, { valueDir: '/v' }, { database: 'd' }]) {
      expect(read({ ...db, ...change }).section).not.toBe(section)
    }
  })

  it.each(['mysql', 'PostgreSQL'])('refuses %s until it is served', (type) => {
    expect(() => read({ type, dataSource: 'user@host' })).toThrow(
      `db.type "${type}" is not supported yet: a later version does; use "sqlite" until then`,
    )
  })

  it('refuses what step-ca refuses: a section that says nothing', () => {
    expect(() => read({})).toThrow('db.type is missing; db.dataSource is missing')
    expect(() => read({ type: '', dataSource: '/x' })).toThrow(
      'db.type must be one of sqlite, badger, badgerv1, badgerv2, bbolt',
    )
  })

  it('keeps records in memory without a section', () => {
    expect(read(undefined)).toEqual({
      file: undefined,
      section: '',
      warnings: [{ path: 'db', message: 'is missing: records, and with them renewals, end with this process' }],
    })
  })
})
