import { hash } from 'node:crypto'
import { expect, it } from 'vitest'
import type { Call } from '../../interop/durability/trace.ts'
import { certificatesIn, durableRecords } from '../../interop/durability/wal.ts'
import { aRoot } from '../../builders/ca-material.ts'

const wal = '/db/db.sqlite-wal'
const [one, two] = [2026, 2027].map((year) => Buffer.from(aRoot(Date.UTC(year, 0, 1)).certificate.der)) as [
  Buffer,
  Buffer,
]
const name = (certificate: Buffer): string => hash('sha256', certificate)

type Step = Pick<Call, 'name' | 'data'> & Partial<Call>
const write = (data: Buffer, more: Partial<Call> = {}): Step => ({
  name: 'pwrite64',
  data,
  result: data.length,
  ...more,
})
/** The header and the page of a frame. */
function frame(certificates: readonly Buffer[], commit: 'commits' | 'goes on'): Step[] {
  const header = Buffer.alloc(24)
  header.writeUInt32BE(commit === 'commits' ? 9 : 0, 4)
  return [write(header), write(Buffer.concat([Buffer.alloc(100), ...certificates, Buffer.alloc(100)]))]
}
const sync = (more: Partial<Call> = {}): Step => ({ name: 'fdatasync', data: Buffer.alloc(0), result: 0, ...more })

/** One step a line, unless it says other. */
const durableIn = (...steps: readonly Step[]) =>
  Object.fromEntries(
    durableRecords(
      steps.map((step, at) => ({ target: wal, entered: at, returned: at, ...step })),
      wal,
    ),
  )

it.each(['fdatasync', 'fsync'])('counts a record from the return of the %s after its transaction', (name_) => {
  expect(durableIn(...frame([one], 'goes on'), ...frame([], 'commits'), sync({ name: name_, returned: 7 }))).toEqual({
    [name(one)]: 7,
  })
})

it('counts the first sync, though later frames hold the page again', () => {
  const again = frame([one, two], 'commits')
  expect(durableIn(...frame([one], 'commits'), sync(), ...again, sync())).toEqual({ [name(one)]: 2, [name(two)]: 5 })
})

it.each<[string, Step[]]>([
  ['no sync', [...frame([one], 'commits')]],
  ['a sync that failed', [...frame([one], 'commits'), sync({ result: -1 })]],
  [
    'a sync that never returned',
    [...frame([one], 'commits'), { name: 'fsync', data: Buffer.alloc(0), returned: Infinity }],
  ],
  ['a sync of another file', [...frame([one], 'commits'), sync({ target: '/db/db.sqlite' })]],
  ['a sync before the end of the transaction', [...frame([one], 'goes on'), sync(), ...frame([], 'commits')]],
  [
    'a sync that began before the last write returned',
    [...frame([one], 'commits').map((step) => ({ ...step, returned: 9 })), sync()],
  ],
  ['a page that was written in part', [...frame([one], 'commits').map((step) => ({ ...step, result: 24 })), sync()]],
])('does not count a record with %s', (_, steps) => {
  expect(durableIn(...steps)).toEqual({})
})

it('finds whole certificates in a page, and none that is cut off', () => {
  const page = Buffer.concat([Buffer.from('a003020102', 'hex'), one, two, one.subarray(0, 40)])
  expect(certificatesIn(page)).toEqual([name(one), name(two)])
})
