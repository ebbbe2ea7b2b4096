import { createRequire } from 'node:module'
import { describe, expect, it } from 'vitest'

const require = createRequire(import.meta.url)

type Encodings = {
  encodingExists(name: string): boolean
  getDecoder(name: string): { write(octets: Buffer): string; end(): string | undefined }
  decode(octets: Buffer, name: string): string
}
type Types = Readonly<Record<string, { readonly charset?: string; readonly extensions: readonly string[] }>>

describe('what the bundles have in place of iconv-lite', () => {
  const ours = require('../../../.config/iconv-utf8.cjs') as Encodings
  const theirs = require('iconv-lite') as Encodings
  const octets = Buffer.from('{"name":"Zürich – 東京 🔑"}')
  const inTwo = (encodings: Encodings, at: number): string => {
    const decoder = encodings.getDecoder('utf-8')
    return decoder.write(octets.subarray(0, at)) + decoder.write(octets.subarray(at)) + (decoder.end() ?? '')
  }

  it('decodes UTF-8 as it does, wherever a chunk ends', () => {
    for (const name of ['utf-8', 'UTF-8', 'utf8']) {
      expect([name, ours.encodingExists(name)]).toEqual([name, theirs.encodingExists(name)])
    }
    expect(ours.decode(octets, 'utf-8')).toBe(theirs.decode(octets, 'utf-8'))
    for (let at = 0; at <= octets.length; at += 1) expect(inTwo(ours, at)).toBe(inTwo(theirs, at))
  })

  it('knows no other encoding', () => {
    expect(ours.encodingExists('latin1')).toBe(false)
    expect(() => ours.getDecoder('latin1')).toThrow("Encoding not recognized: 'latin1'")
  })
})

describe('what the bundles have in place of mime-db', () => {
  const ours = require('../../../.config/mime-sent.cjs') as Types
  const theirs = require('mime-db') as Types

  it('says of the types that are sent what it says', () => {
    for (const [type, { charset, extensions }] of Object.entries(ours)) {
      expect([type, charset, extensions[0]]).toEqual([type, theirs[type]?.charset, theirs[type]?.extensions[0]])
    }
  })
})
