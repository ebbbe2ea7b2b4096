import { X509Certificate, hash } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { expect } from 'vitest'
import { initFolder, type CaFolder } from '../support/ca-folder.ts'
import { serve } from '../support/serve.ts'
import { openIssuer, type Held } from './issuer.ts'

const connections = 32

export type KilledRun = {
  readonly held: number
  /** Certificates in the store that no client holds: their answers were lost with the server. */
  readonly unanswered: number
}

/**
 * Kills the server by SIGKILL `kills` times while 32 connections issue, and starts it again on the same folder. Asserts
 * after each start that every certificate that a client ever got is in the store, and that no serial stands for two.
 */
export async function issueThroughKills(kills: number): Promise<KilledRun> {
  const folder = await initFolder('signet')
  const held: Held[] = []
  let server = await serve('signet', folder)
  try {
    for (let kill = 0; kill < kills; kill++) {
      // Each time at another moment: in its first transactions, or with an index of several levels.
      await issueUntil(folder, held, held.length + 10 + ((kill * 37) % 150), () => server.signal('SIGKILL'))
      expect(await server.ended).toEqual({ code: null, signal: 'SIGKILL' })
      server = await serve('signet', folder)
      expectInStore(folder, held)
    }
    return { held: held.length, unanswered: countStored(folder) - held.length }
  } finally {
    server.signal('SIGKILL')
    await server.ended
    folder.remove()
  }
}

/** Issues on every connection until it breaks, and kills as soon as `enough` are held: all others wait for an answer. */
async function issueUntil(folder: CaFolder, held: Held[], enough: number, kill: () => void): Promise<void> {
  const issuer = openIssuer(folder, connections)
  let killed = false
  const work = async (): Promise<void> => {
    for (;;) {
      try {
        held.push(await issuer.issue())
      } catch (error) {
        if (killed) return
        throw error
      }
      if (held.length < enough || killed) continue
      killed = true
      kill()
    }
  }
  await Promise.all(Array.from({ length: connections }, work)).finally(issuer.close)
}

const openStore = (folder: CaFolder) => new DatabaseSync(folder.file('db', 'signet.db'), { readOnly: true })

function expectInStore(folder: CaFolder, held: readonly Held[]): void {
  using database = openStore(folder)
  const rows = database.prepare('SELECT serial, certificate FROM certificates').all()
  const stored = rows.map(({ serial, certificate }) => ({
    recorded: String(serial),
    ...certificateOf(certificate as Uint8Array),
  }))
  const bySerial = new Map(stored.map(({ serial, fingerprint }) => [serial, fingerprint]))
  expect(bySerial.size).toBe(stored.length)
  expect(stored.filter(({ recorded, serial }) => recorded !== serial)).toEqual([])
  expect(new Set(held.map(({ serial }) => serial)).size).toBe(held.length)
  expect(held.filter(({ serial, fingerprint }) => bySerial.get(serial) !== fingerprint)).toEqual([])
}

function certificateOf(der: Uint8Array): Held {
  const { raw, serialNumber } = new X509Certificate(der)
  return { serial: BigInt(`0x${serialNumber}`).toString(), fingerprint: hash('sha256', raw) }
}

function countStored(folder: CaFolder): number {
  using database = openStore(folder)
  return Number(database.prepare('SELECT count(*) AS rows FROM certificates').get()?.['rows'])
}
