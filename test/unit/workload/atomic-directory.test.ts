import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { publish, readCurrent, writeAtomically } from '../../../src/workload/atomic-directory.ts'

let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'signet-files-'))
})

afterEach(() => rmSync(directory, { recursive: true }))

const generations = () => readdirSync(directory).filter((name) => name.startsWith('..generation-'))

describe('publish', () => {
  it('shows files under their names, through one link', () => {
    publish(directory, { 'site.crt': 'a', 'site.key': 'b', '.note': 'c' }, 0o640)
    expect(readFileSync(join(directory, 'site.crt'), 'utf8')).toBe('a')
    expect(readlinkSync(join(directory, 'site.crt'))).toBe('..data/site.crt')
    expect(statSync(join(directory, 'site.key')).mode & 0o7777).toBe(0o640)
    expect(statSync(join(directory, '..data')).mode & 0o777).toBe(0o755)
    expect(readdirSync(directory).filter((name) => !name.startsWith('..'))).toEqual(['site.crt', 'site.key'])
    expect(readCurrent(directory)).toEqual({ 'site.crt': 'a', 'site.key': 'b', '.note': 'c' })
  })

  it('keeps the generation before for those who read it now, and no older one', () => {
    for (const text of ['1', '2', '3', '4']) publish(directory, { 'site.crt': text }, 0o600)
    expect(
      generations()
        .map((name) => readFileSync(join(directory, name, 'site.crt'), 'utf8'))
        .toSorted(),
    ).toEqual(['3', '4'])
    expect(readCurrent(directory)).toEqual({ 'site.crt': '4' })
  })

  it('goes on where a run was killed half-way', () => {
    publish(directory, { 'site.crt': '1' }, 0o600)
    mkdirSync(join(directory, '..generation-killed'))
    writeFileSync(join(directory, '..data.new'), 'left behind')
    writeFileSync(join(directory, 'site.crt.new'), 'left behind')
    publish(directory, { 'site.crt': '2', 'site.key': 'k' }, 0o600)
    expect(readCurrent(directory)).toEqual({ 'site.crt': '2', 'site.key': 'k' })
    expect(generations()).not.toContain('..generation-killed')
    expect(readFileSync(join(directory, 'site.key'), 'utf8')).toBe('k')
  })

  it('hands the group of a volume with fsGroup on', () => {
    // What the kubelet does to such a volume: set-group-id on its directory.
    chmodSync(directory, 0o2777)
    publish(directory, { 'site.crt': 'a' }, 0o640)
    expect(statSync(join(directory, '..data')).mode & 0o7777).toBe(0o2755)
  })

  it('never shows a reader files of two generations', async () => {
    publish(directory, { one: '0', two: '0' }, 0o600)
    const reader = new Worker(readerSource, { eval: true, workerData: directory })
    await once(reader, 'message')
    for (let round = 1; round <= 300; round += 1) publish(directory, { one: `${round}`, two: `${round}` }, 0o600)
    reader.postMessage('stop')
    const [result] = (await once(reader, 'message')) as [{ reads: number; mismatched: number; seen: number }]
    expect(result.mismatched).toBe(0)
    expect(result.reads).toBeGreaterThan(0)
    await reader.terminate()
  })
})

/** Resolves `..data` once and reads both files there, as a reader that must have them of one generation does. */
const readerSource = `
const { parentPort, workerData, receiveMessageOnPort } = require('node:worker_threads')
const { readFileSync, readlinkSync } = require('node:fs')
let reads = 0, mismatched = 0
const seen = new Set()
const port = parentPort
port.postMessage('ready')
let stopping = false
while (!stopping) {
  for (let turn = 0; turn < 50; turn += 1) {
    const data = workerData + '/' + readlinkSync(workerData + '/..data')
    try {
      const one = readFileSync(data + '/one', 'utf8')
      const two = readFileSync(data + '/two', 'utf8')
      reads += 1
      seen.add(one)
      if (one !== two) mismatched += 1
    } catch (error) {
      if (error.code !== 'ENOENT') throw error
    }
  }
  stopping = receiveMessageOnPort(port) !== undefined
}
port.postMessage({ reads, mismatched, seen: seen.size })
`

describe('readCurrent', () => {
  it('finds nothing in an empty directory', () => {
    expect(readCurrent(directory)).toBeUndefined()
  })

  it('finds nothing where the link points to nothing', () => {
    publish(directory, { one: '1' }, 0o600)
    for (const name of generations()) rmSync(join(directory, name), { recursive: true })
    expect(readCurrent(directory)).toBeUndefined()
  })
})

it('writeAtomically replaces a file', () => {
  const path = join(directory, 'file')
  writeAtomically(path, 'one')
  writeAtomically(path, 'two')
  expect(readFileSync(path, 'utf8')).toBe('two')
  expect(readdirSync(directory)).toEqual(['file'])
})
