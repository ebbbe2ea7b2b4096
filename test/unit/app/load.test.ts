import { describe, expect, it } from 'vitest'
import { generationOf } from '../../../src/app/authority-process/load.ts'

describe('the generation of a configuration that was refused', () => {
  it.each([
    { text: '{"signet":{"generation":"g-1"},"crt":5}', generation: 'g-1' },
    { text: '{"signet":{"generation":5}}', generation: undefined },
    { text: '{"signet":null}', generation: undefined },
    { text: '{}', generation: undefined },
    { text: 'null', generation: undefined },
    { text: '{"signet":{"generation":"g-1"', generation: undefined },
  ])('is $generation in $text', ({ text, generation }) => {
    expect(generationOf(text)).toBe(generation)
  })
})
