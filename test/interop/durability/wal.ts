import { hash } from 'node:crypto'
import type { Call } from './trace.ts'

/** A frame is a header and a page (sqlite.org/fileformat2.html, "The WAL File Format"), which SQLite writes one by one. */
const frameHeaderLength = 24
/** In the header: the size of the database in pages, and not 0, where the frame ends a transaction. */
const commitOffset = 4
/** `version [0] EXPLICIT v3`, and the tag of the serial that follows. */
const versionAndSerial = Buffer.from('a003020102', 'hex')
const twoSequences = 8

/**
 * The certificates, by SHA-256 of their DER, whose records are durable, and the place in the trace at which that was
 * known: the return of the first sync of the WAL that began after the last frame of their transaction was written.
 * A transaction that is undone has written no frame: the cache (2 MB) holds all pages of one until its commit.
 */
export function durableRecords(calls: readonly Call[], wal: string): ReadonlyMap<string, number> {
  const durable = new Map<string, number>()
  const seen = new Set<string>()
  let [written, waiting]: [string[], { fingerprint: string; since: number }[]] = [[], []]
  let commits = false
  for (const call of calls.filter(({ target }) => target === wal)) {
    if (call.result === 0 && (call.name === 'fdatasync' || call.name === 'fsync')) {
      for (const { fingerprint } of waiting.filter(({ since }) => since < call.entered)) {
        durable.set(fingerprint, call.returned)
      }
      waiting = waiting.filter(({ since }) => since >= call.entered)
    }
    if (call.name !== 'pwrite64' || call.result !== call.data.length) continue
    if (call.data.length === frameHeaderLength) {
      commits = call.data.readUInt32BE(commitOffset) !== 0
      continue
    }
    for (const fingerprint of certificatesIn(call.data)) {
      if (!seen.has(fingerprint)) written.push(fingerprint)
      seen.add(fingerprint)
    }
    if (!commits) continue
    waiting.push(...written.map((fingerprint) => ({ fingerprint, since: call.returned })))
    ;[written, commits] = [[], false]
  }
  return durable
}

/** SHA-256 of every whole X.509 certificate in a page. They are far smaller than a page, so none continues on another. */
export function certificatesIn(page: Buffer): string[] {
  const found: string[] = []
  for (let at = page.indexOf(versionAndSerial); at >= 0; at = page.indexOf(versionAndSerial, at + 1)) {
    const start = at - twoSequences
    if (start < 0 || page.readUInt16BE(start) !== 0x3082) continue
    const certificate = page.subarray(start, start + 4 + page.readUInt16BE(start + 2))
    if (certificate.length === 4 + page.readUInt16BE(start + 2)) found.push(hash('sha256', certificate))
  }
  return found
}
