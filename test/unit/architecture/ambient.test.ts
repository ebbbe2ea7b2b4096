import { join } from 'node:path'
import { expect, it } from 'vitest'
import { findAmbientReads } from './ambient.ts'

it('finds no clock, randomness or environment read outside app, adapters and cli', () => {
  expect(findAmbientReads('src')).toEqual([])
})

it('finds such a read in the fixture', () => {
  expect(findAmbientReads(join(import.meta.dirname, 'fixture'))).toEqual([
    'misplaced/clock.ts:2 export const clock = () => Date.now()',
  ])
})
