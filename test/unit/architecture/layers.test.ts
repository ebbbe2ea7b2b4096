import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findViolations } from './imports.ts'

describe('layers', () => {
  it('finds no import against the layers in src', () => {
    expect(findViolations('src')).toEqual([])
  })

  it('finds each kind of forbidden import in the fixture, and nothing else', () => {
    const fixture = join(import.meta.dirname, 'fixture')
    const found = findViolations(fixture).map(({ file, imports, why }) => `${file} -> ${imports}: ${why}`)
    expect(found.toSorted()).toEqual([
      'core/upwards.ts -> http/server.ts: core stands above http',
      'http/server.ts -> adapters/store.ts: only app imports adapters',
      'misplaced/thing.ts -> core/fine.ts: misplaced is not one of the layers',
      'operator/sideways.ts -> http/server.ts: operator and http never import each other',
      'operator/sideways.ts -> webhook/lazy.ts: operator stands above webhook',
    ])
  })
})
