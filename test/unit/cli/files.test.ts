import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readInputText, writeFile, writeFiles } from '../../../src/cli/files.ts'
import { fakeCliIo } from '../../fakes/cli-io.ts'

let folder: string
const at = (name: string): string => join(folder, name)
const mode = (name: string): number => statSync(at(name)).mode & 0o777
const force = { force: true }

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signet-files-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('a file that is read', () => {
  it('may be standard input, or begin with a byte order mark', async () => {
    expect(await readInputText(fakeCliIo({ stdin: 'from stdin' }), '-')).toBe('from stdin')
    writeFileSync(at('a'), '\ufefftext')
    expect(await readInputText(fakeCliIo(), at('a'))).toBe('text')
  })

  it('and is none is told of', async () => {
    await expect(readInputText(fakeCliIo(), at('a'))).rejects.toThrow(
      `cannot read ${at('a')}: no such file or directory`,
    )
    await expect(readInputText(fakeCliIo(), folder)).rejects.toThrow(`cannot read ${folder}: it is a folder`)
  })
})

describe('a file that is written', () => {
  it('is its owner’s alone unless said otherwise', async () => {
    await writeFile(fakeCliIo(), at('key'), 'secret', { force: false })
    await writeFile(fakeCliIo(), at('open'), 'text', { force: false, mode: 0o644 })
    expect([mode('key'), mode('open'), readFileSync(at('key'), 'utf8')]).toEqual([0o600, 0o644, 'secret'])
    expect(readdirSync(folder).toSorted()).toEqual(['key', 'open'])
  })

  it('replaces another only after a yes', async () => {
    writeFileSync(at('a'), 'old')
    const no = fakeCliIo({ keys: 'n\r' })
    await expect(writeFile(no, at('a'), 'new', { force: false })).rejects.toThrow(
      `${at('a')} exists already and stays as it was`,
    )
    expect(no.said.err).toContain(`Would you like to overwrite ${at('a')} [y/n]:`)
    expect(readFileSync(at('a'), 'utf8')).toBe('old')
    await writeFile(fakeCliIo({ keys: 'y\r' }), at('a'), 'new', { force: false })
    expect(readFileSync(at('a'), 'utf8')).toBe('new')
  })

  it('replaces another with --force, keeping its mode, through a symbolic link', async () => {
    writeFileSync(at('a'), 'old')
    chmodSync(at('a'), 0o640)
    symlinkSync('a', at('link'))
    await writeFile(fakeCliIo(), at('link'), 'new', force)
    expect([readFileSync(at('a'), 'utf8'), mode('a'), readlinkSync(at('link'))]).toEqual(['new', 0o640, 'a'])
    expect(readdirSync(folder).toSorted()).toEqual(['a', 'link'])
  })

  it('is written with those that belong to it, or none is', async () => {
    writeFileSync(at('b'), 'old')
    const files = ['a', 'b', 'c'].map((name) => ({ path: at(name), content: 'new' }))
    await expect(writeFiles(fakeCliIo({ keys: 'n\r' }), files, { force: false })).rejects.toThrow('stays as it was')
    expect(readdirSync(folder)).toEqual(['b'])
    const bad = [...files, { path: at('none/d'), content: 'new' }]
    await expect(writeFiles(fakeCliIo(), bad, force)).rejects.toThrow(
      `cannot write ${at('none/d')}: no such file or directory`,
    )
    expect([readdirSync(folder), readFileSync(at('b'), 'utf8')]).toEqual([['b'], 'old'])
    await writeFiles(fakeCliIo(), files, force)
    expect(readdirSync(folder).toSorted()).toEqual(['a', 'b', 'c'])
  })

  it('cannot take the place of a folder', async () => {
    mkdirSync(at('a'))
    await expect(writeFile(fakeCliIo(), at('a'), 'new', force)).rejects.toThrow(
      `cannot write ${at('a')}: it is a folder`,
    )
  })

  it('may be a device', async () => {
    await writeFile(fakeCliIo(), '/dev/null', 'new', { force: false })
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true)
  })
})
