import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSqliteStore } from '../../../../src/adapters/storage/sqlite-store.ts'
import { aRoot, spkiOf } from '../../../builders/ca-material.ts'
import { testAdminStore } from '../../contracts/admin-store.ts'
import { testCertificateStore } from '../../contracts/certificate-store.ts'
import { version1 } from './version-1.ts'
import { version2 } from './version-2.ts'

const noon = Date.UTC(2026, 0, 1, 12)
let time = noon
const clock = { now: () => time }
let folder = ''
const file = () => join(folder, 'db', 'db.sqlite')

beforeEach(() => {
  time = noon
  folder = mkdtempSync(join(tmpdir(), 'signet-store-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

testCertificateStore('sqlite', () => openSqliteStore({ file: file(), clock }))
testCertificateStore('sqlite in memory', () => openSqliteStore({ file: undefined, clock }))
testAdminStore('sqlite', async () => {
  const store = await openSqliteStore({ file: file(), clock })
  return { store: store.administration, close: () => store.close() }
})

const { key, certificate: root } = aRoot(noon)
const issuer = spkiOf(key)

const issued = (serial: string) => ({
  serial,
  provisioner: { id: 'ops:kid', name: 'ops', type: 'JWK' },
  issuedTo: { kind: 'token', subject: 'web' } as const,
  rule: 'provisioner',
  publicKeySha256: 'ab'.repeat(32),
  requestedAt: noon,
  certificate: root.der,
  notBefore: 1,
  notAfter: 2,
})

describe('sqlite store', () => {
  it('makes a file that only its owner reads', async () => {
    const store = await openSqliteStore({ file: file(), clock })
    await store.close()
    expect(statSync(file()).mode & 0o777).toBe(0o600)
    expect(statSync(join(folder, 'db')).mode & 0o777).toBe(0o700)
    expect(existsSync(`${file()}-wal`)).toBe(false)
  })

  it('keeps everything, and the time of its making, when it is opened again', async () => {
    const first = await openSqliteStore({ file: file(), clock })
    await first.record(issued('1'), issuer, { kind: 'once', id: 'token', expiresAt: noon + 1000 }, noon)
    await first.close()
    time += 5000
    const second = await openSqliteStore({ file: file(), clock })
    expect(await second.createdAt()).toBe(noon)
    expect(await second.record(issued('2'), issuer, { kind: 'once', id: 'token', expiresAt: noon }, noon)).toBe(
      'credential-used',
    )
    expect(await second.find('1')).toEqual(issued('1'))
    await second.close()
  })

  it('forgets credentials that have expired', async () => {
    const store = await openSqliteStore({ file: file(), clock })
    await store.record(issued('1'), issuer, { kind: 'once', id: 'a', expiresAt: noon + 1000 }, noon)
    await store.record(
      issued('2'),
      issuer,
      { kind: 'limited', id: 'b', subject: 's', limit: 1, windowSeconds: 1, expiresAt: noon + 1000 },
      noon,
    )
    await store.record(issued('3'), issuer, { kind: 'once', id: 'c', expiresAt: noon + 9000 }, noon + 2000)
    await store.close()
    const database = new DatabaseSync(file())
    expect(database.prepare('SELECT id FROM spent_credentials').all()).toEqual([{ id: 'c' }])
    expect(database.prepare('SELECT id FROM credential_uses').all()).toEqual([])
    database.close()
  })

  it('forgets them as fast as they are spent', async () => {
    const store = await openSqliteStore({ file: file(), clock })
    const spend = (second: number) =>
      Array.from({ length: 300 }, (_, index) => {
        const id = `${second} ${index}`
        const now = noon + second * 1000
        return store.record(issued(id), issuer, { kind: 'once', id, expiresAt: now + 500 }, now)
      })
    for (let second = 0; second < 5; second++) await Promise.all(spend(second))
    await store.close()
    const database = new DatabaseSync(file())
    expect(database.prepare('SELECT count(*) AS kept FROM spent_credentials').get()).toEqual({ kept: 300 })
    database.close()
  })

  it('fails the operation that cannot be written, and no other of its batch', async () => {
    const store = await openSqliteStore({ file: file(), clock })
    const [first, broken, last] = await Promise.allSettled([
      store.record(issued('1'), issuer, undefined, noon),
      store.record({ ...issued('2'), requestedAt: 0.5 }, issuer, { kind: 'once', id: 'a', expiresAt: noon }, noon),
      store.record(issued('3'), issuer, { kind: 'once', id: 'a', expiresAt: noon }, noon),
    ])
    expect([first, last]).toEqual([
      { status: 'fulfilled', value: 'recorded' },
      { status: 'fulfilled', value: 'recorded' },
    ])
    expect(broken).toMatchObject({
      reason: {
        code: 'unavailable',
        message: 'the database cannot be used: cannot store REAL value in INTEGER column certificates.requested_at',
      },
    })
    await store.close()
  })

  it('shares one commit among calls that wait together', async () => {
    const batches: number[] = []
    const store = await openSqliteStore({ file: file(), clock, onBatch: (operations) => batches.push(operations) })
    await Promise.all(
      Array.from({ length: 100 }, (_, index) => store.record(issued(String(index)), issuer, undefined, noon)),
    )
    expect(batches).toEqual([100])
    await store.close()
  })

  it('fails every call of a batch, and writes none, while the database is locked by another', async () => {
    const store = await openSqliteStore({ file: file(), clock, busyTimeoutMs: 1 })
    const other = new DatabaseSync(file())
    other.exec('BEGIN IMMEDIATE')
    await expect(store.record(issued('1'), issuer, undefined, noon)).rejects.toMatchObject({
      code: 'unavailable',
      message: 'the database cannot be used: database is locked',
    })
    other.exec('ROLLBACK')
    other.close()
    expect(await store.record(issued('1'), issuer, undefined, noon)).toBe('recorded')
    await store.close()
  })

  it('opens a new file for all who come at the same moment, with one time of its making', async () => {
    const stores = await Promise.all(
      Array.from({ length: 6 }, (_, index) => openSqliteStore({ file: file(), clock: { now: () => noon + index } })),
    )
    const [first, ...others] = await Promise.all(stores.map((store) => store.createdAt()))
    expect(others).toEqual(others.map(() => first))
    await Promise.all(stores.map((store) => store.close()))
  })

  it('is closed once, however often it is told to', async () => {
    const failures: Error[] = []
    const store = await openSqliteStore({ file: file(), clock, onFailure: (error) => failures.push(error) })
    await Promise.all([store.close(), store.close()])
    await store.close()
    expect(failures).toEqual([])
  })

  it('opens a file of the first version, keeps what is in it and adds what came since', async () => {
    const early = join(folder, 'early')
    const database = new DatabaseSync(early)
    database.exec(version1)
    database.close()
    const revocation = {
      serial: '77',
      reasonCode: 1,
      reason: '',
      revokedAt: noon,
      by: { kind: 'certificate' },
    } as const
    for (const outcome of ['revoked', 'already-revoked']) {
      const store = await openSqliteStore({ file: early, clock })
      expect(await store.createdAt()).toBe(1000)
      expect(await store.record(issued('2'), issuer, { kind: 'once', id: 'token', expiresAt: noon }, noon)).toBe(
        'credential-used',
      )
      expect(await store.revoke(revocation, undefined, noon)).toBe(outcome)
      expect(await store.find('77')).toEqual({
        ...issued('77'),
        publicKeySha256: 'abab',
        requestedAt: 3000,
        certificate: Uint8Array.of(0x30, 0),
        notBefore: 4000,
        notAfter: 5000,
        revocation,
      })
      await store.close()
    }
  })

  it('opens a file of the second version, and keeps documents of the admin API in it', async () => {
    const early = join(folder, 'early')
    const database = new DatabaseSync(early)
    database.exec(version1)
    database.exec(version2)
    database.close()
    const admin = { kind: 'admin', id: 'a', json: '{}' } as const
    for (const revision of [0, 1]) {
      const { administration, ...store } = await openSqliteStore({ file: early, clock })
      expect(await administration.load()).toEqual({ revision, documents: revision === 0 ? [] : [admin] })
      expect(await administration.change(0, [admin])).toBe(revision === 0)
      expect(await store.findRevocation('78')).toMatchObject({ serial: '78', reasonCode: 1, expiresAt: 5000 })
      expect(await store.findCrl()).toEqual({ number: 7, nextUpdate: 6000, der: Uint8Array.of(0x30, 0) })
      await store.close()
    }
  })

  it('makes none of the changes of the admin API where one fails', async () => {
    const { administration, ...store } = await openSqliteStore({ file: file(), clock })
    const broken = { kind: 'admin', id: null as unknown as string, json: '{}' } as const
    await expect(administration.change(0, [{ kind: 'admin', id: 'a', json: '{}' }, broken])).rejects.toMatchObject({
      code: 'unavailable',
    })
    expect(await administration.load()).toEqual({ revision: 0, documents: [] })
    await store.close()
  })

  it('refuses a file that is no database and one of a later version', async () => {
    const broken = join(folder, 'broken')
    writeFileSync(broken, 'not a database, but long enough to be read as one: '.repeat(100))
    await expect(openSqliteStore({ file: broken, clock })).rejects.toMatchObject({
      code: 'internal',
      message: `cannot open the database ${broken}: file is not a database`,
    })
    const later = join(folder, 'later')
    const database = new DatabaseSync(later)
    database.exec('PRAGMA user_version = 9')
    database.close()
    await expect(openSqliteStore({ file: later, clock })).rejects.toThrow(
      `cannot open the database ${later}: the database has schema version 9, this program knows 4: run the version of signet that wrote it`,
    )
  })
})
